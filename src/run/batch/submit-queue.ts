// What is ready and not yet submitted. Stages that become ready together and ask for the same are submitted in one call, and share a
// job where they are declared so. One call at a time: what becomes ready meanwhile is the next one.
import type { Problem } from '../../base/problem.ts';
import type { Clock, Stop } from '../schedule/stop.ts';
import type { BatchExecution } from './batch-execution.ts';
import type { BatchSystem, BatchTask, Submitted } from './batch-system.ts';
import type { JobJournal } from './job-journal.ts';

export interface QueueOptions {
  readonly system: BatchSystem;
  readonly area: string;
  readonly run: string;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly warn: (problem: Problem) => void;
  readonly batchJobs: number;
  /** How many are submitted and have not ended. */
  readonly jobs: () => number;
}

/** Seconds in which stages count as ready together. */
const WINDOW = 0.02;
/** Seconds to the next try where the batch system takes no job; doubled after each. */
const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 30;

export class SubmitQueue {
  readonly #options: QueueOptions;
  readonly #journal: JobJournal;
  #waiting: BatchExecution[] = [];
  #isRunning = false;
  #count = 0;
  #pause = FIRST_PAUSE;

  constructor(options: QueueOptions, journal: JobJournal) {
    this.#options = options;
    this.#journal = journal;
  }

  add(execution: BatchExecution): void {
    this.#waiting.push(execution);
    this.#start();
  }

  /** @returns whether it was still waiting. */
  remove(execution: BatchExecution): boolean {
    const index = this.#waiting.indexOf(execution);
    if (index >= 0) this.#waiting.splice(index, 1);
    return index >= 0;
  }

  /** To be called when a job has ended: another one may be submitted. */
  resume(): void {
    if (this.#waiting.length > 0) this.#start();
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#options.clock.after(WINDOW, () => void this.#run());
  }

  async #run(): Promise<void> {
    const { batchJobs, jobs } = this.#options;
    // Stages that share a job may become ready one by one: then they are more jobs than they would have been together.
    for (let room = batchJobs - jobs(); this.#waiting.length > 0 && room > 0; room = batchJobs - jobs())
      await this.#submit(this.#next(room));
    this.#isRunning = false;
  }

  /** The first that waits, with all that can go along. @param most jobs. */
  #next(most: number): readonly (readonly BatchExecution[])[] {
    const { system } = this.#options;
    const [first] = this.#waiting;
    const { request } = first!;
    const group = system.groupOf(request);
    const parts = system.partsOf(request);
    const taken = this.#waiting
      .filter((one) => system.groupOf(one.request) === group)
      .slice(0, parts * Math.min(system.most, most));
    const isTaken = new Set(taken);
    this.#waiting = this.#waiting.filter((one) => !isTaken.has(one));
    return Array.from({ length: Math.ceil(taken.length / parts) }, (_, index) =>
      taken.slice(index * parts, (index + 1) * parts),
    );
  }

  async #submit(tasks: readonly (readonly BatchExecution[])[]): Promise<void> {
    const { system, area, run } = this.#options;
    const key = `${tasks[0]![0]!.name.replace(/\.[^.]*$/, '')}.${run.slice(0, 8)}+${(this.#count += 1)}`;
    this.#journal.submitting(
      tasks.flatMap((parts, task) =>
        parts.map(({ name, request: { stage, fingerprint, temporary } }) => ({
          name,
          stage,
          fingerprint,
          temporary,
          key,
          task,
          tasks: tasks.length,
        })),
      ),
    );
    const submitted = await system.submit(tasks.map(taskOf), key, area);
    if (submitted.kind !== 'unavailable') this.#pause = FIRST_PAUSE;
    await this.#take(submitted, tasks, key);
  }

  async #take(
    submitted: Submitted,
    tasks: readonly (readonly BatchExecution[])[],
    key: string,
  ): Promise<void> {
    switch (submitted.kind) {
      case 'submitted':
        this.#journal.submitted(key, submitted.ids);
        tasks.forEach((parts, task) => parts.forEach((one) => one.submitted(submitted.ids[task]!, key)));
        return;
      case 'refused':
        // A limit may allow for one what it does not for all.
        if (tasks.length > 1) for (const one of tasks) await this.#submit([one]);
        else for (const one of tasks[0]!) one.refused(submitted.message);
        return;
      case 'unavailable':
        return this.#again(submitted.message, tasks);
    }
  }

  async #again(message: string, tasks: readonly (readonly BatchExecution[])[]): Promise<void> {
    const { system, warn, clock } = this.#options;
    if (this.#pause === FIRST_PAUSE)
      warn({
        code: 'batch-unavailable',
        title: `${system.name} takes no job now: waiting for it`,
        facts: [['reason', message]],
      });
    const executions = tasks.flat();
    this.#waiting.unshift(...executions);
    for (let waited = 0; waited < this.#pause; waited += 1) {
      // All of them may have been cancelled meanwhile.
      if (!executions.some((one) => this.#waiting.includes(one))) return;
      await new Promise<void>((resolve) => void clock.after(1, resolve));
    }
    this.#pause = Math.min(LONGEST_PAUSE, this.#pause * 2);
  }
}

const taskOf = (parts: readonly BatchExecution[]): BatchTask => ({
  parts: parts.map(({ name, dir, request }) => ({ name, dir, request })),
});
