// As `url-secrets.ts`, for URLs of git, which have a short form for ssh.
import { HOST, secretIn, withoutSecrets } from './url-secrets.ts';

/** Up to the host of `user:password@host:path`: git takes `user` for the host, and neither git nor ssh takes a password so. */
const SHORT_LOGIN = /^\[?[^@/:\s[\]]+:.*@(?=([^@/:\s]+)(:|\/|$))/s;

/** @returns as `secretIn`. */
export const secretInGitUrl = (url: string): string | undefined =>
  hasShortLogin(url) ? 'password' : secretIn(url);

/** As `withoutSecrets`. */
export const withoutGitSecrets = (url: string): string =>
  hasShortLogin(url) ? url.replace(SHORT_LOGIN, '') : withoutSecrets(url);

/** A path can have an `@` too: it is followed by a folder then, hardly by a host. */
export function hasShortLogin(url: string): boolean {
  const [, name = '', end] = /^[a-z][a-z0-9+.-]*:(?:\/\/|:)/i.test(url) ? [] : (SHORT_LOGIN.exec(url) ?? []);
  return end === ':' || (end === '/' && HOST.test(name));
}
