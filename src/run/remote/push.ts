// Sends the recorded outputs of stages to their remotes, and on request the records of their runs.
import { shellQuote } from '../../base/shell-quote.ts';
import type { OpenRemote } from '../../cache/remote/open-remote.ts';
import { pushObjects } from '../../cache/remote/push-objects.ts';
import { openRunRecords } from '../../cache/remote/run-records.ts';
import type { Failure } from '../../cache/remote/transfer.ts';
import type { Digest } from '../../hash/digest.ts';
import type { LockEntry } from '../../lock/lock-entry.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { recordedInputs } from '../../plan/fingerprint.ts';
import { hasReusableResult } from '../../plan/reusable.ts';
import type { Workspace } from '../../plan/workspace.ts';
import { announcePush } from './push-marker.ts';
import { atText } from './remote-failure.ts';
import { refuseUnsigned, type Exchange, type Exchanged } from './exchange.ts';
import {
  isObject,
  outsByRemote,
  remoteOf,
  workspaceRecords,
  type RemoteOut,
  type StageRecord,
} from './remote-outs.ts';

export interface PushRequest {
  /** Send objects that the remote has, too. */
  readonly force: boolean;
  /** Send the records of the runs too. */
  readonly runCache: boolean;
  /** Send nothing; report what would be sent. */
  readonly dry: boolean;
  /** What is recorded at git revisions, and meant too. */
  readonly revisions: readonly StageRecord[];
}

/**
 * @param stages those whose outputs are meant.
 * @throws PipeError where a remote cannot be used, or records could not be verified there.
 */
export async function push(
  stages: readonly Stage[],
  request: PushRequest,
  exchange: Exchange,
): Promise<readonly Exchanged[]> {
  const { workspace, asked } = exchange;
  const outs = outsByRemote(
    [...workspaceRecords(stages, workspace), ...request.revisions],
    { asked, pushed: true },
    workspace,
  );
  const runs = request.runCache ? runsByRemote(stages, exchange) : new Map<string, readonly Run[]>();
  const names = new Set([...outs.keys(), ...runs.keys()]);
  const remotes = await Promise.all(
    [...names].map(async (name) => ({ name, remote: await exchange.remoteForCopies(name, 'warn') })),
  );
  for (const { remote } of remotes) {
    refuseReadOnly(remote);
    if (!request.runCache) continue;
    refuseUnsigned(remote);
    remote.permitSigning();
  }
  const done: Exchanged[] = [];
  for (const { name, remote } of remotes) {
    const announced = request.dry ? undefined : await announcePush(remote, workspace.project.root);
    try {
      done.push(await pushTo(remote, outs.get(name) ?? [], runs.get(name) ?? [], request, exchange));
    } finally {
      await announced?.end();
    }
  }
  return done;
}

/** A result that the run cache has for the recorded inputs. */
interface Run {
  readonly stage: Stage;
  readonly key: Digest;
  readonly entry: LockEntry;
}

function runsByRemote(
  stages: readonly Stage[],
  { workspace, asked }: Exchange,
): ReadonlyMap<string, readonly Run[]> {
  const { project } = workspace;
  const runs = stages.flatMap((stage) => {
    const run = runOf(stage, workspace);
    const name = run && remoteOf(stage, asked, project.config.remotes);
    return run && name !== undefined ? [{ name, run }] : [];
  });
  return new Map(
    [...Map.groupBy(runs, ({ name }) => name)].map(([name, found]) => [name, found.map(({ run }) => run)]),
  );
}

function runOf(stage: Stage, { locks, runCache, rules, layout }: Workspace): Run | undefined {
  const entry = locks.entry(stage);
  if (!entry || stage.cmd === null || !hasReusableResult(stage, rules)) return undefined;
  const key = rules.runKey(recordedInputs(entry));
  const outs = runCache.find(key);
  const whole = outs?.every(({ content }) => isObject(content, layout) && !content.legacy);
  return outs && whole ? { stage, key, entry: { ...entry, outs } } : undefined;
}

async function pushTo(
  remote: OpenRemote,
  outs: readonly RemoteOut[],
  runs: readonly Run[],
  request: PushRequest,
  exchange: Exchange,
): Promise<Exchanged> {
  const sent: readonly SentOut[] = [
    ...outs.map((one) => ({ ...one, path: one.out.path })),
    ...outsOfRuns(runs, outs),
  ];
  const transferred = await pushObjects(
    sent.map(({ content }) => content),
    { ...exchange.transfer(remote), force: request.force, dry: request.dry },
  );
  const { failed } = transferred;
  // Records come last: the objects of every record on the remote are there.
  const records = openRunRecords(remote, exchange.workspace.layout.runs);
  let saved = 0;
  for (const { key, entry } of request.dry ? [] : runs) {
    if (entry.outs.some(({ content }) => failed.has(content.digest))) continue;
    if (await records?.save(key, entry)) saved += 1;
  }
  await remote.settle();
  const problemsOf = (kind: Failure['kind']): readonly Problem[] =>
    sent.flatMap((one) => {
      const failure = failed.get(one.content.digest);
      return failure?.kind === kind ? [missingProblem(remote, one, failure)] : [];
    });
  const [missing, problems] = [problemsOf('missing'), problemsOf('corrupt')];
  return { remote, transferred, runs: saved, missing, problems, unpushed: [] };
}

/** What is sent for the records of runs alone, such as a metric that git has. */
function outsOfRuns(runs: readonly Run[], outs: readonly RemoteOut[]): readonly SentOut[] {
  const recorded = new Set(outs.map(({ content }) => content.digest));
  return runs.flatMap(({ stage, entry }) =>
    entry.outs
      .filter(({ content }) => !recorded.has(content.digest))
      .map(({ path, content }) => ({ stage, path, content })),
  );
}

interface SentOut extends Pick<RemoteOut, 'stage' | 'content' | 'revision'> {
  readonly path: string;
}

function missingProblem(remote: OpenRemote, { stage, path, revision }: SentOut, failure: Failure): Problem {
  return {
    code: 'push-missing',
    title: `'${path}' of '${stage.address}'${atText(revision)} was not pushed to '${remote.name}' as a whole: ${
      failure.kind === 'missing' ? 'neither the cache nor the remote has all of it' : failure.why
    }`,
    facts: [['object', failure.digest]],
    hint:
      revision !== undefined
        ? 'push it from where the cache has it, or give --allow-missing'
        : stage.cmd === null
          ? `pull it from where it is, or put the data back and run \`pipe commit ${shellQuote(stage.address)}\``
          : `if the workspace has it, \`pipe commit ${shellQuote(stage.address)}\` stores it, else \`pipe repro ${shellQuote(stage.address)}\` makes it; then push`,
    place: stage.place,
  };
}

export function refuseReadOnly(remote: OpenRemote): void {
  if (!remote.readOnly) return;
  throw new PipeError({
    code: 'remote-refused',
    title: `the remote '${remote.name}' is declared as read-only`,
    hint: 'name another with --remote',
  });
}
