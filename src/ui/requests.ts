// Who may ask the server: a page that it gave out itself, on this machine, with the token. Data in, an answer out.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Refusal {
  readonly status: 401 | 403 | 405 | 421;
  readonly text: string;
}

/** The page itself has no data in it: a navigation cannot send a token. */
const OPEN = '/';

/** @returns undefined where it is to be answered. */
export function refusalOf(
  { method, path, headers }: Asked,
  port: number,
  token: string,
): Refusal | undefined {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((host) => `${host}:${port}`);
  // A name of somebody else that leads to this machine (DNS rebinding).
  if (!hosts.includes(headers.host ?? ''))
    return { status: 421, text: 'this server is for this machine only' };
  const origin = headers.origin;
  if (origin !== undefined && origin !== `http://${headers.host}`)
    return { status: 403, text: 'another page may not ask' };
  const site = headers['sec-fetch-site'];
  const isNavigation = path === OPEN && headers['sec-fetch-mode'] === 'navigate';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isNavigation)
    return { status: 403, text: 'another page may not ask' };
  const writes = path === '/api/start' || path === '/api/stop';
  if (method !== (writes ? 'POST' : 'GET')) return { status: 405, text: 'not this way' };
  if (path === OPEN) return undefined;
  return isSame(headers.authorization ?? '', `Bearer ${token}`)
    ? undefined
    : { status: 401, text: 'the token is missing, or of another server' };
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
