// Secrets in URLs: they must not get into files that git shares, nor into messages.
import { decoded } from './decoded.ts';

/** What a parameter is called that carries one: `token`, `X-Amz-Signature`, `sig`, `api_key`. */
const SECRET_NAME =
  /(?:token|secret|passw(?:or)?d|signature|credential|api[-_]?key|(?:^|[-_])(?:sig|pwd|auth))$/i;
/** A server takes such a user name without a password; people have shorter names. */
const TOKEN = /^(?=.*\d)[\w-]{16,}$/;

/** What may be a host for all to reach; of `user:pa@ss/word@host` a program takes `ss` for it. */
export const HOST =
  /^(?:localhost|\[[\da-f:.]+\]|(?:\d+\.){3}\d+|(?:[^\s.:[\]]+\.)+[a-z][a-z-]*[a-z])(?::\d*)?$/i;

/** @returns what it is called: `password`, `token`, or the parameter of the query in quotes; undefined where there is none. */
export function secretIn(url: string): string | undefined {
  const { scheme, login, mayBePath, misread } = partsOf(url);
  if (misread || (login.includes(':') && !mayBePath)) return 'password';
  const isWeb = /(?:^|:)https?:\/\/$/i.test(scheme);
  if (isWeb && TOKEN.test(login.replace(/@$/, ''))) return 'token';
  const name = isWeb ? parametersOf(url).find((one) => SECRET_NAME.test(one)) : undefined;
  return name && `'${name}'`;
}

/** Whether programs take a part of its password for the host, since `/`, `?`, `#` or `@` in it are not encoded. */
export const isMisread = (url: string): boolean => partsOf(url).misread;

/** What is wrong with a URL that is misread. */
export const PASSWORD_AS_HOST = 'a part of its password would be its host';

/** What to do about it. */
export const ENCODE_PASSWORD =
  'write `/` as %2F, `@` as %40, `?` as %3F and `#` as %23 in its password; where its path has an `@`, write %40 there';

/** For messages: without user name and password, and without the values of secret parameters. */
export function withoutSecrets(url: string): string {
  const { scheme, rest } = partsOf(url);
  if (scheme === '') return url;
  return (scheme + rest).replace(/([?&;])([^=&;#]+)=[^&;#]*/g, (whole, before: string, name: string) =>
    SECRET_NAME.test(decoded(name)) ? `${before}${name}=***` : whole,
  );
}

interface Parts {
  /** `https://`, for git also behind the program that fetches; '' for what is no URL. */
  readonly scheme: string;
  /** With the `@` behind it. */
  readonly login: string;
  readonly rest: string;
  /** `host:80/a@b/`, which is left out of messages only. */
  readonly mayBePath: boolean;
  /** See `isMisread`. */
  readonly misread: boolean;
}

function partsOf(url: string): Parts {
  const [, scheme = '', authority = ''] =
    /^((?:[a-z0-9+.-]+::)*[a-z][a-z0-9+.-]*:\/\/)([^/?#]*)/i.exec(url) ?? [];
  const usual = scheme.length + authority.lastIndexOf('@') + 1;
  const end = misreadEnd(url, scheme.length, authority) ?? usual;
  const mayBePath = end > usual && isHostAndPort(authority);
  return {
    scheme,
    login: url.slice(scheme.length, end),
    rest: url.slice(end),
    mayBePath,
    misread: end > usual && !mayBePath,
  };
}

/** @returns the end of a login of which a program would take only a part; undefined where there is none. */
function misreadEnd(url: string, start: number, authority: string): number | undefined {
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  const isOpen = at < 0 && !isHostAndPort(authority);
  if (!(at < 0 ? authority : authority.slice(0, at)).includes(':') || (at < 0 && HOST.test(host)))
    return undefined;
  const searched = isOpen ? url : url.replace(/[?#].*/s, '');
  const ends = [...searched.matchAll(/@([^/?#@]*)/g)]
    .map(({ index, 1: name = '' }) => ({ end: index + 1, isHost: HOST.test(name) }))
    .filter(({ end }) => end > start + authority.length);
  const likely = ends.findLast(({ isHost }) => isHost);
  // Else it can be the path on a host that has a short name.
  return (likely ?? (isOpen || (at >= 0 && !HOST.test(host)) ? ends.at(-1) : undefined))?.end;
}

const isHostAndPort = (authority: string): boolean => /^(?:[^:@]*|\[[^@]*\]):\d*$/.test(authority);

const parametersOf = (url: string): readonly string[] =>
  (/\?([^#]*)/.exec(url)?.[1] ?? '').split(/[&;]/).map((pair) => decoded(pair.split('=', 1)[0]!));
