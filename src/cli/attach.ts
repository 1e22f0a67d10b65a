// `pipe attach`: follows a detached run from its first event to its last.
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../base/process-id.ts';
import { PipeError } from '../base/problem.ts';
import type { RunEvent } from '../run/event.ts';
import type { StopSignal } from '../run/schedule/stop.ts';
import { EventReader, eventsFile, logFile } from '../session/detached/event-file.ts';
import { load } from '../session/load.ts';
import { openRenderer } from '../session/open-renderer.ts';
import { hasEndedElsewhere, readOwner } from '../session/run-lock.ts';
import { EXIT_CODES, listenForSignals } from '../session/stop-signals.ts';
import type { OutputFlags } from './printer.ts';

const POLL_MS = 200;
/** Looks without news after which a run is asked for that left no end. */
const PATIENCE = 15;

/** @returns the exit code of the run; that of a signal where it ended the following. The run does not notice. */
export async function attachCommand(flags: OutputFlags): Promise<number> {
  const loaded = await load({});
  const { state } = loaded.folders;
  if (!existsSync(eventsFile(state))) throw nothingToFollow();
  const renderer = openRenderer(flags, loaded, loaded.graph.stages);
  const reader = new EventReader(eventsFile(state));
  const signals: StopSignal[] = [];
  const ignoreSignals = listenForSignals((signal) => signals.push(signal));
  try {
    for (let idle = 0; signals.length === 0; idle += 1) {
      for (const event of reader.read()) {
        idle = 0;
        renderer.event(event);
        if (event.type === 'run-end') return codeOf(event);
      }
      if (idle % PATIENCE === PATIENCE - 1 && !(await mayRun(state))) throw died(state);
      await sleep(POLL_MS);
    }
    return EXIT_CODES[signals[0]!];
  } finally {
    ignoreSignals();
    renderer.end();
    if (signals.length > 0 && !flags.quiet && !flags.json)
      process.stdout.write('The run goes on; `pipe attach` follows it again.\n');
  }
}

function codeOf({ counts, interrupted }: Extract<RunEvent, { type: 'run-end' }>): number {
  if (interrupted !== undefined) return EXIT_CODES[interrupted as keyof typeof EXIT_CODES] ?? 1;
  return counts.failed > 0 ? 1 : 0;
}

async function mayRun(state: string): Promise<boolean> {
  const owner = readOwner(state);
  if (owner === undefined) return false;
  return owner.host === hostname() ? isAlive(owner) : !(await hasEndedElsewhere(owner));
}

const nothingToFollow = (): PipeError =>
  new PipeError({
    code: 'not-detached',
    title: 'no run was detached in this project',
    hint: '`pipe repro --detach` starts one; `pipe logs -f STAGE` follows a stage of any run',
  });

const died = (state: string): PipeError =>
  new PipeError({
    code: 'run-died',
    title: 'the detached run did not end normally: what it finished is kept',
    facts: [['what it printed', logFile(state)]],
    hint: 'run again: `pipe repro --detach` continues, with the jobs that it submitted',
  });
