// As `url-secrets.ts`, for URLs of git, which have a short form for ssh.
import { HOST, secretIn, withoutSecrets } from './url-secrets.ts';

/** The start of `user:password@host:path`: git takes `user` for the host, and neither git nor ssh takes a password so. */
const SHORT_LOGIN = /^\[?[^@/:\s[\]]+:/;

/** @returns as `secretIn`. */
export const secretInGitUrl = (url: string): string | undefined =>
  hasShortLogin(url) ? 'password' : secretIn(url);

/** As `withoutSecrets`. */
export function withoutGitSecrets(url: string): string {
  const end = endOfLogin(url);
  return end === undefined ? withoutSecrets(url) : url.slice(end);
}

export const hasShortLogin = (url: string): boolean => endOfLogin(url) !== undefined;

/** Where the host begins. A path can have an `@` too: it is followed by a folder then, or by nothing, hardly by a host. */
function endOfLogin(url: string): number | undefined {
  if (/^[a-z][a-z0-9+.-]*:(?:\/\/|:)/i.test(url) || !SHORT_LOGIN.test(url)) return undefined;
  const last = [...url.matchAll(/@(?=([^@/:\s]+)([:/]))/g)].findLast(
    ([, name = '', end]) => end === ':' || HOST.test(name),
  );
  return last && last.index + 1;
}
