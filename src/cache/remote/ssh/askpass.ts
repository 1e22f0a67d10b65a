// Gives `ssh` a password or a passphrase that the user has declared: through SSH_ASKPASS, a program that `ssh` asks in place of the
// user. The secrets are in the environment of that `ssh` alone, and each is given only to the question that it is for: another host
// on the way asks in vain.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Answers {
  /** For the questions of this user at this host, `user@host`. */
  readonly password?: { readonly login: string; readonly value: string };
  /** For any key of ours. */
  readonly passphrase?: string;
}

/** `ssh` names who it asks for: "ada@host's password:", "(ada@host) Password:", "Enter passphrase for key '/path':". */
const SCRIPT = `#!/bin/sh
case "$1" in
  *assphrase*for*key*) [ -n "$PIPE_SSH_PASSPHRASE" ] && printf '%s\\n' "$PIPE_SSH_PASSPHRASE" && exit 0 ;;
  "$PIPE_SSH_LOGIN's password:"*|"($PIPE_SSH_LOGIN) "*assword*)
    [ -n "$PIPE_SSH_PASSWORD" ] && printf '%s\\n' "$PIPE_SSH_PASSWORD" && exit 0 ;;
esac
exit 1
`;

/** @param folder absolute, readable by this user only. @returns what the environment of `ssh` gets. */
export function askpassIn(
  folder: string,
  { password, passphrase }: Answers,
): Readonly<Record<string, string>> {
  const program = join(folder, 'askpass');
  writeFileSync(program, SCRIPT);
  chmodSync(program, 0o700);
  return {
    SSH_ASKPASS: program,
    SSH_ASKPASS_REQUIRE: 'force',
    // Before OpenSSH 8.4 it is asked only where a display could show the question.
    ...(process.env['DISPLAY'] ? {} : { DISPLAY: ':' }),
    PIPE_SSH_LOGIN: password?.login ?? '',
    PIPE_SSH_PASSWORD: password?.value ?? '',
    PIPE_SSH_PASSPHRASE: passphrase ?? '',
  };
}
