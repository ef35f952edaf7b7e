import { X509Certificate, createPrivateKey } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  certificateEnds,
  certificateProblems,
  certificateSn,
  readCertificates,
  rootCertificateSn,
} from '../../src/datasources/zhima/certificates.js';
import { checkZhimaSettings } from '../../src/datasources/zhima/index.js';
import { newQuestion, startZhima } from '../scenes/zhima.js';
import { CertificateMaker, OPENSSL_IS_HERE, type MadeCertificate } from './openssl.js';
import { askOracle } from './oracle.js';

const CA_NAME = '/C=CN/O=Invented Financial/OU=Certification Authority/CN=Invented Root 根 R1';

if (OPENSSL_IS_HERE) describe('certificate mode', inCertificateMode);
else it.todo('certificate mode: left out, because there is no openssl command here to make certificates with');

function inCertificateMode() {
  const maker = new CertificateMaker();
  let root: MadeCertificate;
  let ecRoot: MadeCertificate;
  let app: MadeCertificate;
  let alipay: MadeCertificate;
  let nextAlipay: MadeCertificate;
  beforeAll(() => {
    root = maker.make(CA_NAME, { serial: '0x7fe3a1b2c3d4e5f60718293a4b5c6d7e' });
    ecRoot = maker.make('/C=CN/CN=Invented EC Root', { newkey: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] });
    app = maker.make('/C=CN/O=App/CN=2014060600164699', { issuer: root, serial: '0x20211234567890abcdef' });
    alipay = maker.make('/C=CN/O=Alipay/CN=Alipay', { issuer: root });
    nextAlipay = maker.make('/C=CN/O=Alipay/CN=Alipay', { issuer: root });
  });
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  afterAll(() => maker.erase());

  const roots = () => `${root.certificate}\n${ecRoot.certificate}\n${nextAlipay.certificate}`;
  const snOf = ({ certificate }: MadeCertificate) => certificateSn(new X509Certificate(certificate));
  const signing = (made: MadeCertificate) => ({ sn: snOf(made), privateKey: createPrivateKey(made.privateKey) });

  async function start(signWith: MadeCertificate[], alipayCert: string, keys = app) {
    const publicKey = new X509Certificate(keys.certificate).publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const certificates = {
      appCertSn: snOf(app),
      rootCertSn: rootCertificateSn(readCertificates(roots())),
      alipay: signWith.map(signing),
    };
    const started = await startZhima(
      { certificates },
      { appCert: app.certificate, alipayCert, alipayRootCert: roots() },
      { publicKey, privateKey: createPrivateKey(keys.privateKey) },
    );
    closing.push(started.close);
    return started;
  }

  it('computes the serial numbers that the official SDK computes, leaving the EC root out', async () => {
    const { appCertSn, alipayCertSn, alipayRootCertSn } = await askOracle({
      config: {
        appId: '2014060600164699',
        privateKey: app.privateKey,
        appCertContent: app.certificate,
        alipayPublicCertContent: alipay.certificate,
        alipayRootCertContent: roots(),
      },
    });
    expect(appCertSn).toMatch(/^[0-9a-f]{32}$/);
    expect(alipayRootCertSn).toMatch(/^[0-9a-f]{32}_[0-9a-f]{32}$/);
    expect({
      appCertSn: snOf(app),
      alipayCertSn: snOf(alipay),
      alipayRootCertSn: rootCertificateSn(readCertificates(roots())),
    }).toEqual({ appCertSn, alipayCertSn, alipayRootCertSn });
  });

  it('picks the key by alipay-sn, so that two certificates can be valid at once', async () => {
    const { ask, server } = await start([alipay, nextAlipay], alipay.certificate + nextAlipay.certificate);
    for (let turn = 1; turn <= 3; turn += 1)
      await expect(ask(newQuestion())).resolves.toMatchObject({ verdict: 'TRUSTED' });
    expect(server.requests).toHaveLength(3);
    server.play('signed-with-another-key', 1);
    await expect(ask(newQuestion())).rejects.toMatchObject({ kind: 'protocol' });
  });

  it('tells an operator of a certificate that is not configured, and believes nothing of the answer', async () => {
    const { ask, deps } = await start([nextAlipay], alipay.certificate);
    await expect(ask(newQuestion())).rejects.toMatchObject({ kind: 'misconfigured', maybeSent: true });
    expect(deps.anomalies).toEqual(['unknown-alipay-certificate']);
  });

  it.each(['PEM on one line', 'base64 of DER', 'base64 of the PEM file', 'PEM with escaped line breaks'])(
    'reads a certificate as %s',
    (form) => {
      const pem = app.certificate;
      const forms: Record<string, string> = {
        'PEM on one line': pem.replaceAll('\n', ' '),
        'base64 of DER': new X509Certificate(pem).raw.toString('base64'),
        'base64 of the PEM file': Buffer.from(pem).toString('base64'),
        'PEM with escaped line breaks': pem.replaceAll('\n', '\\n'),
      };
      expect(readCertificates(forms[form] ?? '').map(certificateSn)).toEqual([snOf(app)]);
    },
  );

  it('names what is wrong with the certificates', async () => {
    const { settings } = await start([alipay], alipay.certificate);
    const check = (over: Partial<typeof settings>) => checkZhimaSettings({ ...settings, ...over });
    expect(check({})).toEqual([]);
    expect(check({ appCert: alipay.certificate })).toEqual(['ZHIMA_APP_CERT does not belong to ZHIMA_PRIVATE_KEY']);
    expect(check({ appCert: undefined })).toEqual([
      'certificate mode needs all three of ZHIMA_APP_CERT, ZHIMA_ALIPAY_CERT and ZHIMA_ALIPAY_ROOT_CERT',
    ]);
    expect(check({ alipayCert: 'bm90IGEgY2VydGlmaWNhdGU=' })).toEqual([
      'ZHIMA_ALIPAY_CERT is not a certificate (PEM or base64)',
    ]);
    expect(check({ alipayRootCert: ecRoot.certificate })).toEqual(['ZHIMA_ALIPAY_ROOT_CERT holds no RSA certificate']);
    expect(check({ alipayPublicKey: 'anything' })).toEqual([
      'ZHIMA_ALIPAY_PUBLIC_KEY and the ZHIMA_…_CERT settings exclude each other: set one or the other',
    ]);
  });

  const settingsOf = (alipayCert: string, alipayRootCert = root.certificate, appCert = app.certificate) => ({
    appCert,
    alipayCert,
    alipayRootCert,
  });
  const DAY_MS = 24 * 60 * 60 * 1000;
  const dayOf = (time: string) => new Date(time).toISOString().slice(0, 10);
  const lastDayOf = ({ certificate }: MadeCertificate) => dayOf(new X509Certificate(certificate).validTo);

  it('tells when each certificate ends, also of the root that the others lead to', () => {
    const ends = certificateEnds(
      settingsOf(alipay.certificate + nextAlipay.certificate, root.certificate + ecRoot.certificate),
    );
    expect(ends.map(({ name }) => name)).toEqual([
      'ZHIMA_APP_CERT',
      'ZHIMA_ALIPAY_CERT (1 of 2)',
      'ZHIMA_ALIPAY_CERT (2 of 2)',
      'ZHIMA_ALIPAY_ROOT_CERT',
    ]);
    for (const { endsAt, problem } of ends) {
      expect(Math.abs(endsAt.getTime() - Date.now() - 30 * DAY_MS)).toBeLessThan(DAY_MS);
      expect(problem).toBeUndefined();
    }
    expect(certificateEnds({})).toEqual([]);
  });

  it.each([
    ['expired', 31, () => `expired on ${lastDayOf(app)}`],
    ['not yet valid', -1, () => `is not valid before ${dayOf(new X509Certificate(app.certificate).validFrom)}`],
  ])('names certificates that are %s', (_name, days, problem) => {
    const nowMs = Date.now() + days * DAY_MS;
    const settings = settingsOf(alipay.certificate);
    expect(certificateEnds(settings, nowMs).map((one) => one.problem)).toEqual([problem(), problem(), problem()]);
    expect(certificateProblems(settings, nowMs)).toEqual([
      `ZHIMA_APP_CERT ${problem()}`,
      `ZHIMA_ALIPAY_CERT ${problem()}`,
    ]);
  });

  it('lets one of several certificates of Alipay be over, and not all', () => {
    const brief = maker.make('/C=CN/O=Alipay/CN=Alipay', { issuer: root, days: 3 });
    const inAWeek = Date.now() + 7 * DAY_MS;
    const both = settingsOf(brief.certificate + alipay.certificate);
    expect(certificateEnds(both, inAWeek).map(({ problem }) => problem)).toEqual([
      undefined,
      `expired on ${lastDayOf(brief)}`,
      undefined,
      undefined,
    ]);
    expect(certificateProblems(both, inAWeek)).toEqual([]);
    expect(certificateProblems(settingsOf(brief.certificate), inAWeek)).toEqual([
      `ZHIMA_ALIPAY_CERT expired on ${lastDayOf(brief)}`,
    ]);
  });

  it('wants a chain from each certificate of Alipay to a root that is given', async () => {
    const between = maker.make('/C=CN/CN=Invented Class 2', { issuer: root });
    const below = maker.make('/C=CN/O=Alipay/CN=Alipay', { issuer: between });
    // It has the root's name, and is not the root.
    const impostor = maker.make(CA_NAME);
    const forged = maker.make('/C=CN/O=Alipay/CN=Alipay', { issuer: impostor });
    const nameless = maker.make('/C=CN/O=Alipay/CN=Alipay', { issuer: impostor, bare: true });
    const untrusted = [
      'ZHIMA_ALIPAY_CERT was not issued by a root of ZHIMA_ALIPAY_ROOT_CERT (its intermediate certificates belong beside it)',
    ];
    expect(certificateProblems(settingsOf(below.certificate + between.certificate))).toEqual([]);
    expect(certificateProblems(settingsOf(below.certificate))).toEqual(untrusted);
    expect(certificateProblems(settingsOf(forged.certificate))).toEqual(untrusted);
    expect(certificateProblems(settingsOf(nameless.certificate))).toEqual(untrusted);
    expect(certificateProblems(settingsOf(forged.certificate + impostor.certificate))).toEqual(untrusted);
    expect(certificateProblems(settingsOf(alipay.certificate + forged.certificate))).toEqual(untrusted);
    const { settings } = await start([alipay], alipay.certificate);
    expect(checkZhimaSettings({ ...settings, alipayCert: forged.certificate })).toEqual(untrusted);
    expect(certificateEnds(settingsOf(below.certificate + between.certificate)).map(({ name }) => name)).toEqual([
      'ZHIMA_APP_CERT',
      'ZHIMA_ALIPAY_CERT (1 of 2)',
      'ZHIMA_ALIPAY_CERT (2 of 2)',
      'ZHIMA_ALIPAY_ROOT_CERT',
    ]);
    // An intermediate that is still valid does not make up for the certificate that signs.
    const brief = maker.make('/C=CN/O=Alipay/CN=Alipay', { issuer: between, days: 3 });
    expect(certificateProblems(settingsOf(brief.certificate + between.certificate), Date.now() + 7 * DAY_MS)).toEqual([
      `ZHIMA_ALIPAY_CERT expired on ${lastDayOf(brief)}`,
    ]);
  });
}
