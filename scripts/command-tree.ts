// Every command of `pipe` with its arguments, options and examples, as the program itself declares them. The program runs when it is
// loaded, so that happens in a process of its own.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export interface CommandDescription {
  /** With those above it: `stage add`. */
  readonly name: string;
  readonly description: string;
  readonly usage: string;
  readonly arguments: readonly Described[];
  readonly options: readonly Described[];
  readonly examples: readonly string[];
  /** The command only has commands below it. */
  readonly group: boolean;
}

export interface Described {
  /** As typed: `-j, --jobs <n>`. */
  readonly term: string;
  readonly description: string;
}

/** In the order of `pipe --help`. */
export function commandTree(): CommandDescription[] {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'print-commands.ts')],
    { encoding: 'utf8', maxBuffer: 1 << 24 },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
