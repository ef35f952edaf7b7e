import { createClient } from 'redis';

const TIMEOUT_MS = 2_000;

/** Removes nothing, since nobody writes that key; a standby server or a login that may not write refuses it all the same. */
const HARMLESS = `redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '-inf') return redis.call('TIME')`;

/** Whether Redis runs the rate limiter's kind of script, and how fast. `fault` is the system's or the server's code. */
export async function probeRedis(url: string): Promise<{ ms: number; fault?: string }> {
  const client = createClient({
    url,
    commandOptions: { timeout: TIMEOUT_MS },
    socket: { connectTimeout: TIMEOUT_MS, reconnectStrategy: false },
  });
  // Without a listener the client would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const startedAt = performance.now();
    await client.eval(HARMLESS, { keys: ['kaquan:rate:doctor'] });
    return { ms: performance.now() - startedAt };
  } catch (error) {
    return { ms: 0, fault: faultOf(error) };
  } finally {
    client.destroy();
  }
}

/** ECONNREFUSED, WRONGPASS, NOAUTH, READONLY: the rest of a message may quote the login. */
function faultOf(error: unknown): string {
  const { code, message, name } = error as { code?: unknown; message?: unknown; name?: string };
  if (typeof code === 'string') return code;
  return /^[A-Z]{4,}\b/.exec(typeof message === 'string' ? message : '')?.[0] ?? name ?? 'unknown';
}
