// The URL of a remote over ssh, `ssh://user@host:port/path`, as DVC reads it: the path is taken as it is written.
import { decoded } from '../../../base/decoded.ts';

export interface SshPlace {
  readonly host: string;
  readonly user?: string;
  /** In the URL, which a committed file may have. */
  readonly password?: string;
  readonly port?: number;
  /** Absolute, or relative to the home of the user there; '' is that home. */
  readonly path: string;
}

const URL_PARTS = /^[a-z]+:\/\/(?:([^/]*)@)?(\[[0-9a-f:.%]+\]|[^:/@[\]]*)(?::(\d*))?(\/.*)?$/is;

/** What `ssh` could take for an option, or a shell of the user's configuration for more than a name. */
const SAFE_HOST = /^[\p{L}\p{N}_:][\p{L}\p{N}._:%-]*$/u;
const SAFE_USER = /^[\p{L}\p{N}_.+@\\][\p{L}\p{N}._+@\\ =-]*$/u;

/** @returns what is wrong with the URL, where it cannot be used. */
export function parseSshUrl(url: string): SshPlace | { readonly wrong: string } {
  const parts = URL_PARTS.exec(url);
  if (!parts) return { wrong: 'its URL cannot be read' };
  const [, login = '', bracketed = '', portText = '', absolute = ''] = parts;
  const host = bracketed.replace(/^\[(.*)\]$/s, '$1');
  const [user = '', ...password] = login.split(':').map(decoded);
  const port = portText === '' ? undefined : Number(portText);
  const wrong = wrongName(host, user) ?? wrongPort(port);
  if (wrong !== undefined) return { wrong };
  return {
    host,
    ...(user !== '' && { user }),
    ...(password.length > 0 && { password: password.join(':') }),
    ...(port !== undefined && { port }),
    path: pathOf(absolute),
  };
}

/** @returns what is wrong with the name of a host or a user. */
export function wrongName(host: string, user: string): string | undefined {
  if (host === '') return 'its URL has no host';
  if (!SAFE_HOST.test(host)) return `'${host}' is no name of a host`;
  return user === '' || SAFE_USER.test(user) ? undefined : `'${user}' is no name of a user`;
}

export function wrongPort(port: number | undefined): string | undefined {
  return port === undefined || (Number.isInteger(port) && port > 0 && port < 65_536)
    ? undefined
    : `${port} is no port`;
}

/** `/~/x` is in the home of the user there. */
function pathOf(absolute: string): string {
  const path = absolute.replace(/(?<=.)\/+$/, '');
  if (path === '' || path === '/~') return '';
  return path.startsWith('/~/') ? path.slice(3) : path;
}
