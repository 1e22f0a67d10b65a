// The user name and password in a URL of git. They are in no file of a clone: git asks a helper, which has them from its environment.
import { decoded } from '../base/decoded.ts';

/** A URL of git and how git logs in there. */
export interface Login {
  /** Without user name and password. */
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

/** @returns undefined for a URL without a password, and for those that no password is sent to. */
export function loginIn(url: string): Login | undefined {
  const { protocol, origin, username, password } = URL.parse(url) ?? {};
  if (!password || !/^https?:$/.test(protocol!)) return undefined;
  // Helpers of the user would keep it in a file; a server that this one redirects to does not get it.
  const key = `credential.${origin}.helper`;
  return {
    url: url.replace(/\/\/[^/?#]*@/, '//'),
    args: ['-c', `${key}=`, '-c', `${key}=${HELPER}`],
    env: { PIPE_GIT_USERNAME: inOneLine(username!), PIPE_GIT_PASSWORD: inOneLine(password) },
  };
}

/** As it is written where it would end the line or the text. */
function inOneLine(text: string): string {
  const plain = decoded(text);
  return /[\0\n]/.test(plain) ? text : plain;
}
