// The secrets in a URL of git. They are in no file of a clone, nor in a list of processes: git has them from its environment.
import { decoded } from '../base/decoded.ts';
import { secretInGitUrl, withoutGitSecrets } from '../base/git-url-secrets.ts';

/** A URL of git and how git gets what was taken out of it. */
export interface Login {
  /** Without secrets. */
  readonly url: string;
  /** Before other arguments of git. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const HELPER = `!f() { test "$1" != get || printf 'username=%s\\npassword=%s\\n' "$PIPE_GIT_USERNAME" "$PIPE_GIT_PASSWORD"; }; f`;

/** By the folder of the clone, since every git command in it can ask the server for what is lacking. */
const logins = new Map<string, Login>();

export const keepLogin = (clone: string, login: Login): void => void logins.set(clone, login);

export const loginOf = (clone: string): Login | undefined => logins.get(clone);

/** @returns undefined for a URL without secrets. Any user name for http can be a token. */
export function loginIn(url: string): Login | undefined {
  const plain = withoutGitSecrets(url);
  if (plain === url || (secretInGitUrl(url) === undefined && !/^https?:/i.test(url))) return undefined;
  const { protocol, origin, username, password } = URL.parse(url) ?? {};
  if (!password || !/^https?:$/.test(protocol!)) return { url: plain, args: [], env: insteadOf(plain, url) };
  // Helpers of the user would keep it in a file; a server that this one redirects to does not get it.
  const key = `credential.${origin}.helper`;
  const asked = url.replace(/\/\/[^/?#]*@/, '//');
  return {
    url: plain,
    args: ['-c', `${key}=`, '-c', `${key}=${HELPER}`],
    env: {
      PIPE_GIT_USERNAME: inOneLine(username!),
      PIPE_GIT_PASSWORD: inOneLine(password),
      ...(asked !== plain && insteadOf(plain, asked)),
    },
  };
}

/** Git asks another URL than the one that the clone has. */
function insteadOf(plain: string, url: string): Login['env'] {
  const before = Number(process.env['GIT_CONFIG_COUNT'] ?? 0);
  return {
    GIT_CONFIG_COUNT: String(before + 1),
    [`GIT_CONFIG_KEY_${before}`]: `url.${url}.insteadOf`,
    [`GIT_CONFIG_VALUE_${before}`]: plain,
  };
}

/** As it is written where it would end the line or the text. */
function inOneLine(text: string): string {
  const plain = decoded(text);
  return /[\0\n]/.test(plain) ? text : plain;
}
