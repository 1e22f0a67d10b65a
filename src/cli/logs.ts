// `pipe logs`: what stages printed when they last ran. For a group, each line names its stage.
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PipeError, type Problem } from '../base/problem.ts';
import type { StageAddress } from '../pipeline/stage.ts';
import { folderName } from '../run/process/job.ts';
import { splitLines } from '../run/process/line-splitter.ts';
import { readOwner } from '../session/run-lock.ts';
import { stagesThatRan } from '../session/stages-that-ran.ts';
import { printedLine, spelledOut } from '../show/text/spell-out.ts';
import { painter } from '../show/text/paint.ts';
import { wantsColour } from '../show/text/colour.ts';
import { load, selectStages, type OverlayFlags } from '../session/load.ts';
import { makePrinter, type OutputFlags } from './printer.ts';

const POLL_MS = 100;

export interface LogsFlags extends OverlayFlags, OutputFlags {
  readonly follow?: true;
}

interface OpenLog {
  /** Absolute folder of all logs of the stage. */
  readonly folder: string;
  /** The newest one; undefined where the stage printed nothing so far. */
  file: string | undefined;
  /** Bytes that were printed. */
  from: number;
  readonly lines: ReturnType<typeof splitLines>;
}

/**
 * Prints the newest log of each stage; with `follow`, prints what is added to them while a run is going on.
 * @returns the exit code. @throws PipeError when none of the stages has run here.
 */
export async function logsCommand(target: string, flags: LogsFlags): Promise<number> {
  const loaded = await load(flags);
  const { folders } = loaded;
  const stages = selectStages(loaded, [target], { single: true }).map(({ address }) => address);
  let ran: ReadonlySet<string> | undefined;
  const hasRun = (stage: StageAddress): boolean => (ran ??= stagesThatRan(folders.state)).has(stage);
  const found = stages.flatMap((stage) => {
    const folder = join(folders.logs, folderName(stage));
    const file = newestLog(folder);
    return file === undefined && !hasRun(stage) ? [] : [{ stage, folder, file }];
  });
  if (found.length === 0) throw new PipeError(stages.map(noLogProblem));
  const without = stages.length - found.length;
  if (without > 0)
    process.stderr.write(`${without} of ${stages.length} stages have no log: they have not run here\n`);
  const logs = found.map(({ stage, folder, file }): OpenLog => ({
    folder,
    file,
    from: 0,
    lines: splitLines(lineWriter(stage, stages.length > 1, flags)),
  }));
  for (const log of logs) await printNew(log);
  while (flags.follow && readOwner(folders.state) !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    for (const log of logs) await printNew(log);
  }
  for (const log of logs) {
    await printNew(log);
    log.lines.end();
  }
  return 0;
}

function newestLog(folder: string): string | undefined {
  const name = existsSync(folder) ? readdirSync(folder).toSorted().at(-1) : undefined;
  return name === undefined ? undefined : join(folder, name);
}

/** @param named put the stage before each line. @returns takes lines, long ones in parts. */
function lineWriter(
  stage: StageAddress,
  named: boolean,
  flags: OutputFlags,
): (line: string, more: boolean) => void {
  const print = makePrinter(flags);
  const colour = wantsColour(process.stdout);
  const prefix = named ? `${painter(colour)('dim', `${spelledOut(stage)} |`)} ` : '';
  let begun = '';
  return (line, more) => {
    if (flags.json) {
      begun += line;
      if (more) return;
      process.stdout.write(`${JSON.stringify({ stage, line: begun })}\n`);
      begun = '';
      return;
    }
    // A part of a long line is printed with its prefix only where it is the first.
    print.text(`${begun === '' ? prefix : ''}${printedLine(line, colour)}${more ? '' : '\n'}`);
    begun = more ? '…' : '';
  };
}

async function printNew(log: OpenLog): Promise<void> {
  log.file ??= newestLog(log.folder);
  if (log.file === undefined) return;
  const { size } = statSync(log.file);
  if (size > log.from)
    for await (const chunk of createReadStream(log.file, { start: log.from, end: size - 1 }))
      log.lines.push(chunk as Buffer);
  log.from = size;
}

function noLogProblem(address: StageAddress): Problem {
  return {
    code: 'no-log',
    title: `there is no log of '${address}': it has not run here`,
    hint: 'results that came from the cache have no log of their own',
  };
}
