// Calls a program of the machine and waits for its end, while everything else goes on. run-program.ts blocks; what talks with a program
// uses start-program.ts.
import { startProgram, type ProgramEnded, type StartOptions } from './start-program.ts';

export interface CallOptions extends Pick<StartOptions, 'env' | 'cwd'> {
  /** Milliseconds after which it is ended: it may hang, on a network that is cut for example. */
  readonly timeout: number;
}

type Missing = Extract<ProgramEnded, { kind: 'missing' }>;

/** What it printed until its end. */
export type Called = Missing | (Exclude<ProgramEnded, Missing> & { readonly stdout: Buffer });

/** Its standard input is empty. */
export async function callProgram(
  command: string,
  args: readonly string[],
  { timeout, ...options }: CallOptions,
): Promise<Called> {
  const program = startProgram(command, args, options);
  const timer = setTimeout(() => program.kill(), timeout);
  const output: Buffer[] = [];
  program.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  program.stdin.end();
  const end = await program.ended;
  clearTimeout(timer);
  // What it started itself may keep the pipe open, and us alive.
  program.stdout.destroy();
  return end.kind === 'missing' ? end : { ...end, stdout: Buffer.concat(output) };
}
