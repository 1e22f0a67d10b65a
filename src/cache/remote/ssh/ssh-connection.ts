// The one login of a remote over ssh: made when it is first needed, shared by all that is asked, and made again after it broke.
import { answersFor, connect, readOwnConfiguration, type ConnectionOptions } from './connect.ts';
import type { SftpClient } from './sftp-client.ts';
import { controlSocket, makePrivateFolder, master, removeFolder, sharing } from './shared-login.ts';
import { sshArguments, type Configuration } from './ssh-command.ts';

/** A server does what one conversation asks in turn, and waits for its disk each time: several share one login. */
const MOST_LANES = 4;
/** So many requests on their way make another worth it. */
const BUSY = 8;

export class SshConnection {
  readonly #options: ConnectionOptions;
  #configuration: Configuration | undefined;
  #folder: string | undefined;
  #socket: string | undefined;
  #logins = 0;
  #ended = false;
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
    this.#ended = true;
    await this.#first?.catch(() => undefined);
    for (const lane of this.#lanes) lane.end();
    if (this.#folder !== undefined) removeFolder(this.#folder);
    this.#folder = undefined;
  }

  async #connect(): Promise<SftpClient> {
    const options = this.#options;
    this.#configuration ??= readOwnConfiguration(options);
    this.#folder ??= makePrivateFolder();
    // A broken login leaves its socket behind, so each has a name of its own.
    this.#logins += 1;
    this.#socket = controlSocket(this.#folder, `c${this.#logins}`, this.#configuration);
    const args = [...master(this.#socket), ...sshArguments(options, this.#configuration)];
    const client = await connect(options, args, answersFor(options, this.#configuration, this.#folder));
    this.#lanes = [client];
    this.#canWiden = true;
    return client;
  }

  async #widen(): Promise<void> {
    // One at a time.
    this.#canWiden = false;
    const [options, configuration, login] = [this.#options, this.#configuration, this.#logins];
    if (this.#lanes.length >= MOST_LANES || !configuration) return;
    try {
      const args = [...sharing(this.#socket), ...sshArguments(options, configuration)];
      const client = await connect(options, args, {});
      if (this.#ended || login !== this.#logins) return client.end();
      this.#lanes = [...this.#lanes, client];
      this.#canWiden = true;
    } catch {
      // The server allows no more of them.
    }
  }
}
