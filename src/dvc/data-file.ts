// Loads a `.dvc` file: data that DVC tracks, as a stage without a command whose outputs have recorded digests.
import { join } from 'node:path';
import { parentFolder, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import { PipeError } from '../base/problem.ts';
import type { Dep, Out, Stage, StageAddress, StageName } from '../pipeline/stage.ts';
import { isList, isMap, spellScalar } from '../base/spelling.ts';
import { noExtensions } from '../pipeline/format/stage-extensions.ts';
import type { Scalar, ValueMap } from '../base/value.ts';
import { readText } from '../yaml/read-text.ts';
import { validateFile } from '../pipeline/format/validate.ts';
import { readYaml } from '../yaml/yaml-source.ts';
import { originOf } from './import-origin.ts';
import { isImport } from './import-md5.ts';
import { readFileSync } from '../disk/witnessed-fs.ts';

/**
 * @param file path from the root; @param text in place of what it holds.
 * @throws PipeError when DVC would not write it so.
 */
export function loadDvcFile(root: string, file: WorkspacePath, text?: string): Stage {
  const source = readYaml(text ?? readText(readFileSync(join(root, file)), file, 'bad-dvc-file'), file);
  const problems = source.value === null ? [] : validateFile(source, 'dvcFile');
  if (problems.length > 0)
    throw new PipeError(problems.map((problem) => ({ ...problem, code: 'bad-dvc-file' })));
  const map: ValueMap = isMap(source.value) ? source.value : new Map();
  const folder = parentFolder(file);
  const wdirText = map.get('wdir');
  const wdir = typeof wdirText === 'string' ? workspacePath(root, folder, wdirText) : folder;
  const entries = (key: string): readonly ValueMap[] =>
    isList(map.get(key)) ? (map.get(key) as readonly ValueMap[]) : [];
  const origin = isImport(map) ? originOf(root, wdir, entries('deps')[0]!) : undefined;
  return {
    name: file as string as StageName,
    address: file as string as StageAddress,
    group: null,
    item: undefined,
    file,
    place: source.place([]),
    cmd: null,
    wdir,
    ...(origin && { origin }),
    deps: entries('deps').flatMap((entry) => readDep(root, wdir, entry)),
    params: [],
    outs: entries('outs').map((entry) => readOut(root, wdir, entry)),
    frozen: map.get('frozen') === true || map.get('locked') === true,
    alwaysChanged: map.get('always_changed') === true,
    desc: typeof map.get('desc') === 'string' ? (map.get('desc') as string) : null,
    meta: map.get('meta') ?? null,
    ...noExtensions,
  };
}

/** A dependency on a database is left out: it is no file of the workspace, and neither is one of another repository. */
function readDep(root: string, wdir: WorkspacePath, entry: ValueMap): Dep[] {
  const path = textAt(entry, 'path');
  if (entry.has('db')) return [];
  const repo = entry.get('repo');
  const at = isMap(repo)
    ? (`repo://${textAt(repo, 'url')}/${path}` as WorkspacePath)
    : workspacePath(root, wdir, path);
  return [{ path, at }];
}

function readOut(root: string, wdir: WorkspacePath, entry: ValueMap): Out {
  const path = textAt(entry, 'path');
  const hash = entry.get('md5') ?? entry.get('etag') ?? entry.get('checksum');
  const labels = entry.get('labels');
  return {
    path,
    at: workspacePath(root, wdir, path),
    cache: entry.get('cache') !== false,
    persist: entry.get('persist') === true,
    push: entry.get('push') !== false,
    remote: entry.has('remote') ? textAt(entry, 'remote') : null,
    metric: false,
    plot: false,
    ...(entry.has('desc') && { desc: textAt(entry, 'desc') }),
    ...(entry.has('type') && { type: textAt(entry, 'type') }),
    ...(isList(labels) && { labels: labels.map((label) => spellScalar(label as Scalar)) }),
    ...(entry.get('meta') !== undefined && { meta: entry.get('meta')! }),
    ...(hash !== undefined && { hash: spellScalar(hash as Scalar) }),
  };
}

function textAt(map: ValueMap, key: string): string {
  const value = map.get(key);
  return value === undefined || (typeof value === 'object' && value !== null) ? '' : spellScalar(value);
}
