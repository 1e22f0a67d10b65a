// Loads `data:` of a pipeline file: files and folders that no stage makes, each as a stage without a command and with one output.
import { posix } from 'node:path';
import type { ValueMap, Value, ValuePath } from '../base/value.ts';
import { parentFolder, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import { isList, isMap } from '../base/spelling.ts';
import { describedBy, isOrdinary, refuseOut, refusePath, textOf } from './build-stage.ts';
import type { FileReport } from './file-report.ts';
import { noExtensions } from './format/stage-extensions.ts';
import type { LoadOptions } from './load-options.ts';
import type { Origin, Stage, StageAddress, StageName } from './stage.ts';
import type { StageOwner } from './stage-owner.ts';
import type { Context } from './template/context.ts';

/** @param declared `data:`, checked against the schema. */
export function loadData(
  declared: Value | undefined,
  context: Context,
  owner: StageOwner,
  options: LoadOptions,
  report: FileReport,
): Stage[] {
  if (!isList(declared)) return [];
  return declared.flatMap((item, index) => {
    const path = ['data', index];
    const before = report.problems.length;
    const entry = report.resolve(item, context.values, {}, path);
    if (report.problems.length > before) return [];
    const map: ValueMap = isMap(entry) ? entry : new Map([['path', entry]]);
    return [buildData(map, isMap(entry) ? [...path, 'path'] : path, owner, options, report)];
  });
}

/** @param at where its path is declared. */
function buildData(
  map: ValueMap,
  at: ValuePath,
  owner: StageOwner,
  { at: { root, loading: rules } }: LoadOptions,
  report: FileReport,
): Stage {
  const path = textOf(map.get('path'));
  const place = workspacePath(root, owner.folder, path);
  const reporting = {
    rules,
    owner,
    path: at,
    report: (problem: Parameters<FileReport['report']>[0], where: ValuePath) => report.report(problem, where),
  };
  if (!isOrdinary(path)) refusePath(path, at, reporting);
  refuseOut(path, place, [], reporting);
  // Recorded relative to the lock file, also where the entry is in an included file of another folder.
  const wdir = parentFolder(owner.file);
  const name = posix.relative(wdir, place);
  const origin = originOf(map.get('from'), root, owner.folder);
  return {
    name: name as StageName,
    address: place as string as StageAddress,
    group: null,
    item: undefined,
    file: owner.file,
    place: report.source.place(at),
    cmd: null,
    wdir,
    ...(origin && { origin }),
    deps: [],
    params: [],
    outs: [
      {
        path: name,
        at: place,
        cache: true,
        persist: false,
        push: map.get('push') !== false,
        remote: map.has('remote') ? textOf(map.get('remote')) : null,
        metric: false,
        plot: false,
        ...describedBy(map, 'outs'),
      },
    ],
    frozen: false,
    alwaysChanged: false,
    desc: map.has('desc') ? textOf(map.get('desc')) : null,
    meta: map.get('meta') ?? null,
    ...noExtensions,
  };
}

/** @param folder what a path is relative to. */
function originOf(from: Value | undefined, root: string, folder: WorkspacePath): Origin | undefined {
  if (from === undefined) return undefined;
  if (!isMap(from)) {
    const url = textOf(from);
    return { kind: 'url', url, at: workspacePath(root, folder, url) };
  }
  return {
    kind: 'repository',
    url: textOf(from.get('repo')),
    path: textOf(from.get('path')),
    ...(from.has('rev') && { rev: textOf(from.get('rev')) }),
    ...(from.has('remote') && { remote: textOf(from.get('remote')) }),
  };
}
