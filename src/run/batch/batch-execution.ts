// One attempt at a stage as a job: from its submission to its result. Learns what happens from whoever watches all jobs together.
import type { Exit, JobRecord } from '../event.ts';
import { networkFileSystem } from '../late-outs.ts';
import type { Execution, Job, JobListener, JobRequest } from '../process/executor.ts';
import type { Clock, Stop } from '../schedule/stop.ts';
import type { BatchSystem, JobEnd, JobStatus } from './batch-system.ts';
import { FollowedOutput } from './follow-output.ts';
import {
  fence,
  giveUp,
  listFiles,
  readMemory,
  readResult,
  readStarted,
  showsOutput,
  type Result,
  type Started,
} from './job-files.ts';

export interface ExecutionParts {
  readonly system: BatchSystem;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly latencyWait: number;
  readonly name: string;
  /** Absolute folder of its files. */
  readonly dir: string;
  readonly job: Job;
  readonly listener: JobListener;
  /** Takes it out of the queue of those that are not submitted. @returns whether it was there. */
  readonly withdraw: () => boolean;
  readonly onCancel: () => void;
  readonly onForget: () => void;
}

/** Seconds between two looks for what is late. */
const LATE = 0.5;
/** So often a batch system is asked how a job ended that failed: it knows it only once the job has ended for it too. */
const MOST_QUESTIONS = 20;

export class BatchExecution implements Execution {
  readonly exit: Promise<Exit>;
  /** Its result was taken, or is known to be lost. */
  isOver = false;
  /** How often the batch system did not name it. */
  misses = 0;
  /** Of the batch system; undefined before it is submitted. */
  id: string | undefined;
  /** Of its submission, where that is known. */
  key: string | undefined;
  signal: 'SIGTERM' | 'SIGKILL' | undefined;
  /** The last signal that the batch system was asked for. */
  sent: 'SIGTERM' | 'SIGKILL' | undefined;
  /** It runs, and its id is not known. */
  isNameless = false;
  /** An earlier run may have submitted it too, as a job of unknown id; only the first of both runs the stage. */
  isSecond = false;
  readonly #parts: ExecutionParts;
  readonly #output: FollowedOutput;
  readonly #resolve: (exit: Exit) => void;
  #shown: string | undefined;
  #started: Started | undefined;
  #node: string | undefined;
  #seconds: number | undefined;
  /** Its job is gone, and it is looked for what that left. */
  #isEnding = false;
  #isLeft = false;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
    this.#output = new FollowedOutput(parts.dir, parts.job, parts.listener);
    const { promise, resolve } = Promise.withResolvers<Exit>();
    this.exit = promise;
    this.#resolve = resolve;
  }

  get name(): string {
    return this.#parts.name;
  }

  get dir(): string {
    return this.#parts.dir;
  }

  get request(): JobRequest {
    return this.#parts.job.request!;
  }

  get isCancelled(): boolean {
    return this.signal !== undefined;
  }

  get hasStarted(): boolean {
    return this.#started !== undefined;
  }

  /** Bytes of its output that were taken. */
  get logOffset(): number {
    return this.#output.taken;
  }

  tail(): readonly string[] {
    return this.#output.tail;
  }

  ran(): { readonly job: JobRecord; readonly seconds?: number } | undefined {
    if (this.id === undefined) return undefined;
    const memory = readMemory(this.dir);
    const job: JobRecord = {
      id: this.id,
      ...(this.#node !== undefined && { node: this.#node }),
      ...(memory !== undefined && { memory }),
    };
    return { job, ...(this.#seconds !== undefined && { seconds: this.#seconds }) };
  }

  forget(): void {
    if (!this.#isLeft) this.#parts.onForget();
  }

  cancel(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.isOver) return;
    if (this.#parts.withdraw()) return this.#end({ kind: 'signal', signal });
    if (this.#parts.stop.leavesJobs && !this.request.temporary) {
      this.#isLeft = true;
      return this.#end({ kind: 'signal', signal });
    }
    this.signal = signal;
    if (this.isNameless) {
      fence(this.dir);
      return this.#end({ kind: 'signal', signal });
    }
    this.#parts.onCancel();
  }

  /** @param key of the submission. */
  submitted(id: string, key: string | undefined): void {
    this.id = id;
    this.key = key;
    this.#show({ state: 'queued' });
  }

  refused(message: string): void {
    this.#end({
      kind: 'batch',
      cause: 'refused',
      message: `${this.#parts.system.name} did not accept the job: ${message}`,
    });
  }

  /** Takes what the batch system says. */
  note(status: JobStatus): void {
    this.misses = 0;
    this.#node = status.node || this.#node;
    if (status.state === 'queued')
      this.#show({ state: 'queued', ...(status.reason && { reason: status.reason }) });
    // Of several stages in one job, one runs.
    else if (this.#parts.system.partsOf(this.request) === 1) this.#show({ state: 'running' });
  }

  /** Looks at its files. */
  look(): void {
    if (this.isOver || (this.id === undefined && !this.isNameless)) return;
    if (!this.#started) {
      // The batch system may know it before the disk shows it.
      if (this.#shown?.startsWith('running')) listFiles(this.dir);
      this.#noteStart();
    }
    if (this.#started && this.#parts.system.log === undefined) this.#output.read();
  }

  take(chunk: Buffer): void {
    this.#output.take(chunk);
  }

  /** Its result was written. */
  finished(): void {
    // A job can be done before the call that submitted it.
    if (this.isOver || (this.id === undefined && !this.isNameless)) return;
    const result = readResult(this.dir);
    if (result) void this.#take(result);
  }

  /** It does not exist any more for the batch system. */
  over(end: JobEnd | undefined): void {
    if (this.isOver || this.#isEnding) return;
    const other = this.#otherJob();
    if (other === undefined) {
      this.#isEnding = true;
      return void this.#awaitResult(end);
    }
    // Of a job that does not know its id only the files say when it is done.
    this.isNameless = other.id === '-';
    this.id = this.isNameless ? undefined : other.id;
    this.key = other.key;
    this.misses = 0;
  }

  /** The job that runs the stage in place of this one: an earlier run may have submitted it too, and only the first starts. */
  #otherJob(): Started | undefined {
    const started = readResult(this.dir) ? undefined : readStarted(this.dir);
    const id = started?.id;
    return id === this.id || id === 'never' || (id === '-' && !this.isSecond) ? undefined : started;
  }

  async #awaitResult(end: JobEnd | undefined): Promise<void> {
    const { clock, latencyWait } = this.#parts;
    // A network file system may show the result late; what a signal ended has written none.
    const patience =
      networkFileSystem(this.dir) !== undefined && end?.cause === undefined ? latencyWait : 2 * LATE;
    const until = clock.now() + patience;
    for (;;) {
      const result = readResult(this.dir);
      if (result) return this.#take(result, end);
      if (clock.now() >= until || this.isOver) break;
      await new Promise<void>((resolve) => void clock.after(LATE, resolve));
    }
    if (this.signal) return this.#end({ kind: 'signal', signal: this.signal });
    if (this.isOver) return;
    const why = this.#isUnlaunched(end) ? await this.#unlaunched(end!.node!) : end;
    // A process that its batch system lost may still run, and must not write once another attempt does.
    if (why?.cause === undefined || why.cause === 'node-failure') await giveUp(this.dir, clock);
    else fence(this.dir);
    this.#end({
      kind: 'batch',
      cause: why?.cause ?? 'lost',
      message:
        why?.message ??
        `its job ${this.id} ended without a result, and ${this.#parts.system.name} does not know why`,
    });
  }

  /**
   * Whether its node could not start it: the first step of its script is missing. Slurm cancels such a job, or says that it failed
   * (22.05 can remove the script of a job that is just starting). One that a person cancels while it waits has no node.
   */
  #isUnlaunched(end: JobEnd | undefined): boolean {
    const isOpen = end?.cause === undefined || end.cause === 'cancelled';
    return isOpen && end?.node !== undefined && !readStarted(this.dir);
  }

  async #unlaunched(node: string): Promise<JobEnd> {
    const { detail } = (await this.#askWhy()) ?? {};
    const why = detail === undefined ? '' : `: ${detail}`;
    return { cause: 'node-failure', message: `its job ${this.id} could not start on ${node}${why}` };
  }

  async #take({ exit, time }: Result, end?: JobEnd): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    await this.#awaitOutput();
    this.#noteStart();
    if (this.#started) this.#seconds = Math.max(0, time - this.#started.time) / 1000;
    const { log } = this.#parts.system;
    if (log) this.#output.take(await log(this.id!, this.#output.taken));
    const failed = exit.kind !== 'code' || exit.code !== 0;
    const why = failed && !this.signal && exit.kind === 'code' ? (end ?? (await this.#askWhy())) : undefined;
    this.isOver = false;
    this.#end(why?.cause ? { kind: 'batch', cause: why.cause, message: why.message } : exit);
  }

  /** What it printed may be shown after its result. */
  async #awaitOutput(): Promise<void> {
    const { clock, latencyWait, stop, system } = this.#parts;
    if (system.log !== undefined || showsOutput(this.dir)) return;
    if (networkFileSystem(this.dir) === undefined) return;
    const until = clock.now() + latencyWait;
    while (!showsOutput(this.dir) && clock.now() < until && !stop.signal)
      await new Promise<void>((resolve) => void clock.after(LATE, resolve));
  }

  /** What a limit of the batch system ended looks like any other failure from inside. */
  async #askWhy(): Promise<JobEnd | undefined> {
    const { system, clock } = this.#parts;
    for (let asked = 0; system.explain && this.id !== undefined && asked < MOST_QUESTIONS; asked += 1) {
      const end = await system.explain({ id: this.id, key: this.key });
      if (end) return end;
      await new Promise<void>((resolve) => void clock.after(LATE, resolve));
    }
    return undefined;
  }

  #noteStart(): void {
    this.#started = readStarted(this.dir);
    if (!this.#started) return;
    this.#node ??= this.#started.node;
    this.#show({ state: 'running' });
  }

  #show(status: { readonly state: 'queued' | 'running'; readonly reason?: string }): void {
    const state = {
      system: this.#parts.system.name,
      id: this.id ?? '?',
      ...status,
      ...(status.state === 'running' && this.#node !== undefined && { node: this.#node }),
    };
    const text = `${state.state} ${status.reason ?? ''}`;
    if (text === this.#shown || (this.#shown?.startsWith('running') && status.state === 'queued')) return;
    if (this.#shown?.startsWith('running') && status.state === 'running') return;
    this.#shown = text;
    this.#parts.listener.state?.(state);
  }

  #end(exit: Exit): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.#parts.system.log === undefined) this.#output.read();
    this.#output.end();
    this.#resolve(exit);
  }
}
