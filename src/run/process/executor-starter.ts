// Starts the executor with its supervisor when the first stage runs, and handles the processes that stages left behind.
import type { Emit } from '../event.ts';
import type { Executor } from './executor.ts';
import { endOrphans, findEscaped, type HeldOutput } from './orphans.ts';
import { startSupervisor, type Supervisor } from './supervisor.ts';

/** Loads the module of an executor. @returns how to make one. */
export type LoadExecutor = () => Promise<
  (supervisor: Supervisor, onHeld: (held: HeldOutput) => void) => Executor
>;

export interface StarterContext {
  readonly loadExecutor: LoadExecutor;
  /** Identifies the run. */
  readonly run: string;
  readonly emit: Emit;
}

export class ExecutorStarter {
  readonly #context: StarterContext;
  readonly #held: HeldOutput[] = [];
  #executor: Promise<Executor> | undefined;
  #supervisor: Supervisor | undefined;

  constructor(context: StarterContext) {
    this.#context = context;
  }

  start(): Promise<Executor> {
    this.#executor ??= this.#load();
    return this.#executor;
  }

  /** Called once all stages have ended. */
  async close(): Promise<void> {
    if (!this.#supervisor) return;
    await (await this.#executor)?.close?.();
    await endLeftovers(this.#context);
    reportEscaped(this.#held, this.#context);
    this.#supervisor.close();
  }

  async #load(): Promise<Executor> {
    const make = await this.#context.loadExecutor();
    this.#supervisor = startSupervisor(this.#context.run);
    return make(this.#supervisor, (held) => this.#held.push(held));
  }
}

/** Processes that stages left running, in groups of their own, could write into results that are recorded already. */
async function endLeftovers({ run, emit }: StarterContext): Promise<void> {
  const ended = await endOrphans(run);
  if (ended === 0) return;
  emit({
    type: 'warning',
    problem: {
      code: 'processes-left',
      title: `${ended} ${ended === 1 ? 'process' : 'processes'} that stages left running ${ended === 1 ? 'was' : 'were'} ended`,
      hint: 'start what is to outlive a run by itself, outside of the pipeline',
    },
  });
}

/** Reports processes that hide, and does not end them: that they hide can be intended. */
function reportEscaped(held: readonly HeldOutput[], { emit }: StarterContext): void {
  for (const [stage, found] of Map.groupBy(findEscaped(held), (one) => one.stage)) {
    const one = found.length === 1;
    emit({
      type: 'warning',
      problem: {
        code: 'process-escaped',
        title: `'${stage}' started ${one ? 'a process' : 'processes'} that left its group and environment and still ${one ? 'runs' : 'run'}`,
        facts: found.map(({ pid, command }) => [`process ${pid}`, command]),
        hint: `it may write into results that are recorded already; to end it: kill ${found.map(({ pid }) => pid).join(' ')}`,
      },
    });
  }
}
