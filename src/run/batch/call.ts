// Calls a program of a batch system and waits for its end, while everything else goes on.
import { startProgram } from '../../base/start-program.ts';

export type CallEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: Buffer; readonly stderr: string }
  | { readonly kind: 'missing' };

export interface CallOptions {
  readonly cwd?: string;
  /** Its whole environment; default: ours. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A program that hangs, on a network that is cut for example, is ended. */
const PATIENCE_MS = 120_000;

export async function call(
  command: string,
  args: readonly string[],
  options: CallOptions = {},
): Promise<CallEnd> {
  const program = startProgram(command, args, options);
  const timer = setTimeout(() => program.kill(), PATIENCE_MS);
  const output: Buffer[] = [];
  program.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  program.stdin.end();
  const end = await program.ended;
  clearTimeout(timer);
  if (end.kind === 'missing') return end;
  return { kind: 'exited', code: end.code ?? 1, stdout: Buffer.concat(output), stderr: end.stderr.trim() };
}

/** The first line that says something, for a message. */
export const firstLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find(Boolean) ?? '';
