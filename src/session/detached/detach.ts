// Starts a run that goes on without a terminal: as a process of its own on this machine, or as a small job of Slurm.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PipeError } from '../../base/problem.ts';
import { shellQuote } from '../../base/shell-quote.ts';
import { submitAlone } from '../../run/batch/slurm/submit-alone.ts';
import type { Loaded } from '../load.ts';
import { runningNow } from '../run-lock.ts';
import { EVENTS_VARIABLE, EventReader, eventsFile, logFile } from './event-file.ts';

export type Detached =
  /** It goes on. `where` is for people. */
  | { readonly kind: 'begun'; readonly where: string; readonly end: string }
  /** It was over at once. */
  | { readonly kind: 'ended'; readonly code: number; readonly printed: string };

const POLL_MS = 50;

/** @param args of `pipe`, without what asks for this. @throws PipeError where another detached run goes on. */
export async function startDetached(
  args: readonly string[],
  { folders }: Pick<Loaded, 'folders'>,
): Promise<Detached> {
  const { state } = folders;
  refuseSecond(state);
  mkdirSync(state, { recursive: true });
  rmSync(eventsFile(state), { force: true });
  rmSync(logFile(state), { force: true });
  const log = openSync(logFile(state), 'a', 0o600);
  const child = spawn(process.execPath, [process.argv[1]!, ...args], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, [EVENTS_VARIABLE]: eventsFile(state) },
  });
  closeSync(log);
  const exit = once(child, 'exit');
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  // The first event comes once the project is loaded.
  while (!isOver() && !existsSync(eventsFile(state))) await Promise.race([sleep(POLL_MS), exit]);
  if (isOver())
    return { kind: 'ended', code: child.exitCode ?? 1, printed: readFileSync(logFile(state), 'utf8') };
  child.unref();
  return {
    kind: 'begun',
    where: `in process ${child.pid} on ${hostname()}`,
    end: `kill ${child.pid}`,
  };
}

/** @throws PipeError where Slurm does not take the job, or another detached run goes on. */
export async function submitDetached(
  args: readonly string[],
  { folders, project }: Pick<Loaded, 'folders' | 'project'>,
): Promise<Detached> {
  const { state } = folders;
  refuseSecond(state);
  mkdirSync(state, { recursive: true });
  rmSync(eventsFile(state), { force: true });
  const script = `${dirname(eventsFile(state))}/detached.sh`;
  const command = [process.execPath, process.argv[1]!, ...args].map(shellQuote).join(' ');
  writeFileSync(script, `#!/bin/sh\n${EVENTS_VARIABLE}=${shellQuote(eventsFile(state))} exec ${command}\n`, {
    mode: 0o700,
  });
  const submitted = await submitAlone(script, process.cwd(), logFile(state), project.config.slurm);
  if (submitted.kind !== 'submitted')
    throw new PipeError({
      code: 'detach-refused',
      title: `Slurm did not accept the job of the run: ${submitted.message}`,
      hint: '`pipe repro --detach` runs it in the background of this machine',
    });
  const [id] = submitted.ids;
  return { kind: 'begun', where: `in job ${id} of Slurm`, end: `scancel --batch --signal=TERM ${id}` };
}

/** It would take the file of events from those who follow the first. */
function refuseSecond(state: string): void {
  if (runningNow(state) === undefined || !existsSync(eventsFile(state))) return;
  if (new EventReader(eventsFile(state)).read().some(({ type }) => type === 'run-end')) return;
  throw new PipeError({
    code: 'detached-already',
    title: 'a detached run goes on in this project',
    hint: '`pipe attach` follows it; `pipe repro` without --detach waits for its end',
  });
}
