// How `ssh` is called: what the remote declares becomes its options, and all else is the user's own configuration. What would
// disturb a transfer there (a terminal, a command, forwarded ports) is switched off, as `sftp` does it.
import { runProgram } from '../../../base/run-program.ts';
import { shellQuote } from '../../../base/shell-quote.ts';
import type { SshPlace } from './ssh-url.ts';

export interface SshOptions {
  readonly place: SshPlace;
  /** Absolute path of a private key: no other is tried. */
  readonly keyFile?: string;
  readonly password?: string;
  readonly passphrase?: string;
  /** Seconds until a connection has to be there. */
  readonly timeout?: number;
  /** Whether Kerberos is tried, and the agent asked; undefined as the user's configuration has it. */
  readonly gssapi?: boolean;
  readonly agent?: boolean;
  /** Somebody is there who can be asked. */
  readonly canAsk: boolean;
}

/** As `ssh -G` prints it, names in lower case; undefined where `ssh` is not installed. */
export type Configuration = ReadonlyMap<string, string>;

const CONNECT_SECONDS = 5;
/** By way of other machines. */
const JUMP_SECONDS = 20;

/** @returns what `ssh` makes of the user's configuration; undefined where it is missing, a text where it complains. */
export function readConfiguration(options: SshOptions): Configuration | undefined | string {
  const end = runProgram('ssh', ['-G', ...target(options)]);
  if (end.kind === 'missing') return undefined;
  if (end.kind !== 'exited' || end.code !== 0)
    return end.kind === 'exited' ? end.stderr : 'it was ended by a signal';
  return new Map(
    end.stdout.split('\n').map((line) => {
      const at = line.indexOf(' ');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1)] as const;
    }),
  );
}

export function sshArguments(options: SshOptions, configuration: Configuration): readonly string[] {
  const { password, passphrase, gssapi, agent, canAsk } = options;
  const answers = password !== undefined || passphrase !== undefined;
  const set: Readonly<Record<string, string>> = {
    // With answers of ours every other question is declined; without anybody there, none is asked.
    BatchMode: canAsk || answers ? 'no' : 'yes',
    ...(answers && { NumberOfPasswordPrompts: '1' }),
    ConnectTimeout: String(connectSeconds(options, configuration)),
    ServerAliveInterval: '15',
    ServerAliveCountMax: '4',
    LogLevel: 'INFO',
    ClearAllForwardings: 'yes',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    PermitLocalCommand: 'no',
    ...(gssapi !== undefined && { GSSAPIAuthentication: gssapi ? 'yes' : 'no' }),
    ...(agent === false && { IdentityAgent: 'none' }),
    // Older versions do not know all of these.
    ...Object.fromEntries(
      Object.entries(NEUTRAL).filter(([name, value]) => {
        const own = configuration.get(name.toLowerCase());
        return own !== undefined && own !== value;
      }),
    ),
  };
  const settings = Object.entries(set).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return [...settings, '-s', ...target(options), 'sftp'];
}

/** What a connection for files must not have. */
const NEUTRAL: Readonly<Record<string, string>> = {
  RemoteCommand: 'none',
  RequestTTY: 'no',
  StdinNull: 'no',
  ForkAfterAuthentication: 'no',
};

/** How the user would call it. */
export function byHand({ place, keyFile }: SshOptions): string {
  const { host, user, port } = place;
  const words = [
    'ssh',
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(keyFile === undefined ? [] : ['-i', keyFile]),
    user === undefined ? host : `${user}@${host}`,
  ];
  return words.map(shellQuote).join(' ');
}

/** Who asks for a password, as `ssh` names it. */
export function loginOf(configuration: Configuration): string {
  const host = configuration.get('hostkeyalias') ?? configuration.get('hostname') ?? '';
  return `${configuration.get('user') ?? ''}@${host}`;
}

function target({ place, keyFile }: SshOptions): readonly string[] {
  const { host, user, port } = place;
  return [
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(keyFile === undefined ? [] : ['-i', keyFile, '-o', 'IdentitiesOnly=yes']),
    '--',
    host,
  ];
}

function connectSeconds({ timeout }: SshOptions, configuration: Configuration): number {
  const own = Number(configuration.get('connecttimeout'));
  if (timeout !== undefined && timeout > 0) return timeout;
  if (Number.isInteger(own) && own > 0) return own;
  const jumps = ['proxyjump', 'proxycommand'].some((name) => (configuration.get(name) ?? 'none') !== 'none');
  return jumps ? JUMP_SECONDS : CONNECT_SECONDS;
}
