// Makes the detail of one stage: what it reads and writes, what decides about it, what it did before.
import { toJson } from '../base/spelling.ts';
import { makersByPath } from '../graph/makers.ts';
import { lockedPath, recordedSize, type LockedPath, type LockEntry } from '../lock/lock-entry.ts';
import { commandsOf } from '../pipeline/commands/commands.ts';
import type { Out, Stage } from '../pipeline/stage.ts';
import { fieldsOf, type Field } from '../plan/fingerprint.ts';
import { gatherInputs } from '../plan/inputs.ts';
import { countingChanges } from '../plan/input-changes.ts';
import type { HistoryEntry } from '../run/history.ts';
import { reasonsOf } from '../show/status/fold-stages.ts';
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
  const contentOf = new Map(inputs.deps.map(({ path, content }) => [path, content]));
  const makers = makersByPath(stage.deps, workspace.graph.dependencies(stage));
  const decision = project.decisions.get(stage.address)!;
  const changedOuts = new Set(reasonsOf(decision).flatMap((reason) => ('path' in reason ? reason.path : [])));
  const past = history.get(stage.address) ?? [];
  return {
    name: stage.address,
    recorded: entry !== undefined,
    cmd: stage.cmd === null ? [] : commandsOf(stage).map((line) => mask.text(line)),
    wdir: stage.wdir,
    file: stage.file,
    line: stage.place.line ?? null,
    inputs: stage.deps.map((dep) => {
      const content = contentOf.get(dep.path);
      const made = makers.get(dep.path);
      return {
        ...contentView(dep.at, content && { content }),
        changed: ['dep', 'links', 'mode'].some((kind) => isChanged(kind as Field['kind'], dep.path)),
        ...(made && { made_by: made.map(({ address }) => address) }),
      };
    }),
    outputs: stage.outs.map((out) => outputView(out, entry, changedOuts)),
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

function outputView(out: Out, entry: LockEntry | undefined, changed: ReadonlySet<string>): PathView {
  return {
    ...contentView(out.at, lockedPath(entry?.outs, out.path)),
    changed: changed.has(out.path),
    ...(out.metric && { metric: true }),
    ...(out.plot !== false && { plot: true }),
    ...(!out.cache && { uncached: true }),
  };
}
