import { X509Certificate, createHash, type KeyObject } from 'node:crypto';

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
