// Imports of a DVC repository: each is a `.dvc` file beside its data.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { PipeError } from '../base/problem.ts';
import { isMap } from '../base/spelling.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';
import { isUrl, parentFolder, type WorkspacePath } from '../base/workspace-path.ts';
import type { ImportFiles, NewImport } from '../dialect.ts';
import type { Origin, Stage, StageAddress } from '../pipeline/stage.ts';
import { decode } from '../yaml/read-text.ts';
import { readYaml } from '../yaml/yaml-source.ts';
import { emitMapping } from './emit-yaml.ts';
import { importMd5 } from './import-md5.ts';
import { newImport } from './import-origin.ts';

export const dvcImports: ImportFiles = {
  declare({ root }, imported, entry) {
    const { out, existing } = imported;
    const file = `${out}.dvc` as WorkspacePath;
    if (existing !== undefined && existing.file !== file) throw declaredElsewhere(existing, out);
    const exists = existsSync(join(root, file));
    if (exists && existing === undefined) throw fileInTheWay(file);
    const declared = newImport(asWritten(imported), basename(out), entry);
    const whole = exists ? withNotes(declared, join(root, file), file) : declared;
    return {
      file,
      text: emitMapping(entry ? withMd5(whole) : whole, 0),
      address: file as string as StageAddress,
    };
  },
  // The record has it.
  follow: () => undefined,
};

function declaredElsewhere({ file, place }: Stage, out: WorkspacePath): PipeError {
  return new PipeError({
    code: 'import-exists',
    title: `'${out}' is declared in ${file}`,
    hint: 'remove it there (`pipe remove`), or choose another path',
    place,
  });
}

function fileInTheWay(file: WorkspacePath): PipeError {
  return new PipeError({
    code: 'import-exists',
    title: `'${file}' exists, and does not declare this path`,
    hint: 'move it away, or choose another path',
  });
}

/** DVC writes a path as it was given, if the file is in the folder in which it was given; inside of the repository always relative. */
function asWritten({ origin, out, folder }: NewImport): Origin {
  if (origin.kind !== 'url' || isUrl(origin.at)) return origin;
  const home = parentFolder(out);
  if (!origin.at.startsWith('/')) return { ...origin, url: posix.relative(home, origin.at) || '.' };
  if (origin.url.startsWith('/') || home === folder) return origin;
  return { ...origin, url: origin.at };
}

/** What people wrote into the file before stays, as DVC keeps it. */
function withNotes(declared: ValueMap, path: string, file: WorkspacePath): ValueMap {
  const before = readYaml(decode(readFileSync(path), file, 'bad-dvc-file'), file).value;
  if (!isMap(before)) return declared;
  const [out] = declared.get('outs') as readonly ValueMap[];
  const old = ((before.get('outs') ?? []) as readonly ValueMap[]).find(
    (candidate) => isMap(candidate) && candidate.get('path') === out!.get('path'),
  );
  const kept = (from: ValueMap | undefined, keys: readonly string[]): [Scalar, Value][] =>
    keys.flatMap((key): [Scalar, Value][] => (from?.has(key) ? [[key, from.get(key)!]] : []));
  return new Map<Scalar, Value>([
    ...kept(before, ['desc']),
    ...declared,
    ['outs', [new Map([...out!, ...kept(old, ['desc', 'type', 'labels', 'meta', 'remote', 'push'])])]],
    ...kept(before, ['meta']),
  ]);
}

/** After the description, as DVC has it. */
function withMd5(file: ValueMap): ValueMap {
  const entries = [...file];
  const at = file.has('desc') ? 1 : 0;
  return new Map([...entries.slice(0, at), ['md5', importMd5(file)] as const, ...entries.slice(at)]);
}
