// What `ssh` prints when it does not get through, in our words.

export type SshFailure =
  /** Nothing answers there, or not as it should. */
  | { readonly kind: 'unreachable'; readonly reason: string; readonly hint?: string }
  /** It answers, and refuses us; or we refuse it. */
  | { readonly kind: 'refused'; readonly reason: string; readonly hint: string }
  /** Another time it may go well. */
  | { readonly kind: 'transient'; readonly reason: string };

export interface Asked {
  /** As it is written in the URL. */
  readonly host: string;
  /** How `ssh` is called by hand: `ssh -p 2222 ada@host`. */
  readonly command: string;
  /** Whether `ssh` could ask the user. */
  readonly canAsk: boolean;
  /** The variable that a password is taken from; undefined for a URL that no remote declares. */
  readonly variable: string | undefined;
  /** Whether a password was given. */
  readonly hasPassword: boolean;
}

/** @param stderr what it printed; @param code its exit status. */
export function sshFailure(stderr: string, code: number | null, asked: Asked): SshFailure {
  const last = lastLine(stderr);
  for (const [pattern, failure] of KNOWN) {
    const found = pattern.exec(stderr);
    if (found) return failure(found, asked, last);
  }
  if (code !== null && code !== 255) return transient(last || `ssh ended with status ${code}`);
  return transient(last || 'the connection was closed');
}

type Reading = (found: RegExpExecArray, asked: Asked, last: string) => SshFailure;

const KNOWN: readonly (readonly [RegExp, Reading])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    (_, { host, command }) => ({
      kind: 'refused',
      reason: `the key of ${host} is not the one that this machine knows: another machine may answer in its place`,
      hint: `ask who runs it whether the key was changed; if so, remove the old one (\`ssh-keygen -R ${host}\`) and connect once by hand (\`${command}\`)`,
    }),
  ],
  [
    /Host key verification failed|host key is known for/,
    (_, { host, command }) => ({
      kind: 'refused',
      reason: `the key of ${host} is not known on this machine`,
      hint: `connect once by hand and compare the key (\`${command}\`), or add it to ~/.ssh/known_hosts`,
    }),
  ],
  [
    /Too many authentication failures/,
    (_, { host }) => ({
      kind: 'refused',
      reason: 'too many keys were tried before the right one',
      hint: `name the key: \`keyfile:\` of the remote, or \`IdentityFile\` and \`IdentitiesOnly yes\` for ${host} in ~/.ssh/config`,
    }),
  ],
  [
    /Permission denied(?: \(([^)]*)\))?/,
    (found, { command, canAsk, variable, hasPassword }, _last) => ({
      kind: 'refused',
      reason: `no key${hasPassword ? ', and not the password,' : ''} of ours is accepted${found[1] ? ` (it takes: ${found[1].replaceAll(',', ', ')})` : ''}`,
      hint: `try \`${command}\`; add the key to the agent (\`ssh-add\`), ${given(variable)}${canAsk ? '' : '; without a terminal nothing can be asked'}`,
    }),
  ],
  [
    /Could not resolve hostname (\S+?):?(?: |$)/m,
    (found) => ({
      kind: 'unreachable',
      reason: `there is no host '${found[1]}'`,
      hint: 'check the name in the URL; short names need a `Host` section in ~/.ssh/config',
    }),
  ],
  [
    /connect to (?:host|address) (.+): (.+)/,
    ([, at = '', reason = '']) => ({ kind: 'unreachable', reason: `${at}: ${reason.trim()}` }),
  ],
  [
    /timed out during banner exchange|Timeout, server .* not responding/,
    (_, __, last) =>
      /Timeout, server/.test(last)
        ? transient(last)
        : { kind: 'unreachable', reason: 'it takes the connection, and does not answer' },
  ],
  [
    /subsystem request failed/,
    (_, { host }) => ({
      kind: 'refused',
      reason: `${host} has no SFTP`,
      hint: 'switch it on there: `Subsystem sftp internal-sftp` in /etc/ssh/sshd_config',
    }),
  ],
  [
    /(?:Bad owner or permissions on|Bad configuration option|terminating, \d+ bad configuration|no argument after keyword|Missing argument)[^\n]*/,
    ([text = '']) => ({
      kind: 'refused',
      reason: `ssh does not accept its configuration: ${text.trim()}`,
      hint: 'correct ~/.ssh/config',
    }),
  ],
  [
    /(?:This service allows sftp connections only|Your account has expired|Your password has expired)[^\n]*/,
    ([text = ''], { command }) => ({ kind: 'refused', reason: text.trim(), hint: `try \`${command}\`` }),
  ],
];

const given = (variable: string | undefined): string =>
  variable === undefined
    ? 'or declare the machine as a remote with key or password, and use remote://NAME/PATH in place of the URL'
    : `name it (\`keyfile:\`), or set ${variable}`;

/** The last line that says something. */
function lastLine(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:debug\d|\*\*|Warning: Permanently added)/.test(line));
  return (lines.at(-1) ?? '').slice(0, 300);
}

const transient = (reason: string): SshFailure => ({ kind: 'transient', reason });
