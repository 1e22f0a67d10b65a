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
  /** Resolves once the output matches, and fails at the end of a run whose output does not. */
  readonly said: (pattern: RegExp) => Promise<void>;
  readonly end: Promise<{ readonly code: number | null; readonly output: string }>;
}

export function watchRun(run: ChildProcess): RunWatch {
  let output = '';
  let isOver = false;
  const waiting = new Set<() => void>();
  const lookAgain = (): void => waiting.forEach((look) => look());
  for (const stream of [run.stdout!, run.stderr!]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      lookAgain();
    });
  }
  return {
    output: () => output,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(output)) resolve();
          else if (isOver) reject(new Error(`the run ended without ${pattern}:\n${output}`));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
    end: new Promise((resolve) =>
      run.on('close', (code) => {
        isOver = true;
        lookAgain();
        resolve({ code, output });
      }),
    ),
  };
}
