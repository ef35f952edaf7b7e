import { type AddressInfo } from 'node:net';
import { type FastifyInstance } from 'fastify';

/**
 * Gives the URL.
 * @throws Error that names the setting where the port cannot be had
 */
export async function listen(app: FastifyInstance, setting: string, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be listened on (${code ?? 'unknown'})`;
    throw new Error(`${setting} ${port} on ${host} ${why}: choose another one`, { cause: error });
  }
  const { address, port: actual, family } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`;
}
