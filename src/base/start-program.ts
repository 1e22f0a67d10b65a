// Starts a program of the machine and talks with it while it runs, over pipes. For programs that are run to their end at once there is
// run-program.ts.
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface StartOptions {
  /** Its whole environment; default: ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** Absolute; default: the current folder. */
  readonly cwd?: string;
  /** It does not keep ours alive; whoever started it waits with `hold`. */
  readonly aside?: boolean;
  /** Called with each line of its standard error. */
  readonly onError?: (line: string) => void;
}

export interface StartedProgram {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves at its end. */
  readonly ended: Promise<ProgramEnded>;
  /** Whether our process waits for it. */
  hold(held: boolean): void;
  kill(): void;
}

export type ProgramEnded =
  /** `code` is null where a signal ended it. `stderr` is the end of what it printed there. */
  | { readonly kind: 'ended'; readonly code: number | null; readonly stderr: string }
  /** It is not installed, or may not be run. */
  | { readonly kind: 'missing' };

/** Of what it prints about itself, in characters. */
const KEPT = 16 << 10;
/** What it started itself may keep its standard error open for ever: so long the rest is waited for. */
const REST_MS = 200;

export function startProgram(
  command: string,
  args: readonly string[],
  { env, cwd, aside = false, onError }: StartOptions = {},
): StartedProgram {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(env && { env }),
    ...(cwd !== undefined && { cwd }),
  });
  const { stdin, stdout, stderr } = child;
  const hold = (held: boolean): void => {
    for (const part of [child, stdin as Socket, stdout as Socket])
      if (held) part.ref();
      else part.unref();
  };
  if (aside) {
    (stderr as Socket).unref();
    hold(false);
  }
  // Its end says more than a failure to write to it.
  stdin.on('error', () => undefined);
  let text = '';
  stderr.setEncoding('utf8').on('data', (piece: string) => (text = (text + piece).slice(-KEPT)));
  if (onError) createInterface(stderr).on('line', onError);
  return {
    stdin,
    stdout,
    hold,
    ended: new Promise((resolve) => {
      child.once('error', () => resolve({ kind: 'missing' }));
      child.once('exit', (code) => {
        const end = (): void => resolve({ kind: 'ended', code, stderr: text });
        // On a busy machine the time passes before the pipes were looked at even once: the event loop does that before it comes to this.
        const timer = setTimeout(() => setImmediate(end), REST_MS);
        child.once('close', () => {
          clearTimeout(timer);
          end();
        });
      });
    }),
    kill: () => void child.kill('SIGKILL'),
  };
}
