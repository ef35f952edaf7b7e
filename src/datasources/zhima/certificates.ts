import { X509Certificate, createHash, type KeyObject } from 'node:crypto';
import { type Expiry } from '../transport/vendor.js';

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g;
/** 1.2.840.113549.1.1: the RSA signature algorithms are all below it. */
const RSA_OID_PREFIX = Buffer.from('2a864886f70d0101', 'hex');

/**
 * Reads the certificates of a file's text in their order: PEM (line breaks may have become `\n` or blanks on their way
 * through an environment variable), or the base64 of one DER certificate or of a whole PEM file. Throws where there is none.
 */
export function readCertificates(text: string): X509Certificate[] {
  const pem = text.replaceAll('\\n', '\n');
  const blocks = [...pem.matchAll(PEM_BLOCK)].map(([, base64 = '']) => base64);
  if (blocks.length > 0) return blocks.map((base64) => new X509Certificate(Buffer.from(base64, 'base64')));
  const decoded = Buffer.from(pem, 'base64');
  if (decoded.toString('latin1').startsWith('-----BEGIN')) return readCertificates(decoded.toString('latin1'));
  return [new X509Certificate(decoded)];
}

/**
 * The serial number that Alipay knows a certificate by: lower-case hex MD5 of the issuer's name in RFC 2253 order (last
 * part first, joined by commas) followed by the serial in decimal (official SDK). With any other order the gateway
 * answers that the certificate does not match the application.
 */
export function certificateSn(certificate: X509Certificate): string {
  const issuer = certificate.issuer.split('\n').reverse().join(',');
  const serial = BigInt(`0x${certificate.serialNumber}`).toString(10);
  return createHash('md5')
    .update(issuer + serial)
    .digest('hex');
}

/** The root file's serial number: those of its RSA certificates joined by `_`; the SM2 ones in the same file do not count. */
export function rootCertificateSn(chain: X509Certificate[]): string {
  return chain.filter(isSignedWithRsa).map(certificateSn).join('_');
}

/** Alipay's certificates by serial number: two are valid at once while Alipay replaces one. */
export class AlipayKeys {
  private readonly keys = new Map<string, KeyObject>();
  private readonly first: KeyObject | undefined;

  constructor(certificates: X509Certificate[]) {
    for (const certificate of certificates) this.keys.set(certificateSn(certificate), certificate.publicKey);
    this.first = certificates[0]?.publicKey;
  }

  /** The key for an answer with this `alipay-sn`; an answer without the header is held against the first certificate. */
  find(alipaySn: string | undefined): KeyObject | undefined {
    return alipaySn === undefined ? this.first : this.keys.get(alipaySn);
  }
}

/** The settings of certificate mode, each the text of a file. */
interface CertificateSettings {
  appCert?: string | undefined;
  alipayCert?: string | undefined;
  alipayRootCert?: string | undefined;
}

/**
 * The application's certificate, Alipay's, and the roots that these lead to; none in key mode. What cannot be read is
 * left out: `checkZhimaSettings` says so.
 */
export function certificateEnds(settings: CertificateSettings, nowMs = Date.now()): Expiry[] {
  const { own, alipay, roots } = readAll(settings);
  const used = roots.filter((root) => [...own, ...alipay].some((one) => issued(root, one)));
  const ends = (name: string, certificates: X509Certificate[]): Expiry[] =>
    certificates.map((one, place) => ({
      name: certificates.length > 1 ? `${name} (${place + 1} of ${certificates.length})` : name,
      endsAt: new Date(one.validTo),
      problem: alipay.includes(one) && !leadsTo(roots, one, alipay) ? UNTRUSTED : dateProblem(one, nowMs),
    }));
  return [
    ...ends('ZHIMA_APP_CERT', own),
    ...ends('ZHIMA_ALIPAY_CERT', alipay),
    ...ends('ZHIMA_ALIPAY_ROOT_CERT', used),
  ];
}

/** What is no use to start with. While Alipay replaces its certificate, one of several has to be valid. */
export function certificateProblems(settings: CertificateSettings, nowMs = Date.now()): string[] {
  const { own, alipay, roots } = readAll(settings);
  const problems = own.map((one) => dateProblem(one, nowMs)).filter((problem) => problem !== undefined);
  const named = problems.map((problem) => `ZHIMA_APP_CERT ${problem}`);
  if (!alipay.every((one) => leadsTo(roots, one, alipay))) named.push(`ZHIMA_ALIPAY_CERT ${UNTRUSTED}`);
  // The file from Alipay's console has its intermediate certificates in it, which sign no answers.
  const signing = alipay.filter((one) => !alipay.some((other) => other !== one && issued(one, other)));
  const dates = signing.map((one) => dateProblem(one, nowMs));
  if (dates[0] !== undefined && !dates.includes(undefined)) named.push(`ZHIMA_ALIPAY_CERT ${dates[0]}`);
  return named;
}

function readAll({ appCert, alipayCert, alipayRootCert }: CertificateSettings) {
  return {
    own: readable(appCert).slice(0, 1),
    alipay: readable(alipayCert),
    roots: readable(alipayRootCert),
  };
}

const UNTRUSTED = 'was not issued by a root of ZHIMA_ALIPAY_ROOT_CERT (its intermediate certificates belong beside it)';

function readable(text: string | undefined): X509Certificate[] {
  try {
    return text === undefined ? [] : readCertificates(text);
  } catch {
    return [];
  }
}

function dateProblem({ validFrom, validTo }: X509Certificate, nowMs: number): string | undefined {
  if (nowMs < Date.parse(validFrom)) return `is not valid before ${dayOf(validFrom)}`;
  return nowMs > Date.parse(validTo) ? `expired on ${dayOf(validTo)}` : undefined;
}

function dayOf(time: string): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** True where the certificate is one of `roots`, or was issued by one over certificates of `between`. */
function leadsTo(roots: X509Certificate[], certificate: X509Certificate, between: X509Certificate[]): boolean {
  if (roots.some((root) => root.fingerprint256 === certificate.fingerprint256 || issued(root, certificate)))
    return true;
  // Without this one, so that two that issued each other are not walked for ever.
  const others = between.filter((one) => one !== certificate);
  return others.some((one) => issued(one, certificate) && leadsTo(roots, one, others));
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    // The public key of an SM2 certificate, which OpenSSL may have been built without.
    return false;
  }
}

function isSignedWithRsa({ raw }: X509Certificate): boolean {
  // Certificate ::= SEQUENCE { tbsCertificate, SEQUENCE { OID … }, … } (RFC 5280). Asking for the public key instead
  // would throw on SM2 certificates where OpenSSL was built without it.
  const tbs = readDerHeader(raw, readDerHeader(raw, 0).start);
  const oid = readDerHeader(raw, readDerHeader(raw, tbs.end).start);
  return raw.subarray(oid.start, oid.end).indexOf(RSA_OID_PREFIX) === 0;
}

function readDerHeader(der: Buffer, at: number): { start: number; end: number } {
  const short = der.readUInt8(at + 1);
  const lengthBytes = short < 0x80 ? 0 : short & 0x7f;
  const length = lengthBytes === 0 ? short : der.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  return { start, end: start + length };
}
