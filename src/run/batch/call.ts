// How calls of a batch system's programs end.
import { callProgram, type CallOptions } from '../../base/call-program.ts';

export type CallEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: Buffer; readonly stderr: string }
  | { readonly kind: 'missing' };

const PATIENCE_MS = 120_000;

export async function call(
  command: string,
  args: readonly string[],
  options: Omit<CallOptions, 'timeout'> = {},
): Promise<CallEnd> {
  const end = await callProgram(command, args, { ...options, timeout: PATIENCE_MS });
  if (end.kind === 'missing') return end;
  const { code, stdout, stderr } = end;
  return { kind: 'exited', code: code ?? 1, stdout, stderr: stderr.trim() };
}

/** The first line that says something, for a message. */
export const firstLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find(Boolean) ?? '';
