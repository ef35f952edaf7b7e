import { createPrivateKey, createPublicKey, KeyObject, type X509Certificate } from 'node:crypto';
import { type VendorSettings } from '../transport/vendor.js';
import { AlipayKeys, certificateProblems, certificateSn, readCertificates, rootCertificateSn } from './certificates.js';
import { AES_KEY_BYTES } from './encryption.js';

/** Keys and certificates are PEM or bare base64. Either `alipayPublicKey` (key mode) or all three certificates. */
export interface ZhimaSettings extends VendorSettings {
  appId: string;
  privateKey: KeyObject | string;
  serviceId: string;
  alipayPublicKey?: string | undefined;
  appCert?: string | undefined;
  alipayCert?: string | undefined;
  alipayRootCert?: string | undefined;
  encryptKey?: string | undefined;
  /** Only when acting for a merchant. */
  appAuthToken?: string | undefined;
}

/** The settings after parsing: keys are loaded once, since parsing PEM costs several times what signing does. */
export interface ZhimaCredentials {
  privateKey: KeyObject;
  appCertSn: string | undefined;
  rootCertSn: string | undefined;
  /** Alipay's key for an answer with this `alipay-sn`; undefined where no such certificate is configured. */
  alipayKey: (alipaySn: string | undefined) => KeyObject | undefined;
  encryptKey: Buffer | undefined;
}

type Given = Partial<Omit<ZhimaSettings, keyof VendorSettings>>;

/**
 * Everything that is wrong with the settings, in plain words and without a value of theirs. Empty: they can be used, once
 * app id, private key and service id are there, too.
 */
export function checkZhimaSettings(settings: Given): string[] {
  return readSettings(settings).problems;
}

/** Throws with every problem of {@link checkZhimaSettings} at once. */
export function loadCredentials(settings: ZhimaSettings): ZhimaCredentials {
  const { credentials, problems } = readSettings(settings);
  if (!credentials) throw new Error(problems.join('; '));
  return credentials;
}

const MIN_RSA_BITS = 2048;
/** Whatever goes into a header or the signed text must not break its lines or its comma-separated list. */
const PLAIN = /^[\x21-\x2b\x2d-\x7e]+$/;

function readSettings(settings: Given): { credentials: ZhimaCredentials | null; problems: string[] } {
  const problems: string[] = [];
  const attempt = <T>(name: string, expected: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch {
      // The parser's own message may quote what it read.
      problems.push(`${name} is not ${expected}`);
      return undefined;
    }
  };
  const certificates = (name: string, text: string): X509Certificate[] =>
    attempt(name, 'a certificate (PEM or base64)', () => readCertificates(text)) ?? [];

  if (settings.appId !== undefined && !PLAIN.test(settings.appId))
    problems.push('ZHIMA_APP_ID is empty or has a character that an app id cannot have');
  if (settings.serviceId === '') problems.push('ZHIMA_SERVICE_ID is empty');
  if (settings.appAuthToken !== undefined && !PLAIN.test(settings.appAuthToken))
    problems.push('ZHIMA_APP_AUTH_TOKEN is empty or has a character that a token cannot have');

  const { privateKey: givenKey, encryptKey: givenAesKey } = settings;
  const privateKey =
    givenKey === undefined
      ? undefined
      : attempt('ZHIMA_PRIVATE_KEY', 'an RSA private key of 2048 bits or more (PEM or base64)', () =>
          readPrivateKey(givenKey),
        );
  const encryptKey =
    givenAesKey === undefined
      ? undefined
      : attempt('ZHIMA_ENCRYPT_KEY', 'base64 of an AES key (16, 24 or 32 bytes)', () => readAesKey(givenAesKey));

  const { alipayPublicKey, appCert, alipayCert, alipayRootCert } = settings;
  const anyCertificate = [appCert, alipayCert, alipayRootCert].some((text) => text !== undefined);
  let mode: Pick<ZhimaCredentials, 'appCertSn' | 'rootCertSn' | 'alipayKey'> | undefined;
  if (anyCertificate && alipayPublicKey !== undefined) {
    problems.push('ZHIMA_ALIPAY_PUBLIC_KEY and the ZHIMA_…_CERT settings exclude each other: set one or the other');
  } else if (appCert !== undefined && alipayCert !== undefined && alipayRootCert !== undefined) {
    const [own] = certificates('ZHIMA_APP_CERT', appCert);
    const alipay = certificates('ZHIMA_ALIPAY_CERT', alipayCert);
    const roots = certificates('ZHIMA_ALIPAY_ROOT_CERT', alipayRootCert);
    if (own && privateKey && !own.checkPrivateKey(privateKey))
      problems.push('ZHIMA_APP_CERT does not belong to ZHIMA_PRIVATE_KEY');
    if (roots.length > 0 && rootCertificateSn(roots) === '')
      problems.push('ZHIMA_ALIPAY_ROOT_CERT holds no RSA certificate');
    else if (roots.length > 0) problems.push(...certificateProblems(settings));
    const keys = attempt('ZHIMA_ALIPAY_CERT', 'a certificate with an RSA key', () => new AlipayKeys(alipay));
    if (own && keys)
      mode = {
        appCertSn: certificateSn(own),
        rootCertSn: rootCertificateSn(roots),
        alipayKey: (sn) => keys.find(sn),
      };
  } else if (anyCertificate) {
    problems.push('certificate mode needs all three of ZHIMA_APP_CERT, ZHIMA_ALIPAY_CERT and ZHIMA_ALIPAY_ROOT_CERT');
  } else if (alipayPublicKey !== undefined) {
    const key = attempt('ZHIMA_ALIPAY_PUBLIC_KEY', 'an RSA public key (PEM or base64)', () =>
      readPublicKey(alipayPublicKey),
    );
    // The console shows both keys side by side; with the wrong one our own signature would pass for Alipay's.
    if (key && privateKey && key.equals(createPublicKey(privateKey)))
      problems.push("ZHIMA_ALIPAY_PUBLIC_KEY is the application's own public key; Alipay's is wanted");
    if (key) mode = { appCertSn: undefined, rootCertSn: undefined, alipayKey: () => key };
  } else {
    problems.push('ZHIMA_ALIPAY_PUBLIC_KEY is missing (or the three certificates in its place)');
  }

  if (problems.length > 0 || !privateKey || !mode) return { credentials: null, problems };
  return { credentials: { privateKey, encryptKey, ...mode }, problems };
}

function readPrivateKey(given: KeyObject | string): KeyObject {
  if (given instanceof KeyObject) return checkRsa(given, 'private');
  const key = derOf(given);
  try {
    return checkRsa(createPrivateKey({ key, format: 'der', type: 'pkcs8' }), 'private');
  } catch {
    return checkRsa(createPrivateKey({ key, format: 'der', type: 'pkcs1' }), 'private');
  }
}

function readPublicKey(text: string): KeyObject {
  return checkRsa(createPublicKey({ key: derOf(text), format: 'der', type: 'spki' }), 'public');
}

function readAesKey(base64: string): Buffer {
  const key = derOf(base64);
  if (!AES_KEY_BYTES.includes(key.length)) throw new Error('length');
  return key;
}

function checkRsa(key: KeyObject, type: 'private' | 'public'): KeyObject {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.type !== type || key.asymmetricKeyType !== 'rsa' || bits < MIN_RSA_BITS) throw new Error('not such a key');
  return key;
}

/** PEM's armour and line breaks, which rarely survive an environment variable whole, say nothing that the DER does not. */
function derOf(text: string): Buffer {
  const base64 = text.replace(/-----[^-]+-----/g, '').replace(/\\n|\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new Error('not base64');
  return Buffer.from(base64, 'base64');
}
