// Runs stages as jobs of a batch system: submits what is ready, sees from the files of jobs and from the batch system how far they are,
// and continues what an earlier run submitted.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errno, type Problem } from '../../base/problem.ts';
import type { StageAddress } from '../../pipeline/stage.ts';
import type { Execution, Executor, Job, JobListener, JobRequest } from '../process/executor.ts';
import type { Clock, Stop } from '../schedule/stop.ts';
import { BatchExecution } from './batch-execution.ts';
import type { BatchSystem, JobReference, JobStatus } from './batch-system.ts';
import { DONE, fence, giveUp, readResult, readStarted, writeJobFiles, type Started } from './job-files.ts';
import { JOURNAL } from '../process/left-jobs.ts';
import { openJobJournal, type JobJournal, type JournaledJob } from './job-journal.ts';
import { jobName } from './job-name.ts';
import { changedAfter } from './changed-after.ts';
import { SubmitQueue } from './submit-queue.ts';

export interface BatchOptions {
  readonly system: BatchSystem;
  /** Absolute root of the project. */
  readonly root: string;
  /** Absolute folder of the jobs of this kind. */
  readonly area: string;
  /** Identifies the run. */
  readonly run: string;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly warn: (problem: Problem) => void;
  /** How many jobs are queued or run at a time. */
  readonly batchJobs: number;
  /** Seconds to wait for a result that a network file system does not show yet. */
  readonly latencyWait: number;
}

/** The job of which a stage can use the result. */
export interface WantedJob {
  /** Of its inputs. */
  readonly fingerprint: string;
  /** Paths from the root. */
  readonly outputs: readonly string[];
}

/** Seconds between two looks at the files of jobs: often while much happens, less often later. */
const SHORTEST_LOOK = 0.2;
const LONGEST_LOOK = 1;
/** Of so many jobs the files are read at each look; of more once in the longest time between two. */
const FEW = 50;
/** Seconds between two questions to the batch system: sooner after something was submitted. */
const SHORTEST_POLL = 1;
const LONGEST_POLL = 4;
const POLL_CANCELLING = 0.5;
/** So often it is looked whether a job ended before it is ended by force. */
const PATIENT_LOOKS = 20;
/** A job that the batch system does not name so many times is gone: it may be late after a restart. */
const MISSES = 3;

export class BatchExecutor implements Executor {
  readonly keepsTime = true as const;
  readonly #options: BatchOptions;
  readonly #journal: JobJournal;
  readonly #queue: SubmitQueue;
  readonly #live = new Map<string, BatchExecution>();
  /** What earlier runs left and this one has not looked at. */
  readonly #left: Map<string, JournaledJob>;
  readonly #cancelled = new Set<string>();
  readonly #removals = new Set<Promise<unknown>>();
  #count = 0;
  #look = SHORTEST_LOOK;
  #lookedAtAll = 0;
  #polled = 0;
  #pause = SHORTEST_POLL;
  #isScheduled = false;
  #isBusy = false;
  #isUnavailable = false;

  constructor(options: BatchOptions) {
    this.#options = options;
    const { area } = options;
    mkdirSync(join(area, DONE), { recursive: true, mode: 0o700 });
    this.#journal = openJobJournal(join(area, JOURNAL));
    this.#left = new Map(this.#journal.left);
    this.#queue = new SubmitQueue({ ...options, jobs: () => this.#jobs().size }, this.#journal);
    this.#sweep();
  }

  /** @throws PipeError for what the system can never run, or where it is not there. */
  check(requests: readonly JobRequest[]): Promise<readonly Problem[]> {
    return this.#options.system.check(requests);
  }

  submit(job: Job, listener: JobListener): Execution {
    const { run, area, system } = this.#options;
    const request = job.request!;
    const name = jobName(request.stage, run, (this.#count += 1));
    const dir = join(area, name);
    writeJobFiles({ name, dir, job, request, run: `${run}.${name}` }, system.readsLists === true);
    const execution = this.#begin(name, job, listener);
    this.#queue.add(execution);
    return execution;
  }

  attach(job: Job, listener: JobListener): Execution | undefined {
    const { stage, fingerprint } = job.request!;
    const left = [...this.#left.values()].find(
      (one) => one.stage === stage && one.fingerprint === fingerprint && !one.temporary,
    );
    if (!left) return undefined;
    this.#left.delete(left.name);
    const execution = this.#begin(left.name, job, listener);
    if (left.id !== undefined) execution.submitted(left.id, left.key);
    else void this.#recover(execution, left);
    return execution;
  }

  /**
   * Ends what earlier runs submitted for a stage and is of no use now: it would write to outputs that are other ones.
   * @param wanted what the stage runs for here; undefined where it does not run as such a job.
   */
  async settle(stage: StageAddress, wanted: WantedJob | undefined): Promise<void> {
    for (const left of this.#left.values()) {
      if (left.stage !== stage) continue;
      const isOfUse =
        left.fingerprint === wanted?.fingerprint && !left.temporary && this.#isIntact(left, wanted.outputs);
      if (!isOfUse) await this.#discard(left);
    }
  }

  /** Ends what belongs to no stage of the project any more, or to a folder that is gone. */
  async settleOthers(stages: ReadonlySet<string>): Promise<void> {
    const others = [...this.#left.values()].filter(({ stage, temporary }) => temporary || !stages.has(stage));
    await Promise.all(others.map((left) => this.#discard(left)));
  }

  /** The ids of jobs that are queued or run now, or their names while they are submitted. */
  inFlight(): readonly string[] {
    return [...new Set([...this.#live.values()].map(({ id, name }) => id ?? name))];
  }

  /** The ids of those that are submitted. */
  #jobs(): ReadonlySet<string> {
    return new Set([...this.#live.values()].flatMap(({ id }) => (id === undefined ? [] : [id])));
  }

  /** The ids of jobs that were cancelled and are gone. */
  cancelled(): readonly string[] {
    return [...this.#cancelled];
  }

  async close(): Promise<void> {
    await Promise.all(this.#removals);
    if (this.#journal.hasOpen()) return;
    // The journal goes last: where it is left, the next run looks for such folders.
    this.#sweep();
    this.#journal.remove();
  }

  #begin(name: string, job: Job, listener: JobListener): BatchExecution {
    const { area } = this.#options;
    const execution: BatchExecution = new BatchExecution({
      ...this.#options,
      name,
      dir: join(area, name),
      job,
      listener,
      withdraw: () => this.#queue.remove(execution),
      onCancel: () => this.#hurry(),
      onForget: () => this.#forget(name),
    });
    this.#live.set(name, execution);
    void execution.exit.then(() => {
      this.#live.delete(name);
      this.#queue.resume();
      if (execution.isCancelled && execution.id !== undefined) this.#cancelled.add(execution.id);
    });
    this.#look = SHORTEST_LOOK;
    this.#pause = SHORTEST_POLL;
    this.#schedule();
    return execution;
  }

  /** A submission whose end is unknown: it may have been accepted, may be accepted yet, or never. */
  async #recover(execution: BatchExecution, left: JournaledJob): Promise<void> {
    const { system } = this.#options;
    const ids = await system.find?.(left.key, left.tasks).catch(() => undefined);
    const started = readStarted(execution.dir);
    const id = ids?.[left.task];
    if (id !== undefined) return execution.submitted(id, left.key);
    if (started && isId(started.id)) return execution.submitted(started.id, started.key);
    // Should the other submission be accepted too, only the first of both jobs runs the stage.
    if (!started) {
      execution.isSecond = true;
      return this.#queue.add(execution);
    }
    // It runs under a name that is unknown: its files say when it is done.
    execution.isNameless = true;
  }

  /** Whether the result can still be taken for what the job wrote. */
  #isIntact({ name }: JournaledJob, outputs: readonly string[]): boolean {
    const result = readResult(join(this.#options.area, name));
    return !result || !changedAfter(result.time, this.#options.root, outputs);
  }

  async #discard(left: JournaledJob): Promise<void> {
    const { area } = this.#options;
    this.#left.delete(left.name);
    const dir = join(area, left.name);
    const wasDone = readResult(dir) !== undefined;
    fence(dir);
    const job = jobToEnd(left, readStarted(dir));
    if (!wasDone && job) await this.#endJob(job);
    else if (!wasDone) await giveUp(dir, this.#options.clock);
    this.#forget(left.name);
  }

  /** Ends a job that no stage waits for, and waits until it is gone. */
  async #endJob(job: JobReference): Promise<void> {
    const { system, clock, stop } = this.#options;
    let isAsked = false;
    for (let looks = 0; !stop.signal; looks += 1) {
      if (!isAsked || looks % PATIENT_LOOKS === 0)
        isAsked = await system.cancel([job], looks === 0 ? 'SIGTERM' : 'SIGKILL');
      const polled = await system.poll([job.id]);
      const status = polled.kind === 'known' ? statusOf(job, polled.jobs) : undefined;
      if (polled.kind === 'known' && (!status || status.state === 'ended')) return;
      await new Promise<void>((resolve) => void clock.after(POLL_CANCELLING, resolve));
    }
  }

  #forget(name: string): void {
    const { area } = this.#options;
    this.#journal.forget(name);
    // Beside everything else: what a crash leaves of it, the next run removes.
    const removal = Promise.all([
      rm(join(area, name), REMOVAL).catch(leaveToNextRun),
      rm(join(area, DONE, name), { force: true }),
    ]).finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }

  /** Asks the batch system soon. */
  #hurry(): void {
    this.#polled = -Infinity;
    this.#look = SHORTEST_LOOK;
    this.#schedule();
  }

  /** One timer for all jobs; none while there are none. */
  #schedule(): void {
    if (this.#isScheduled || this.#live.size === 0) return;
    this.#isScheduled = true;
    this.#options.clock.after(this.#look, () => {
      this.#isScheduled = false;
      void this.#tick();
    });
  }

  async #tick(): Promise<void> {
    this.#lookAtFiles();
    const cancelling = [...this.#live.values()].some(({ isCancelled }) => isCancelled);
    const now = this.#options.clock.now();
    if (!this.#isBusy && now - this.#polled >= (cancelling ? POLL_CANCELLING : this.#pause)) {
      this.#isBusy = true;
      this.#pause = Math.min(LONGEST_POLL, this.#pause * 1.5);
      // The next looks at the files do not wait for the answer.
      void this.#poll().finally(() => {
        this.#polled = this.#options.clock.now();
        this.#isBusy = false;
      });
    }
    this.#look = Math.min(LONGEST_LOOK, this.#look * 1.25);
    this.#schedule();
  }

  #lookAtFiles(): void {
    const done = new Set(readdirSync(join(this.#options.area, DONE)));
    const now = this.#options.clock.now();
    const looksAtAll = this.#live.size <= FEW || now - this.#lookedAtAll >= LONGEST_LOOK;
    if (looksAtAll) this.#lookedAtAll = now;
    for (const execution of this.#live.values()) {
      if (looksAtAll) execution.look();
      if (done.has(execution.name)) {
        this.#look = SHORTEST_LOOK;
        execution.finished();
      }
    }
  }

  async #poll(): Promise<void> {
    const { system } = this.#options;
    const submitted = [...this.#live.values()].filter(({ id }) => id !== undefined);
    await this.#cancelAsked(submitted);
    const ids = [...new Set(submitted.map(({ id }) => id!))];
    if (ids.length === 0) return;
    const polled = await system.poll(ids);
    this.#noteAvailability(polled.kind === 'unavailable' ? polled.message : undefined);
    if (polled.kind === 'unavailable') return;
    for (const execution of submitted)
      await this.#note(execution, statusOf(referenceTo(execution), polled.jobs));
  }

  async #note(execution: BatchExecution, status: JobStatus | undefined): Promise<void> {
    const { system } = this.#options;
    if (status?.state === 'running' || execution.hasStarted) await this.#fetchLog(execution);
    if (status && status.state !== 'ended') return execution.note(status);
    execution.misses += 1;
    if (status === undefined && execution.misses < MISSES && !execution.isCancelled) return;
    // Its own result says more, and is there by now: a question for each job would hold up the batch system.
    if (!status?.end?.cause) execution.finished();
    if (execution.isOver) return;
    // The state alone does not say whether memory was the cause.
    const explained = status?.end?.cause ? undefined : await system.explain?.(referenceTo(execution));
    execution.over(explained ?? status?.end);
  }

  async #fetchLog(execution: BatchExecution): Promise<void> {
    const { log } = this.#options.system;
    if (log) execution.take(await log(execution.id!, execution.logOffset));
  }

  async #cancelAsked(submitted: readonly BatchExecution[]): Promise<void> {
    const { system } = this.#options;
    const asked = Map.groupBy(
      submitted.filter(({ signal, sent }) => signal !== sent),
      ({ signal }) => signal!,
    );
    for (const [signal, executions] of asked) {
      if (await system.cancel(executions.map(referenceTo), signal))
        for (const one of executions) one.sent = signal;
    }
  }

  #noteAvailability(message: string | undefined): void {
    const { system, warn } = this.#options;
    if (message !== undefined && !this.#isUnavailable)
      warn({
        code: 'batch-unavailable',
        title: `${system.name} does not answer: waiting for it; jobs that run go on`,
        facts: [['reason', message]],
      });
    this.#isUnavailable = message !== undefined;
  }

  /** Folders of jobs that were made and never submitted. */
  #sweep(): void {
    const { area } = this.#options;
    for (const name of readdirSync(area)) {
      if (name === DONE || name === JOURNAL || this.#left.has(name)) continue;
      if ([...this.#left.values()].some(({ key }) => key === name)) continue;
      try {
        rmSync(join(area, name), REMOVAL);
      } catch (error) {
        leaveToNextRun(error);
      }
    }
    for (const name of readdirSync(join(area, DONE)))
      if (!this.#left.has(name)) rmSync(join(area, DONE, name), { force: true });
  }
}

const REMOVAL = { recursive: true, force: true, maxRetries: 3, retryDelay: 100 };

/** A network file system may have files in a folder that it does not show yet, or that are open elsewhere. */
function leaveToNextRun(error: unknown): void {
  if (errno(error) !== 'ENOTEMPTY' && errno(error) !== 'EBUSY') throw error;
}

const referenceTo = ({ id, key }: BatchExecution): JobReference => ({ id: id!, key });

/** Undefined where the id is that of another job by now. */
function statusOf({ id, key }: JobReference, jobs: ReadonlyMap<string, JobStatus>): JobStatus | undefined {
  const status = jobs.get(id);
  return status?.key === undefined || key === undefined || status.key === key ? status : undefined;
}

/** What runs it: of two jobs for one attempt that is the first, whose id another run may not have seen. */
function jobToEnd({ id, key }: JournaledJob, started: Started | undefined): JobReference | undefined {
  if (started && isId(started.id)) return started;
  return id === undefined ? undefined : { id, key };
}

/** A job of some systems cannot know its own id. */
const isId = (id: string): boolean => id !== '-' && id !== 'never';
