// `pipe results`: what stages read and measured, as it is recorded in the workspace, at a revision or by an experiment.
import { relative } from 'node:path';
import { isMap, spellScalar, toJson, type Json } from '../../base/spelling.ts';
import type { Value, ValueMap } from '../../base/value.ts';
import { absolutePath, folderHere, type WorkspacePath } from '../../base/workspace-path.ts';
import { PipeError } from '../../base/problem.ts';
import { selectTargets } from '../../graph/targets.ts';
import { isDirectory } from '../../hash/digest.ts';
import { lockedPath, type LockedParams } from '../../lock/lock-entry.ts';
import { parseParamsFile } from '../../pipeline/params/params-file.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { withNamedRevisions, type NamedRevision } from '../../revision/named-revision.ts';
import type { Revision } from '../../revision/project-at.ts';
import { filesAt, isAbsence, readAt, type ContentsStore } from '../../revision/read-contents.ts';
import { load } from '../../session/load.ts';
import { withWorkspace } from '../../session/with-workspace.ts';
import { resultsText } from '../../show/results-text.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { printWarning } from '../problems.ts';

export interface ResultsFlags extends OutputFlags {
  /** A git revision, or an experiment. */
  readonly rev?: string;
}

export interface StageResults {
  readonly stage: string;
  /** Whether the lock file has a result of it. */
  readonly recorded: boolean;
  /** The recorded values, nested, by file. */
  readonly params: { readonly [file: string]: Json };
  /** By file. */
  readonly metrics: { readonly [file: string]: Json };
  readonly outs: readonly {
    readonly path: string;
    readonly digest?: string;
    readonly size?: number;
    readonly folder: boolean;
  }[];
}

/** @returns the exit code. */
export async function resultsCommand(targets: readonly string[], flags: ResultsFlags): Promise<number> {
  const loaded = await load({});
  const cwd = folderHere(loaded.project.root);
  const results = await withWorkspace(loaded, {}, ({ store }) =>
    withNamedRevisions(loaded, async (find) => {
      const named = await find(flags.rev ?? 'workspace');
      const { project, graph } = named.revision;
      const stages = selectTargets(graph, project, targets, { single: true, cwd });
      const found: StageResults[] = [];
      for (const stage of stages) if (stage.cmd !== null) found.push(await resultsOf(stage, named, store));
      return found;
    }),
  );
  const print = makePrinter(flags);
  print.json(results);
  print.text(resultsText(results));
  return 0;
}

async function resultsOf(
  stage: Stage,
  { revision, record }: NamedRevision,
  store: ContentsStore,
): Promise<StageResults> {
  const entry = revision.entry(stage);
  const metrics: { [file: string]: Json } = {};
  for (const { at, metric } of stage.outs) {
    if (!metric) continue;
    for (const file of (await filesAt(revision, at, store)) ?? []) {
      const value = record?.metrics.get(file) ?? (await metricsIn(file, revision, store));
      if (value !== undefined) metrics[file] = toJson(value);
    }
  }
  return {
    stage: stage.address,
    recorded: entry !== undefined,
    params: entry ? nestedByFile(entry.params) : {},
    metrics,
    outs: stage.outs.map(({ at, path }) => {
      const content = lockedPath(entry?.outs, path)?.content;
      return {
        path: at,
        ...(content && { digest: content.digest, size: content.size }),
        folder: content ? isDirectory(content.digest) : revision.kind(at) === 'directory',
      };
    }),
  };
}

/** Undefined where the file does not exist. A file that cannot be read does not hide the others. */
async function metricsIn(
  file: WorkspacePath,
  revision: Revision,
  store: ContentsStore,
): Promise<Value | undefined> {
  const bytes = await readAt(revision, file, store);
  if (isAbsence(bytes)) return undefined;
  try {
    return parseParamsFile(bytes, relative(process.cwd(), absolutePath(revision.project.root, file))).value;
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    error.problems.forEach(printWarning);
    return undefined;
  }
}

const nestedByFile = (params: LockedParams): { [file: string]: Json } =>
  Object.fromEntries(Array.from(params, ([file, values]) => [file, toJson(nested(values))]));

/** `{train.lr: 1}` → `{train: {lr: 1}}` */
function nested(values: ReadonlyMap<string, Value>): ValueMap {
  const root = new Map<string, Value>();
  for (const [key, value] of values) {
    const parts = key.split('.');
    let folder = root;
    for (const part of parts.slice(0, -1)) {
      const inner = folder.get(part);
      const next = isMap(inner) ? (inner as Map<string, Value>) : new Map<string, Value>();
      folder.set(part, next);
      folder = next;
    }
    const last = parts.at(-1)!;
    const before = folder.get(last);
    folder.set(
      last,
      isMap(before) && isMap(value)
        ? new Map([...before, ...value].map(([name, one]) => [spellScalar(name), one]))
        : value,
    );
  }
  return root;
}
