import { afterEach, describe, expect, it } from '@jest/globals';
import { VendorError } from '../../src/datasources/transport/errors.js';
import { TRANSPORT_SCENES, type TransportScene } from '../../src/sandbox/server.js';
import { VENDORS } from '../../src/modules/index.js';
import { type Expected } from './subject.js';
import { SUBJECTS } from './subjects.js';

function transportScenes(repeatable: number): Record<TransportScene, Expected> {
  return {
    malformed: { kind: 'protocol', retryable: false, requests: 1 },
    slow: { kind: 'ok', requests: 1 },
    hang: { kind: 'timeout', retryable: true, requests: 1 },
    reset: { kind: 'unavailable', retryable: true, requests: repeatable },
    cut: { kind: 'unavailable', retryable: true, requests: repeatable },
    huge: { kind: 'protocol', retryable: false, requests: 1 },
    redirect: { kind: 'protocol', retryable: false, requests: 1 },
    unavailable: { kind: 'unavailable', retryable: true, requests: repeatable },
  };
}

it.each(VENDORS)('the table has every scene that the sandbox of $name can play, and no other', async (vendor) => {
  const { server, scenes } = await vendor.startSandbox({});
  await server.close();
  const table = SUBJECTS.find((subject) => subject.vendor === vendor.name)?.scenes ?? {};
  expect(scenes.length).toBeGreaterThan(0);
  expect(Object.keys(table).sort()).toEqual([...scenes].sort());
});

describe.each(SUBJECTS)('$vendor', (subject) => {
  let stop: () => Promise<void> = () => Promise.resolve();
  afterEach(() => stop());

  const rows = Object.entries({ ...transportScenes(subject.requestsWhereRepeatable), ...subject.scenes });

  it.each(rows)('in the scene "%s" tells what the table says', async (scene, expected) => {
    expect(rows.length).toBeGreaterThan(TRANSPORT_SCENES.length);
    const { server, ask, close } = await subject.start({ timeoutMs: 1_500 });
    stop = close;
    server.play(scene);
    const outcome = await ask().then(
      () => ({ kind: 'ok' as const }),
      (error: unknown) => error,
    );
    if (expected.kind === 'ok') expect(outcome).toEqual({ kind: 'ok' });
    else expect(outcome).toBeInstanceOf(VendorError);
    const { requests, ...told } = expected;
    expect(outcome).toMatchObject(told);
    if (requests !== undefined) expect(server.requests).toHaveLength(requests);
  });

  it('answers again once the scene is over', async () => {
    const { server, ask, close } = await subject.start({ timeoutMs: 1_500 });
    stop = close;
    server.play('reset', subject.requestsWhereRepeatable);
    await expect(ask()).rejects.toBeInstanceOf(VendorError);
    await expect(ask()).resolves.not.toBeNull();
    expect(server.requests).toHaveLength(subject.requestsWhereRepeatable + 1);
  });
});
