import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

/** A request as it stood on the wire; `target` is the raw request target, since signatures may cover it. */
export interface SandboxRequest {
  method: string;
  target: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: string;
  /** Milliseconds since the epoch at which the request was complete. */
  receivedAt: number;
}

export interface SandboxAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** The work is done, and the connection breaks instead of carrying the answer. */
  lost?: boolean;
}

/** Faults below the vendor's protocol, the same for every vendor. `unavailable` is a gateway's HTML page with status 503. */
export const TRANSPORT_SCENES = [
  'malformed',
  'slow',
  'hang',
  'reset',
  'cut',
  'huge',
  'redirect',
  'unavailable',
] as const;
export type TransportScene = (typeof TRANSPORT_SCENES)[number];

/** How long a `slow` answer takes. */
export const SLOW_MS = 400;

export interface SandboxServer<Scene extends string> {
  /** The base URL, without a slash at the end. */
  url: string;
  /** Every request since the start or the last `forget()`, in the order of arrival. They hold personal data: tests only. */
  requests: SandboxRequest[];
  /** Plays a fault scene for the next `times` requests (default: until told otherwise); `null` goes back to normal. */
  play(scene: Scene | TransportScene | null, times?: number): void;
  forget(): void;
  close(): Promise<void>;
}

export interface SandboxOptions {
  /** 0 = any free port. */
  port?: number;
  /** Keeps `requests`; off for servers that run for long. */
  record?: boolean;
}

/**
 * The part that every vendor's local server shares: loopback HTTP, the record of requests, the switch for fault scenes
 * and the faults of the transport. `answer` speaks the vendor's protocol; it is told the vendor's own scene, if one plays.
 */
export async function startSandboxServer<Scene extends string>(
  answer: (request: SandboxRequest, scene: Scene | null) => SandboxAnswer | Promise<SandboxAnswer>,
  { port = 0, record = true }: SandboxOptions = {},
): Promise<SandboxServer<Scene>> {
  let playing: { scene: Scene | TransportScene; times: number } | null = null;
  const requests: SandboxRequest[] = [];

  const nextScene = (): Scene | TransportScene | null => {
    if (!playing) return null;
    const { scene } = playing;
    playing.times -= 1;
    if (playing.times <= 0) playing = null;
    return scene;
  };

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = await readRequest(incoming);
    if (record) requests.push(request);
    const scene = nextScene();
    if (!isTransportScene(scene)) {
      write(outgoing, await answer(request, scene));
      return;
    }
    // The vendor did its work in all of these: what fails is the way back.
    const real = await answer(request, null);
    switch (scene) {
      case 'malformed': {
        write(outgoing, { ...real, body: real.body.slice(0, Math.ceil(real.body.length / 2)) });
        return;
      }
      case 'slow':
        return void setTimeout(() => write(outgoing, real), SLOW_MS);
      case 'hang':
        return;
      case 'reset':
        return void incoming.socket.destroy();
      case 'cut':
        outgoing.writeHead(real.status, { ...real.headers, 'content-length': Buffer.byteLength(real.body) });
        outgoing.write(real.body.slice(0, 5), () => incoming.socket.destroy());
        return;
      case 'huge': {
        writeForever(outgoing, real);
        return;
      }
      case 'redirect': {
        write(outgoing, { status: 302, headers: { location: `${server.url}/elsewhere` }, body: '' });
        return;
      }
      case 'unavailable': {
        write(outgoing, { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>503</html>' });
        return;
      }
    }
  };

  const http = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => {
      // A fault of this server itself must look like one, never like a vendor's refusal.
      if (!outgoing.headersSent) write(outgoing, { status: 500, headers: {}, body: 'sandbox fault' });
    });
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, '127.0.0.1', resolve);
  });

  const server: SandboxServer<Scene> = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    requests,
    play: (scene, times = Infinity) => {
      playing = scene === null ? null : { scene, times };
    },
    forget: () => {
      requests.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  return server;
}

function isTransportScene(scene: string | null): scene is TransportScene {
  return (TRANSPORT_SCENES as readonly (string | null)[]).includes(scene);
}

async function readRequest(incoming: IncomingMessage): Promise<SandboxRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const target = incoming.url ?? '/';
  const queryAt = target.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: incoming.method ?? 'GET',
    target,
    path: queryAt < 0 ? target : target.slice(0, queryAt),
    query: new URLSearchParams(queryAt < 0 ? '' : target.slice(queryAt + 1)),
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
    receivedAt: Date.now(),
  };
}

function write(outgoing: ServerResponse, answer: SandboxAnswer): void {
  if (answer.lost) return void outgoing.destroy();
  outgoing.writeHead(answer.status, answer.headers);
  outgoing.end(answer.body);
}

function writeForever(outgoing: ServerResponse, answer: SandboxAnswer): void {
  outgoing.writeHead(answer.status, answer.headers);
  const chunk = Buffer.alloc(256 * 1024, ' ');
  const more = () => {
    while (!outgoing.destroyed) if (!outgoing.write(chunk)) return void outgoing.once('drain', more);
  };
  more();
}
