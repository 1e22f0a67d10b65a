// Calls the engine as its users do: as a command.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { CommandError } from './command-error.ts';

/** The part of `pipe stage list --json` that is read here. */
export interface ListedStage {
  readonly name: string;
  readonly group: string | null;
  readonly outs: readonly { readonly path: string }[];
}

/** @param stop is aborted when a signal ends the run. @returns the exit status */
export function runPipe(args: readonly string[], root: string, stop: AbortController): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [pipeOf(root), ...args], { cwd: root, stdio: 'inherit' });
    // The terminal sends Ctrl-C to both; pipe ends its stages and then itself.
    process.on('SIGINT', () => stop.abort());
    for (const signal of ['SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        child.kill(signal);
        stop.abort();
      });
    child.on('error', failed);
    child.on('exit', (code) => done(code ?? 1));
  });
}

/** A stage as it is resolved with these flags of `repro`. */
export function readStage(name: string, flags: readonly string[], root: string): ListedStage {
  return listStages([name], flags, root)[0]!;
}

/**
 * Stages as they are resolved with these flags of `repro`.
 * @param names of stages or groups; none means all
 * @throws CommandError where the pipeline has mistakes, in the words of pipe
 */
export function listStages(
  names: readonly string[],
  flags: readonly string[],
  root: string,
): readonly ListedStage[] {
  const args = [pipeOf(root), 'stage', 'list', ...names, '--json', ...flags];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: Infinity,
  });
  if (status !== 0) throw new CommandError(stderr.trim());
  return JSON.parse(stdout) as readonly ListedStage[];
}

const pipeOf = (root: string): string => join(root, 'bin/pipe.js');
