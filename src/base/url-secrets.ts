// Secrets in URLs: they must not get into files that git shares, nor into messages.
import { decoded } from './decoded.ts';

/** What a parameter is called that carries one: `token`, `X-Amz-Signature`, `sig`, `api_key`. */
const SECRET_NAME =
  /(?:token|secret|passw(?:or)?d|signature|credential|api[-_]?key|(?:^|[-_])(?:sig|pwd|auth))$/i;
/** A server takes such a user name without a password; people have shorter names. */
const TOKEN = /^(?=.*\d)[\w-]{16,}$/;

/** A password that should have been encoded: what is behind the colon is no port. */
const UNENCODED = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#@[]*:(?!\d*(?:[/?#]|$))[^@]*@/i;

/** @returns what it is called: `password`, `token`, or the parameter of the query in quotes; undefined where there is none. */
export function secretIn(url: string): string | undefined {
  const [, scheme = '', user, password] =
    /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#]*?)(?::([^/?#]*))?@)?/i.exec(url) ?? [];
  if (password !== undefined || UNENCODED.test(url)) return 'password';
  if (user !== undefined && /^https?$/i.test(scheme) && TOKEN.test(user)) return 'token';
  const name = /^https?$/i.test(scheme) ? parametersOf(url).find((one) => SECRET_NAME.test(one)) : undefined;
  return name && `'${name}'`;
}

/** For messages: without user name and password, and without the values of secret parameters. */
export function withoutSecrets(url: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return url;
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1')
    .replace(UNENCODED, '$1')
    .replace(/([?&;])([^=&;#]+)=[^&;#]*/g, (whole, before: string, name: string) =>
      SECRET_NAME.test(decoded(name)) ? `${before}${name}=***` : whole,
    );
}

const parametersOf = (url: string): readonly string[] =>
  (/\?([^#]*)/.exec(url)?.[1] ?? '').split(/[&;]/).map((pair) => decoded(pair.split('=', 1)[0]!));
