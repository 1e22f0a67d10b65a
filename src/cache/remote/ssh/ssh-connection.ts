// The one login of a remote over ssh: made when it is first needed, shared by all that is asked, and made again after it broke.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram } from '../../../base/start-program.ts';
import { NoConnection, Transient } from '../http/http-request.ts';
import type { Pace } from '../pace.ts';
import { askpassIn } from './askpass.ts';
import { BadPacket } from './sftp-codec.ts';
import { SftpClient } from './sftp-client.ts';
import { SftpSession } from './sftp-session.ts';
import {
  byHand,
  loginOf,
  readConfiguration,
  sshArguments,
  type Configuration,
  type SshOptions,
} from './ssh-command.ts';
import { sshFailure, type Asked, type SshFailure } from './ssh-failure.ts';

/** `ssh` got no further than the door; another attempt would end in the same way. */
export class Refused extends Error {
  readonly hint: string;

  constructor(reason: string, hint: string) {
    super(reason);
    this.hint = hint;
  }
}

/** With nobody to wait for, whoever takes the connection has so long to let us in. */
const LOGIN_MS = 60_000;

export interface ConnectionOptions extends SshOptions {
  readonly pace: Pace;
  /** The variable that a password is taken from. */
  readonly variable: string;
}

/** A server does what one conversation asks in turn, and waits for its disk each time: several share one login. */
const MOST_LANES = 4;
/** So many requests on their way make another worth it. */
const BUSY = 8;

export class SshConnection {
  readonly #options: ConnectionOptions;
  #configuration: Configuration | undefined;
  #folder: string | undefined;
  #first: Promise<SftpClient> | undefined;
  #lanes: readonly SftpClient[] = [];
  /** Whether another lane can be had, as far as is known. */
  #canWiden = true;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** @throws NoConnection, Refused, or Transient where it may go well another time. */
  async client(): Promise<SftpClient> {
    this.#lanes = this.#lanes.filter((lane) => !lane.isLost);
    const [first, ...others] = this.#lanes;
    if (!first) return (this.#first ??= this.#connect().finally(() => (this.#first = undefined)));
    const best = others.reduce((a, b) => (b.load < a.load ? b : a), first);
    if (best.load >= BUSY && this.#canWiden) void this.#widen();
    return best;
  }

  async end(): Promise<void> {
    await this.#first?.catch(() => undefined);
    for (const lane of this.#lanes) lane.end();
    if (this.#folder !== undefined) removeFolder(this.#folder);
    this.#folder = undefined;
  }

  async #connect(): Promise<SftpClient> {
    const options = this.#options;
    this.#configuration ??= readOwnConfiguration(options);
    this.#folder ??= makeFolder();
    const socket = controlSocket(this.#folder, this.#configuration);
    const args = [...master(socket), ...sshArguments(options, this.#configuration)];
    const client = await connect(options, args, answersFor(options, this.#configuration, this.#folder));
    this.#lanes = [client];
    this.#canWiden = true;
    return client;
  }

  async #widen(): Promise<void> {
    // One at a time.
    this.#canWiden = false;
    const [options, configuration, folder] = [this.#options, this.#configuration, this.#folder];
    if (this.#lanes.length >= MOST_LANES || !configuration || folder === undefined) return;
    const args = [...sharing(controlSocket(folder, configuration)), ...sshArguments(options, configuration)];
    try {
      const client = await connect(options, args, {});
      this.#lanes = [...this.#lanes, client];
      this.#canWiden = true;
    } catch {
      // The server allows no more of them.
    }
  }
}

/** Not where the user has a shared connection already; it is used as it is. */
function controlSocket(folder: string, configuration: Configuration): string | undefined {
  const own = configuration.get('controlpath') ?? 'none';
  const socket = join(folder, 'c');
  return own === 'none' && socket.length < LONGEST_SOCKET ? socket : undefined;
}

/** Paths of sockets are short; `ssh` adds to this one. */
const LONGEST_SOCKET = 80;

function master(socket: string | undefined): readonly string[] {
  return socket === undefined
    ? []
    : ['-o', 'ControlMaster=yes', '-o', `ControlPath=${socket}`, '-o', 'ControlPersist=no'];
}

/** With a login of its own nothing would be gained. */
function sharing(socket: string | undefined): readonly string[] {
  return [
    ...(socket === undefined ? [] : ['-o', `ControlPath=${socket}`]),
    ...['-o', 'ControlMaster=no', '-o', 'ProxyJump=none', '-o', 'ProxyCommand=false', '-o', 'BatchMode=yes'],
  ];
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-ssh-'));
  process.once('exit', () => removeFolder(folder));
  return folder;
}

const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

async function connect(
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
      hold: program.hold,
      cut: program.kill,
      finish: () => program.stdin.end(),
      ended,
    },
    options.pace,
  );
  const limit = options.canAsk ? undefined : setTimeout(() => session.cut(), LOGIN_MS);
  try {
    return await SftpClient.open(session);
  } catch (error) {
    if (error instanceof BadPacket) throw talkative(error, options);
    throw session.wasCut ? new NoConnection(`it does not let us in within ${LOGIN_MS / 1000} s`) : error;
  } finally {
    clearTimeout(limit);
  }
}

/** @throws Refused, NoConnection */
function readOwnConfiguration(options: ConnectionOptions): Configuration {
  const configuration = readConfiguration(options);
  if (configuration === undefined) throw notInstalled();
  if (typeof configuration !== 'string') return configuration;
  throw errorOf(sshFailure(configuration, 255, askedOf(options)));
}

function answersFor(
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
