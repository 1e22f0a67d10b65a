// Runs `rclone` and reads what it says of itself: how many bytes it has moved, and why it failed.
import { startProgram } from '../../../base/start-program.ts';

/** It ended with a failure; `messages` are in its words. */
export class RcloneFailure extends Error {
  readonly messages: readonly string[];

  constructor(code: number | null, messages: readonly string[]) {
    super(messages.at(-1) ?? (code === null ? 'it was ended by a signal' : `it ended with status ${code}`));
    this.messages = messages;
  }
}

export class NoRclone extends Error {}

/** What was asked for is not there. */
const NOT_THERE: readonly (number | null)[] = [3, 4];

const ALWAYS = [
  '--use-json-log',
  '--log-level=NOTICE',
  '--stats=1s',
  '--stats-log-level=NOTICE',
  // There is no one who could type it.
  '--ask-password=false',
  '--contimeout=10s',
  '--low-level-retries=4',
  '--retries=2',
  '--buffer-size=4M',
];

export interface RcloneOptions {
  readonly args: readonly string[];
  /** Its standard input. */
  readonly input?: string;
  /** Called with the bytes that it has moved so far. */
  readonly onBytes?: (bytes: number) => void;
}

export interface RunningRclone {
  /** May be read once, before `ended`. */
  readonly output: AsyncIterable<Uint8Array>;
  /** @returns whether what was asked for is there. @throws NoRclone, RcloneFailure */
  readonly ended: Promise<boolean>;
  kill(): void;
}

export function startRclone({ args, input = '', onBytes }: RcloneOptions): RunningRclone {
  const messages: string[] = [];
  const program = startProgram('rclone', [...ALWAYS, ...args], {
    onError: (line) => readLine(line, messages, onBytes),
  });
  program.stdin.end(input);
  const ended = program.ended.then((end) => {
    if (end.kind === 'missing') throw new NoRclone();
    if (end.code === 0) return true;
    if (NOT_THERE.includes(end.code)) return false;
    throw new RcloneFailure(end.code, messages);
  });
  // Whoever reads the output looks at it later.
  ended.catch(() => undefined);
  return { output: program.stdout, ended, kill: () => program.kill() };
}

/** @returns what it printed; undefined where what was asked for is not there. @throws NoRclone, RcloneFailure */
export async function runRclone(options: RcloneOptions): Promise<string | undefined> {
  const { output, ended } = startRclone(options);
  const pieces: Buffer[] = [];
  for await (const piece of output) pieces.push(Buffer.from(piece));
  return (await ended) ? Buffer.concat(pieces).toString('utf8') : undefined;
}

function readLine(line: string, messages: string[], onBytes?: (bytes: number) => void): void {
  const said = parsed(line);
  if (typeof said?.stats?.bytes === 'number') return onBytes?.(said.stats.bytes);
  const text = said ? said.msg : line.replace(/^\d{4}\/\S+ \S+ (?:ERROR : |NOTICE: )?/, '');
  if (said?.level !== 'notice' && text) messages.push(text);
}

interface Said {
  readonly level?: string;
  readonly msg?: string;
  readonly stats?: { readonly bytes?: unknown };
}

function parsed(line: string): Said | undefined {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null ? said : undefined;
  } catch {
    return undefined;
  }
}
