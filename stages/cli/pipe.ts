// Calls the engine as its users do: as a command.
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';

/** The part of `pipe stage list --json` that is read here. */
interface ListedStage {
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
  const listed = execFileSync(process.execPath, [pipeOf(root), 'stage', 'list', name, '--json', ...flags], {
    cwd: root,
    encoding: 'utf8',
  });
  return (JSON.parse(listed) as ListedStage[])[0]!;
}

const pipeOf = (root: string): string => join(root, 'bin/pipe.js');
