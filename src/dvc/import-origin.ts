// Where the data of a `.dvc` file was imported from: as it is declared, as it was recorded, and in a new file.
import { isMap, spellScalar } from '../base/spelling.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';
import { workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { LockedOrigin, LockEntry } from '../lock/lock-entry.ts';
import type { LockReader } from '../lock/lock-reader.ts';
import type { Origin } from '../pipeline/stage.ts';
import { recordOf } from './edit-dvc-file.ts';
import { readDvcPaths } from './lock-entry.ts';

/** @param dep the one dependency of the file. @returns undefined for data of a database, which only DVC imports. */
export function originOf(root: string, wdir: WorkspacePath, dep: ValueMap): Origin | undefined {
  if (dep.has('db') || !dep.has('path')) return undefined;
  const path = textAt(dep, 'path');
  const repo = dep.get('repo');
  if (!isMap(repo)) {
    const foreign = ['fs_config', 'version_id', 'files'].filter((key) => dep.has(key));
    return {
      kind: 'url',
      url: path,
      at: workspacePath(root, wdir, path),
      ...(foreign.length > 0 && { foreign }),
    };
  }
  const remote = repo.get('remote');
  const foreign = [...(repo.has('config') ? ['config'] : []), ...(isMap(remote) ? ['remote'] : [])];
  return {
    kind: 'repository',
    url: textAt(repo, 'url'),
    path,
    ...(repo.has('rev') && { rev: textAt(repo, 'rev') }),
    ...(typeof remote === 'string' && { remote }),
    ...(foreign.length > 0 && { foreign }),
  };
}

/** What a file records of its origin; undefined where it was never looked at. */
export function readOrigin(origin: Origin, reader: LockReader): LockedOrigin | undefined {
  const deps = reader.root.get('deps') ?? [];
  if (origin.kind === 'repository') {
    const [dep] = reader.list(deps, ['deps']);
    const rev = reader.map(reader.map(dep, ['deps', 0]).get('repo'), ['deps', 0, 'repo']).get('rev_lock');
    return rev === undefined ? undefined : { rev: reader.string(rev, ['deps', 0, 'repo', 'rev_lock']) };
  }
  const [dep] = readDvcPaths(reader, deps, ['deps']);
  return dep === undefined || dep.content.digest === '' ? undefined : { content: dep.content };
}

/**
 * The content of a new `.dvc` file. @param out path of the data, relative to the file.
 * @param entry what is recorded; undefined: the data is yet to be imported.
 */
export function newImport(origin: Origin, out: string, entry: LockEntry | undefined): ValueMap {
  const content = entry?.outs[0]?.content;
  return new Map<Scalar, Value>([
    ['frozen', true],
    ['deps', [newDep(origin, entry?.origin)]],
    ['outs', [new Map<Scalar, Value>([...(content ? recordOf({ content }) : NO_RECORD), ['path', out]])]],
  ]);
}

const NO_RECORD: ValueMap = new Map([['hash', 'md5']]);

function newDep(origin: Origin, locked: LockedOrigin | undefined): ValueMap {
  if (origin.kind === 'url')
    return new Map<Scalar, Value>([
      ...(locked?.content ? recordOf({ content: locked.content }) : NO_RECORD),
      ['path', origin.url],
    ]);
  const { url, path, rev, remote } = origin;
  const repo = new Map<Scalar, Value>([
    ['url', url],
    ...(rev === undefined ? [] : [['rev', rev] as const]),
    ...(locked?.rev === undefined ? [] : [['rev_lock', locked.rev] as const]),
    ...(remote === undefined ? [] : [['remote', remote] as const]),
  ]);
  return new Map<Scalar, Value>([
    ['path', path],
    ['repo', repo],
  ]);
}

function textAt(map: ValueMap, key: string): string {
  const value = map.get(key);
  return value === undefined || (typeof value === 'object' && value !== null) ? '' : spellScalar(value);
}
