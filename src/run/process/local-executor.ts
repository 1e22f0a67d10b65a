// Runs stages on this machine: each command in a shell of its own, at the head of a process group of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { errno } from '../../base/problem.ts';
import type { Exit, Usage } from '../event.ts';
import { CommandOutput } from './command-output.ts';
import { assignments, wholeEnvironment } from './environment.ts';
import type { Execution, Executor, Job, JobListener } from './executor.ts';
import { openForker, type Forker } from './forker.ts';
import { lowestAfter, numbersNow, type Numbers } from './later-processes.ts';
import type { HeldOutput } from './orphans.ts';
import { ParamsFiles } from './params-files.ts';
import { StageLogs, type StageLog } from './stage-logs.ts';
import {
  notStarted,
  shellCommand,
  startDirectly,
  type ShellCommand,
  type StartedCommand,
} from './start-command.ts';
import { startSupervisor, type Supervisor } from './supervisor.ts';

const TAIL_LINES = 20;
const GROUP_POLL_MS = 20;

/**
 * @param run its id, by which its processes are found where we die. @param state absolute folder, which no other run uses at the same
 * time.
 * @param onHeld gets the output of a command that was still open when the command and its group had ended.
 */
export function makeLocalExecutor(run: string, state: string, onHeld: (held: HeldOutput) => void): Executor {
  const starter = new CommandStarter(run);
  const params = new ParamsFiles(state);
  const logs = new StageLogs();
  return {
    submit: (job, listener) => new LocalExecution(job, listener, { starter, params, logs, onHeld }),
    lowestProcess: () => starter.lowestProcess(),
    async close() {
      await starter.close();
      params.close();
    },
  };
}

/** Opens the forker with the first command, and a supervisor for what the forker does not end where we die. */
class CommandStarter {
  readonly #run: string;
  #forker: Forker | undefined;
  #isOpened = false;
  /** From before the forker, which starts before all commands. */
  #before: Numbers | undefined;
  #supervisor: Supervisor | undefined;

  constructor(run: string) {
    this.#run = run;
  }

  /** @returns undefined where the command must be started from this process. */
  async start(command: ShellCommand): Promise<StartedCommand | undefined> {
    if (!this.#isOpened) this.#open(command);
    return this.#forker?.start(command);
  }

  #open({ env, stdin }: ShellCommand): void {
    this.#isOpened = true;
    this.#before = numbersNow();
    this.#forker = openForker(this.#run, env.inherited, stdin);
  }

  lowestProcess(): number {
    return this.#forker ? lowestAfter(this.#forker.pid, this.#before, numbersNow()) : 0;
  }

  supervise(): Supervisor {
    return (this.#supervisor ??= startSupervisor(this.#run));
  }

  async close(): Promise<void> {
    await this.#forker?.close();
    this.#supervisor?.close();
  }
}

interface ExecutionContext {
  readonly starter: CommandStarter;
  readonly params: ParamsFiles;
  readonly logs: StageLogs;
  readonly onHeld: (held: HeldOutput) => void;
}

class LocalExecution implements Execution {
  readonly exit: Promise<Exit>;
  readonly #job: Job;
  readonly #listener: JobListener;
  readonly #context: ExecutionContext;
  /** Of `PIPE_PARAMS_FILE`. */
  readonly #params: string;
  readonly #log: StageLog;
  readonly #tail: string[] = [];
  /** Of the command that runs. */
  #group: number | undefined;
  /** The command, if not its group. */
  #hasEnded = false;
  #cancelled: 'SIGTERM' | 'SIGKILL' | undefined;
  #used: Usage | undefined;

  constructor(job: Job, listener: JobListener, context: ExecutionContext) {
    this.#job = job;
    this.#listener = {
      line: (stream, line, more) => {
        this.#keepInTail(line, more);
        listener.line(stream, line, more);
      },
      progress: (progress) => listener.progress(progress),
    };
    this.#context = context;
    this.#log = context.logs.open(job.log);
    this.#params = context.params.take(job.params);
    this.exit = this.#run();
  }

  tail(): readonly string[] {
    return this.#tail;
  }

  used(): Usage | undefined {
    return this.#used;
  }

  cancel(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#cancelled = signal;
    void this.#signal(signal);
  }

  async #run(): Promise<Exit> {
    try {
      for (const command of this.#job.commands) {
        if (this.#cancelled) return { kind: 'signal', signal: this.#cancelled };
        const exit = await this.#runCommand(command);
        if (exit.kind !== 'code' || exit.code !== 0) return exit;
      }
      return { kind: 'code', code: 0 };
    } catch (error) {
      // No free file descriptor, for example.
      if (errno(error) === undefined) throw error;
      return errno(error) === 'E2BIG' ? tooBig(this.#job) : notStarted(error);
    } finally {
      this.#log.close();
      this.#context.params.giveBack(this.#params, this.#job.params);
    }
  }

  async #runCommand(text: string): Promise<Exit> {
    const { env } = this.#job;
    const own = { ...env.own, PIPE_PARAMS_FILE: this.#params };
    const command = shellCommand(text, { ...this.#job, env: { ...env, own } });
    const started = await this.#context.starter.start(command);
    // Whatever hinders the forker, this process tries too, and learns why.
    return (started && (await this.#follow(started))) ?? this.#runSupervised(command);
  }

  async #runSupervised(command: ShellCommand): Promise<Exit> {
    const supervisor = this.#context.starter.supervise();
    const started = startDirectly(command);
    if (started.pid !== undefined) supervisor.started(started.pid);
    const exit = await this.#follow(started);
    if (started.pid !== undefined) supervisor.ended(started.pid);
    return exit!;
  }

  /** @returns undefined where the command was not executed. */
  async #follow(started: StartedCommand): Promise<Exit | undefined> {
    this.#group = started.pid;
    this.#hasEnded = false;
    if (this.#cancelled) void this.#signal(this.#cancelled);
    const output = new CommandOutput(started.printed, this.#log, this.#listener);
    const exit = await started.exit;
    this.#hasEnded = true;
    this.#used = together(this.#used, started.used?.());
    if (started.hasGroup?.() === false) this.#group = undefined;
    if (this.#group !== undefined) await this.#graceOf(this.#group);
    const sockets = await output.end();
    if (this.#group !== undefined) signalGroup(this.#group, 'SIGKILL');
    this.#group = undefined;
    if (sockets.length > 0) this.#context.onHeld({ stage: this.#job.env.own['PIPE_STAGE'] ?? '', sockets });
    return exit;
  }

  /** Right after its start, a command is not yet at the head of a group. */
  async #signal(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const group = this.#group;
    if (group === undefined) return;
    while (!signalGroup(group, signal) && !this.#hasEnded && this.#group === group)
      await sleep(GROUP_POLL_MS);
  }

  /** The grace time is for the whole group: its head is often a shell that ends at once. */
  async #graceOf(group: number): Promise<void> {
    while (this.#cancelled === 'SIGTERM' && isGroupAlive(group)) await sleep(GROUP_POLL_MS);
  }

  #keepInTail(line: string, more: boolean): void {
    this.#tail.push(more ? `${line}…` : line);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
  }
}

/** Of commands one after the other. */
function together(before: Usage | undefined, next: Usage | undefined): Usage | undefined {
  if (!before || !next) return before ?? next;
  return { cpu: before.cpu + next.cpu, memory: Math.max(before.memory, next.memory) };
}

/** Linux takes at most 128 KiB in one argument or variable, and a few megabytes in all. */
function tooBig({ commands, env }: Job): Exit {
  const command = Math.max(...commands.map((text) => Buffer.byteLength(text)));
  const all = assignments(wholeEnvironment(env)).reduce(
    (sum, variable) => sum + Buffer.byteLength(variable),
    0,
  );
  const message = `a command of ${command} bytes with ${all} bytes of environment is more than the system takes (E2BIG); let the stage read long values from a file`;
  return { kind: 'not-started', message };
}

function isGroupAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch (error) {
    return errno(error) === 'EPERM';
  }
}

/** @returns whether there is such a group. */
function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (errno(error) === 'ESRCH') return false;
    if (errno(error) === 'EPERM') return true;
    throw error;
  }
}
