import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const OPENSSL_IS_HERE = spawnSync('openssl', ['version']).status === 0;

export interface MadeCertificate {
  certificate: string;
  privateKey: string;
}

/** Makes throw-away certificates with the openssl command, since Node can read but not write them. */
export class CertificateMaker {
  private readonly folder = mkdtempSync(join(tmpdir(), 'kaquan-certificates-'));
  private made = 0;

  /** A self-signed certificate, or one issued by `issuer`. `subject` as openssl writes it: `/C=CN/O=…/CN=…`. `bare`: without extensions, so that only the signature tells its issuer. */
  make(
    subject: string,
    options: { issuer?: MadeCertificate; serial?: string; newkey?: string[]; days?: number; bare?: boolean } = {},
  ): MadeCertificate {
    const { issuer, serial = String(1_000 + this.made), newkey = ['rsa:2048'], days = 30, bare = false } = options;
    const name = join(this.folder, String((this.made += 1)));
    const [keyFile, certFile] = [`${name}.key`, `${name}.crt`];
    const args = ['req', '-x509', '-nodes', '-days', String(days), '-subj', subject, '-set_serial', serial, '-utf8'];
    args.push('-newkey', ...newkey, '-keyout', keyFile, '-out', certFile);
    if (bare) {
      writeFileSync(`${name}.cnf`, '[req]\ndistinguished_name = dn\n[dn]\n');
      args.push('-config', `${name}.cnf`);
    }
    const issuerFile = issuer && this.findFiles.get(issuer.certificate);
    if (issuerFile) args.push('-CA', `${issuerFile}.crt`, '-CAkey', `${issuerFile}.key`);
    const { status, stderr } = spawnSync('openssl', args);
    if (status !== 0) throw new Error(`openssl: ${stderr.toString()}`);
    const made = { certificate: readFileSync(certFile, 'utf8'), privateKey: readFileSync(keyFile, 'utf8') };
    this.findFiles.set(made.certificate, name);
    return made;
  }

  erase(): void {
    rmSync(this.folder, { recursive: true });
  }

  private readonly findFiles = new Map<string, string>();
}
