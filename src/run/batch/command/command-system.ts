// Any other batch system, by four commands of the project: submit, poll, cancel and log. Each is a line for a shell, and gets what it is
// about in its environment (docs/executors/README.md has the contract).
import { join } from 'node:path';
import type { CommandSettings } from '../../../pipeline/config/project-config.ts';
import type { BatchCause } from '../../event.ts';
import type { BatchPart, BatchSystem, JobStatus, Polled, Submitted } from '../batch-system.ts';
import { call, firstLine, type CallEnd } from '../call.ts';
import { OUTPUT, SCRIPT } from '../job-files.ts';

const MIB = 2 ** 20;
/** `submit` ends with it where the batch system takes no job now, as `EX_TEMPFAIL` of sysexits.h. */
const TRY_AGAIN = 75;
/** The first words of a reason that say more than `failed`. */
const CAUSES: readonly BatchCause[] = [
  'out-of-memory',
  'time-limit',
  'node-failure',
  'preempted',
  'cancelled',
];

export function makeCommandSystem(root: string, settings: CommandSettings): BatchSystem {
  const run = (command: string, variables: NodeJS.ProcessEnv): Promise<CallEnd> =>
    call('/bin/sh', ['-c', command], {
      cwd: root,
      env: { ...process.env, PIPE_PROJECT: root, ...variables },
    });
  const { submit, poll, cancel, log } = settings;
  return {
    name: 'the batch system',
    readsLists: true,
    most: 1,
    partsOf: () => 1,
    groupOf: ({ stage }) => stage,
    check: () => Promise.resolve([]),
    async submit(tasks) {
      return submittedOf(await run(submit, variablesOf(tasks[0]!.parts[0]!)));
    },
    poll: async (ids) => polledOf(await run(poll, { PIPE_JOBS: ids.join(' ') })),
    async cancel(jobs, signal) {
      const ids = jobs.map(({ id }) => id).join(' ');
      const end = await run(cancel, { PIPE_JOBS: ids, PIPE_SIGNAL: signal.slice('SIG'.length) });
      return end.kind === 'exited' && end.code === 0;
    },
    ...(log !== undefined && {
      log: async (id: string, offset: number) => {
        const end = await run(log, { PIPE_JOB: id, PIPE_JOB_OFFSET: String(offset) });
        return end.kind === 'exited' && end.code === 0 ? end.stdout : Buffer.alloc(0);
      },
    }),
  };
}

function variablesOf({ name, dir, request }: BatchPart): NodeJS.ProcessEnv {
  const { resources, timeout, grace, stage } = request;
  const { cpus, memory, gpus, gpuType } = resources;
  const seconds = timeout === null ? undefined : Math.ceil(timeout + grace);
  return {
    PIPE_JOB_NAME: name,
    PIPE_JOB_STAGE: stage,
    PIPE_JOB_DIR: dir,
    PIPE_JOB_SCRIPT: join(dir, SCRIPT),
    PIPE_JOB_OUTPUT: join(dir, OUTPUT),
    PIPE_JOB_INPUTS: join(dir, 'inputs'),
    PIPE_JOB_OUTPUTS: join(dir, 'outputs'),
    PIPE_JOB_CPUS: String(Math.max(1, Math.ceil(cpus ?? 1))),
    PIPE_JOB_MEMORY: memory === undefined ? '' : String(Math.ceil(memory / MIB)),
    PIPE_JOB_GPUS: String(gpus ?? 0),
    PIPE_JOB_GPU_TYPE: gpuType ?? '',
    PIPE_JOB_SECONDS: seconds === undefined ? '' : String(seconds),
  };
}

/** The id is the last line of what `submit` prints: programs like to greet. */
function submittedOf(end: CallEnd): Submitted {
  if (end.kind === 'missing') return { kind: 'refused', message: '/bin/sh does not exist' };
  const id = end.stdout.toString().trim().split('\n').at(-1)?.trim() ?? '';
  if (end.code === TRY_AGAIN)
    return { kind: 'unavailable', message: firstLine(end.stderr) || `\`submit\` ended with ${TRY_AGAIN}` };
  if (end.code !== 0)
    return {
      kind: 'refused',
      message: `\`submit\` ended with ${end.code}: ${firstLine(end.stderr) || 'it printed no error'}`,
    };
  if (!/^\S+$/.test(id))
    return {
      kind: 'refused',
      message: `\`submit\` printed no id, but '${id}': the last line has to be one word`,
    };
  return { kind: 'submitted', ids: [id] };
}

/** Lines `ID STATE REASON`; others are left out. */
function polledOf(end: CallEnd): Polled {
  if (end.kind === 'missing' || end.code !== 0)
    return {
      kind: 'unavailable',
      message:
        end.kind === 'missing'
          ? '/bin/sh does not exist'
          : firstLine(end.stderr) || `\`poll\` ended with ${end.code}`,
    };
  const lines = end.stdout
    .toString()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return {
    kind: 'known',
    jobs: new Map(
      lines.flatMap(([id = '', state = '', ...rest]) => {
        const status = statusOf(id, state, rest.join(' '));
        return status ? [[id, status] as const] : [];
      }),
    ),
  };
}

function statusOf(id: string, state: string, reason: string): JobStatus | undefined {
  const why = reason === '' ? {} : { reason };
  if (state === 'queued') return { state, ...why };
  if (state === 'running') return { state, ...(reason !== '' && { node: reason }) };
  const cause = state === 'lost' ? 'node-failure' : CAUSES.find((one) => one === reason.split(' ')[0]);
  const message = `its job ${id} ${state === 'lost' ? 'was lost' : 'ended'}${reason === '' ? '' : `: ${reason}`}`;
  if (state === 'done') return { state: 'ended', end: { message } };
  if (state === 'failed' || state === 'lost')
    return { state: 'ended', end: { ...(cause && { cause }), message } };
  return undefined;
}
