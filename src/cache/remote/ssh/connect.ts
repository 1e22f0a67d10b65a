// Starts one `ssh` and the conversation with the SFTP server behind it, or says in our words why there is none.
import { startProgram } from '../../../base/start-program.ts';
import { NoConnection, Transient } from '../persistently.ts';
import type { Pace } from '../pace.ts';
import { askpassIn } from './askpass.ts';
import { SftpClient } from './sftp-client.ts';
import { BadPacket } from './sftp-codec.ts';
import { SftpSession } from './sftp-session.ts';
import { byHand, loginOf, readConfiguration, type Configuration, type SshOptions } from './ssh-command.ts';
import { sshFailure, type Asked, type SshFailure } from './ssh-failure.ts';

/** `ssh` got no further than the door; another attempt would end in the same way. */
export class Refused extends Error {
  readonly hint: string;

  constructor(reason: string, hint: string) {
    super(reason);
    this.hint = hint;
  }
}

/** Where no person has to type anything. */
const LOGIN_SECONDS = 60;

export interface ConnectionOptions extends SshOptions {
  readonly pace: Pace;
  /** Time for a login. */
  readonly loginSeconds?: number;
  /** The variable that a password is taken from; undefined where none can be. */
  readonly variable: string | undefined;
}

/** @throws NoConnection, Refused, Transient */
export async function connect(
  options: ConnectionOptions,
  args: readonly string[],
  answers: Readonly<Record<string, string>>,
): Promise<SftpClient> {
  const program = startProgram('ssh', args, { aside: true, env: { ...process.env, ...answers } });
  const ended = program.ended.then((end) =>
    end.kind === 'missing' ? notInstalled() : errorOf(sshFailure(end.stderr, end.code, askedOf(options))),
  );
  const session = new SftpSession(
    {
      input: program.stdout,
      output: program.stdin,
      hold: (held) => program.hold(held),
      cut: () => program.kill(),
      finish: () => program.stdin.end(),
      ended,
    },
    options.pace,
  );
  const { canAsk, loginSeconds = LOGIN_SECONDS } = options;
  const limit = canAsk ? undefined : setTimeout(() => session.cut(), loginSeconds * 1000);
  try {
    return await SftpClient.open(session);
  } catch (error) {
    if (error instanceof BadPacket) throw talkative(error, options);
    throw session.wasCut ? new NoConnection(`it does not let us in within ${loginSeconds} s`) : error;
  } finally {
    clearTimeout(limit);
  }
}

/** @throws Refused, NoConnection */
export function readOwnConfiguration(options: ConnectionOptions): Configuration {
  const configuration = readConfiguration(options);
  if (configuration === undefined) throw notInstalled();
  if (typeof configuration !== 'string') return configuration;
  throw errorOf(sshFailure(configuration, 255, askedOf(options)));
}

export function answersFor(
  { password, passphrase }: ConnectionOptions,
  configuration: Configuration,
  folder: string,
): Readonly<Record<string, string>> {
  if (password === undefined && passphrase === undefined) return {};
  return askpassIn(folder, {
    ...(password !== undefined && { password: { login: loginOf(configuration), value: password } }),
    ...(passphrase !== undefined && { passphrase }),
  });
}

const askedOf = (options: ConnectionOptions): Asked => ({
  host: options.place.host,
  command: byHand(options),
  canAsk: options.canAsk,
  variable: options.variable,
  hasPassword: options.password !== undefined,
});

function errorOf(failure: SshFailure): Error {
  switch (failure.kind) {
    case 'unreachable':
      return new NoConnection(failure.reason, failure.hint);
    case 'refused':
      return new Refused(failure.reason, failure.hint);
    case 'transient':
      return new Transient(failure.reason);
  }
}

const notInstalled = (): NoConnection =>
  new NoConnection(
    'the program `ssh` is not installed here',
    'install the OpenSSH client (Debian: `apt-get install openssh-client`)',
  );

function talkative({ start }: BadPacket, options: ConnectionOptions): Refused {
  return new Refused(
    `it does not speak SFTP, but says: ${start}`,
    `a login script there prints text: \`${byHand(options)} true\` must print nothing`,
  );
}
