// Pipelines whose stages are puppets, and the end of a run of them.
import type { ChildProcess } from 'node:child_process';
import { puppetCommand } from '../puppet.ts';

/** Stages that do not depend on each other; each writes `NAME.txt`. Nobody is killed for being slow. */
export function puppetPipeline(...names: readonly string[]): string {
  const stages = names.map(
    (name) => `  ${name}:\n    cmd: ${puppetCommand(name)}\n    outs: [${name}.txt]\n`,
  );
  return `config: {grace: 600}\nstages:\n${stages.join('')}`;
}

export interface RunWatch {
  /** Everything printed so far. */
  readonly output: () => string;
  /** Resolves once the output matches. */
  readonly said: (pattern: RegExp) => Promise<void>;
  readonly end: Promise<{ readonly code: number | null; readonly output: string }>;
}

export function watchRun(run: ChildProcess): RunWatch {
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [run.stdout!, run.stderr!]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      for (const look of waiting) look();
    });
  }
  return {
    output: () => output,
    said: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!pattern.test(output)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    end: new Promise((resolve) => run.on('close', (code) => resolve({ code, output }))),
  };
}
