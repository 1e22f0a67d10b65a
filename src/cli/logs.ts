// `pipe logs`: what a stage printed when it last ran.
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PipeError } from '../base/problem.ts';
import type { StageAddress } from '../pipeline/stage.ts';
import { folderName } from '../run/process/job.ts';
import { splitLines } from '../run/process/line-splitter.ts';
import { readOwner } from '../session/run-lock.ts';
import { printedLine } from '../show/text/spell-out.ts';
import { wantsColour } from '../show/text/colour.ts';
import { load, selectStages, type OverlayFlags } from '../session/load.ts';

const POLL_MS = 100;

/** Prints the newest log; with `follow`, goes on while a run is at work. @returns the exit code. */
export async function logsCommand(
  target: string,
  flags: OverlayFlags & { readonly follow?: true },
): Promise<number> {
  const loaded = await load(flags);
  const { folders } = loaded;
  for (const { address } of selectStages(loaded, [target], { single: true })) {
    const file = newestLog(join(folders.logs, folderName(address)));
    if (file === undefined) throw new PipeError(noLogProblem(address));
    const lines = splitLines(printLine);
    let from = await readFrom(file, 0, lines.push);
    while (flags.follow && readOwner(folders.state) !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      from = await readFrom(file, from, lines.push);
    }
    await readFrom(file, from, lines.push);
    lines.end();
  }
  return 0;
}

function newestLog(folder: string): string | undefined {
  const name = existsSync(folder) ? readdirSync(folder).toSorted().at(-1) : undefined;
  return name === undefined ? undefined : join(folder, name);
}

/** The parts of a long line stand together again. */
function printLine(line: string, more: boolean): void {
  process.stdout.write(printedLine(line, wantsColour(process.stdout)) + (more ? '' : '\n'));
}

/** @returns where the file ended. */
async function readFrom(file: string, from: number, push: (chunk: Buffer) => void): Promise<number> {
  const { size } = statSync(file);
  if (size > from)
    for await (const chunk of createReadStream(file, { start: from, end: size - 1 })) push(chunk as Buffer);
  return size;
}

function noLogProblem(address: StageAddress): ConstructorParameters<typeof PipeError>[0] {
  return {
    code: 'no-log',
    title: `there is no log of '${address}': it has not run here`,
    hint: 'results that came from the cache have no log of their own',
  };
}
