// Jobs of a batch system that is a function, and the executor that has them.
import {
  BatchExecutor,
  makeSlurmSystem,
  makeStop,
  openJobJournal,
  sbatchArgs,
  type BatchSystem,
  type Job,
} from '../../../src/run/run.ts';
import { makeSpace } from '../../hash/space.ts';
import { puppetClock } from '../puppet-clock.ts';

export const job = (name: string, more: object = {}): Parameters<ReturnType<typeof openJobJournal>['submitting']>[0][0] => ({
  name,
  stage: `stage of ${name}`,
  fingerprint: `inputs of ${name}`,
  temporary: false,
  key: 'one',
  task: 0,
  tasks: 1,
  ...more,
}); // prettier-ignore

export const request = (more: object = {}): Parameters<typeof sbatchArgs>[0] =>
  ({ resources: {}, slurm: {}, timeout: null, grace: 10, ...more }) as Parameters<typeof sbatchArgs>[0];

/** Slurm that answers as it is told to. @param answers by command: what it prints, or the code and the error. */
export function slurm(
  answers: Readonly<Record<string, string | readonly [code: number, stderr: string] | undefined>>,
): {
  system: ReturnType<typeof makeSlurmSystem>;
  calls: string[];
} {
  const calls: string[] = [];
  const system = makeSlurmSystem('/project', async (command, ...args) => {
    calls.push([command, ...args].join(' '));
    const answer = answers[command];
    if (answer === undefined) return { kind: 'missing' };
    const [code, stdout, stderr] = typeof answer === 'string' ? [0, answer, ''] : [answer[0], '', answer[1]];
    return { kind: 'exited', code, stdout: Buffer.from(stdout), stderr };
  });
  return { system, calls };
}

/** One stage a job, all of which can be submitted in one call. */
export const PLAIN = {
  name: 'the system',
  most: 9,
  partsOf: () => 1,
  groupOf: () => '',
  check: async () => [],
} satisfies Partial<BatchSystem>;

export const openExecutor = (
  space: ReturnType<typeof makeSpace>,
  clock: ReturnType<typeof puppetClock>,
  system: BatchSystem,
  more: Partial<ConstructorParameters<typeof BatchExecutor>[0]> = {},
): BatchExecutor =>
  new BatchExecutor({
    system,
    root: space.root,
    area: space.path('jobs'),
    run: 'run',
    clock,
    stop: makeStop(1, clock),
    warn: () => {},
    batchJobs: 9,
    latencyWait: 0,
    ...more,
  });

/** Of a stage that writes a file of its name. */
export const jobOf = (
  space: ReturnType<typeof makeSpace>,
  stage: string,
  fingerprint: string,
  more: object = {},
): Job => ({
  commands: ['true'],
  cwd: space.root,
  env: { inherited: {}, own: {} },
  log: space.path(`${stage}.log`),
  stdin: false,
  params: '{}',
  request: request({
    stage,
    fingerprint,
    inputs: [],
    outputs: [stage],
    wdir: '.',
    env: {},
    root: space.root,
    ...more,
  }),
});
