import { isIP } from 'node:net';

const HOST = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i;

/** The name or address in a Host header, without the port; undefined where it is none. */
export function hostNameOf(header: string | undefined): string | undefined {
  const [, address, name] = HOST.exec(header ?? '') ?? [];
  return (address ?? name)?.toLowerCase();
}

/**
 * Whether a request came under a name that no other site can have. A page of another site can point a name of its own at
 * this machine and then read all that an open server answers (DNS rebinding); an address or `localhost` it cannot have.
 */
export function isOwnHost(name: string, configured: string): boolean {
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || name === configured.toLowerCase();
}
