// What `-v` adds to commands that have no more to say of their own: the project, the versions and the time taken, on stderr.
import type { Command } from 'commander';
import { findProject } from '../pipeline/find-root.ts';
import { durationText } from '../show/text/duration-text.ts';
import { spelledOut } from '../show/text/spell-out.ts';

/** A run reports the same in its own way; its display owns the terminal. */
const RUNS: ReadonlySet<string> = new Set(['repro', 'watch']);

export function explainVerbosely(program: Command, version: string): void {
  const print = (text: string): void => void process.stderr.write(`${text}\n`);
  let started = 0;
  const isAsked = (command: Command): boolean =>
    command.opts()['verbose'] === true && !RUNS.has(command.name());
  program.hook('preAction', (_program, command) => {
    if (!isAsked(command)) return;
    started = performance.now();
    print(`pipe ${version}, Node.js ${process.versions.node}`);
    const found = findProject(process.cwd());
    print(found ? `project ${spelledOut(found.root)} (${found.pipelineFile})` : 'no project here');
  });
  program.hook('postAction', (_program, command) => {
    if (isAsked(command)) print(`took ${durationText((performance.now() - started) / 1000)}`);
  });
}
