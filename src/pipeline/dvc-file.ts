// A `.dvc` file: data that DVC tracks, a stage without a command whose outputs have recorded digests.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentFolder, workspacePath } from './paths.ts';
import { PipeError } from './problem.ts';
import type { Dep, Out, Stage, StageAddress, StageName, WorkspacePath } from './stage.ts';
import { isList, isMap, spellScalar } from './spelling.ts';
import { noExtensions } from './extensions.ts';
import type { Scalar, Value, ValueMap } from './value.ts';
import { readYaml, type ValuePath, type YamlSource } from './yaml-source.ts';

/** @param file path from the root. @throws PipeError when it is not as DVC writes it. */
export function loadDvcFile(root: string, file: WorkspacePath): Stage {
  const source = readYaml(readFileSync(join(root, file), 'utf8'), file);
  const map = checked(source);
  const folder = parentFolder(file);
  const wdirText = map.get('wdir');
  const wdir = typeof wdirText === 'string' ? workspacePath(root, folder, wdirText) : folder;
  const entries = (key: string): readonly ValueMap[] =>
    isList(map.get(key)) ? (map.get(key) as readonly ValueMap[]) : [];
  return {
    name: file as string as StageName,
    address: file as string as StageAddress,
    group: null,
    item: undefined,
    file,
    place: source.place([]),
    cmd: null,
    wdir,
    deps: entries('deps').map((entry): Dep => ({
      path: textAt(entry, 'path'),
      at: workspacePath(root, wdir, textAt(entry, 'path')),
    })),
    params: [],
    outs: entries('outs').map((entry) => readOut(root, wdir, entry)),
    frozen: map.get('frozen') === true || map.get('locked') === true,
    alwaysChanged: map.get('always_changed') === true,
    desc: typeof map.get('desc') === 'string' ? (map.get('desc') as string) : null,
    meta: map.get('meta') ?? null,
    ...noExtensions,
  };
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

const KEYS = new Set([
  'md5',
  'wdir',
  'deps',
  'outs',
  'locked',
  'frozen',
  'meta',
  'always_changed',
  'desc',
  'cmd',
]);

function checked(source: YamlSource): ValueMap {
  const refuse = (title: string, path: ValuePath, part?: 'key'): PipeError =>
    new PipeError({ code: 'bad-dvc-file', title, place: source.place(path, part) });
  const { value } = source;
  if (value === null) return new Map();
  if (!isMap(value)) throw refuse('a .dvc file must hold a mapping', []);
  for (const key of value.keys())
    if (typeof key !== 'string' || !KEYS.has(key))
      throw refuse(`unknown key '${String(key)}' in a .dvc file`, [key], 'key');
  for (const key of ['deps', 'outs']) {
    const list: Value | undefined = value.get(key);
    if (list === undefined || list === null) continue;
    if (!isList(list)) throw refuse(`'${key}' must be a list`, [key]);
    for (const [index, entry] of list.entries()) {
      if (!isMap(entry) || typeof entry.get('path') !== 'string')
        throw refuse(`an entry of '${key}' must have a path`, [key, index]);
    }
  }
  return value;
}
