// Makes the detail of one stage: what it reads and writes, what decides about it, what it did before.
import { toJson } from '../base/spelling.ts';
import { recordedSize, type LockedPath, type LockEntry } from '../lock/lock-entry.ts';
import { commandsOf } from '../pipeline/commands/commands.ts';
import type { Out, Stage } from '../pipeline/stage.ts';
import { fieldsOf, type Field } from '../plan/fingerprint.ts';
import { gatherInputs } from '../plan/inputs.ts';
import { countingChanges } from '../plan/input-changes.ts';
import { reads } from '../plan/overlap.ts';
import type { HistoryEntry } from '../run/history.ts';
import type { OpenWorkspace } from '../session/open-workspace.ts';
import type { AssessedProject } from './assess-project.ts';
import type { LogView, PathView, StageDetail } from './contract.ts';
import { maskedWhy } from './mask.ts';
import { emptyLog } from './stage-log.ts';

/** Earlier results that are listed. */
const PAST = 20;

export interface DetailParts {
  readonly project: AssessedProject;
  readonly workspace: OpenWorkspace;
  readonly history: ReadonlyMap<string, readonly HistoryEntry[]>;
  /** Absent where logs are left out. */
  readonly log?: (stage: Stage) => LogView | null;
}

/** @throws PipeError for a dependency that cannot be read. */
export async function stageDetail(stage: Stage, parts: DetailParts): Promise<StageDetail> {
  const { project, workspace, history, log } = parts;
  const { mask } = project;
  const inputs = await gatherInputs(stage, workspace);
  const entry = workspace.locks.entry(stage);
  const changes = entry ? countingChanges(stage, entry, inputs, workspace.rules) : [];
  const changed = new Set(changes.map(identityOf));
  const isChanged = (kind: Field['kind'], ...key: string[]): boolean =>
    changed.has(identityOf({ kind, key }));
  const fields = fieldsOf(inputs);
  const past = history.get(stage.address) ?? [];
  return {
    name: stage.address,
    recorded: entry !== undefined,
    cmd: stage.cmd === null ? [] : commandsOf(stage).map((line) => mask.text(line)),
    wdir: stage.wdir,
    file: stage.file,
    line: stage.place.line ?? null,
    inputs: stage.deps.map((dep) => {
      const content = inputs.deps.find(({ path }) => path === dep.path)?.content;
      const makers = workspace.graph
        .dependencies(stage)
        .filter(({ outs }) => outs.some((out) => reads(dep, out)));
      return {
        ...contentView(dep.at, content && { content }),
        changed: ['dep', 'links', 'mode'].some((kind) => isChanged(kind as Field['kind'], dep.path)),
        ...(makers.length > 0 && { made_by: makers.map(({ address }) => address) }),
      };
    }),
    outputs: stage.outs.map((out) => outputView(out, entry, project, stage)),
    params: fields.flatMap(({ kind, key, value }) =>
      kind === 'param'
        ? [
            {
              file: key[0]!,
              key: key[1]!,
              ...(value !== undefined && { value: mask.json(toJson(value)) }),
              changed: isChanged('param', ...key),
            },
          ]
        : [],
    ),
    env: Object.keys(stage.env).map((name) => ({ name, changed: isChanged('env', name) })),
    resources: { ...stage.resources },
    retry: stage.retry,
    timeout: stage.timeout,
    history: past
      .slice(-PAST)
      .reverse()
      .map(({ run, what, time, seconds, why, job, used }) => ({
        run,
        what,
        time: Date.parse(time),
        seconds,
        why: maskedWhy(why, mask),
        ...(job && { job }),
        ...(used && { used }),
      })),
    log: log ? (log(stage) ?? logOfSilent(past)) : null,
  };
}

/** A stage that never printed anything has no log that shows that it ran. */
const logOfSilent = (past: readonly HistoryEntry[]): LogView | null =>
  past.some(({ what }) => what !== 'restored') ? emptyLog : null;

const identityOf = ({ kind, key }: { kind: string; key: readonly string[] }): string =>
  JSON.stringify([kind, ...key]);

function contentView(
  path: string,
  locked: Pick<LockedPath, 'content' | 'unsized'> | undefined,
): Omit<PathView, 'changed'> {
  if (!locked) return { path };
  const { digest, nfiles } = locked.content;
  const size = recordedSize(locked);
  return {
    path,
    digest,
    ...(size !== undefined && { size }),
    ...(nfiles !== undefined && { files: nfiles }),
  };
}

function outputView(
  out: Out,
  entry: LockEntry | undefined,
  { decisions }: AssessedProject,
  stage: Stage,
): PathView {
  const decision = decisions.get(stage.address)!;
  const reasons = decision.kind === 'fresh' ? [] : decision.reasons;
  return {
    ...contentView(
      out.at,
      entry?.outs.find(({ path }) => path === out.path),
    ),
    changed: reasons.some((reason) => 'path' in reason && reason.path === out.path),
    ...(out.metric && { metric: true }),
    ...(out.plot !== false && { plot: true }),
    ...(!out.cache && { uncached: true }),
  };
}
