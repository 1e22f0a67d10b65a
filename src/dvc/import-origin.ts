// Where the data of a `.dvc` file was imported from: as it is declared, as it was recorded, and the text of a new file.
import { isMap, spellScalar } from '../base/spelling.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';
import { workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { LockedOrigin } from '../lock/lock-entry.ts';
import type { LockReader } from '../lock/lock-reader.ts';
import type { Origin } from '../pipeline/stage.ts';
import { emitMapping } from './emit-yaml.ts';
import { readDvcPaths } from './lock-entry.ts';

/** @param dep the one dependency of the file. @returns undefined for data of a database, which only DVC imports. */
export function originOf(root: string, wdir: WorkspacePath, dep: ValueMap): Origin | undefined {
  if (dep.has('db') || !dep.has('path')) return undefined;
  const path = textAt(dep, 'path');
  const repo = dep.get('repo');
  if (!isMap(repo)) {
    const foreign = dep.has('fs_config') ? ['fs_config'] : [];
    return { kind: 'url', url: path, at: workspacePath(root, wdir, path), ...(foreign.length > 0 && { foreign }) };
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

/** The text of a `.dvc` file for data that is yet to be imported. @param out its path, relative to the file. */
export function newImportText(origin: Origin, out: string): string {
  const dep: ValueMap =
    origin.kind === 'url'
      ? new Map([
          ['hash', 'md5'],
          ['path', origin.url],
        ])
      : new Map<Scalar, Value>([
          ['path', origin.path],
          [
            'repo',
            new Map<Scalar, Value>([
              ['url', origin.url],
              ...(origin.rev === undefined ? [] : [['rev', origin.rev] as const]),
              ...(origin.remote === undefined ? [] : [['remote', origin.remote] as const]),
            ]),
          ],
        ]);
  return emitMapping(
    new Map<Scalar, Value>([
      ['frozen', true],
      ['deps', [dep]],
      [
        'outs',
        [
          new Map([
            ['hash', 'md5'],
            ['path', out],
          ]),
        ],
      ],
    ]),
    0,
  );
}

function textAt(map: ValueMap, key: string): string {
  const value = map.get(key);
  return value === undefined || (typeof value === 'object' && value !== null) ? '' : spellScalar(value);
}
