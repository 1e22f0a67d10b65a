// Finds the file that declares a stage: the given file, or one that it includes, where names have prefixes.
import { absolutePath, parentFolder, workspacePath, type WorkspacePath } from '../../base/workspace-path.ts';
import { readPipelineText } from '../pipeline-file.ts';
import { PipeError } from '../../base/problem.ts';
import { isMap, spellScalar } from '../../base/spelling.ts';
import { readYaml, type YamlSource } from '../../yaml/yaml-source.ts';

export interface LocatedStage {
  readonly file: WorkspacePath;
  /** In that file. */
  readonly name: string;
}

interface Included {
  /** Of the names of its stages, with its dot. */
  readonly prefix: string;
  readonly file: WorkspacePath;
  readonly source: YamlSource;
  readonly include: string;
}

/**
 * @returns the file and name as given where neither it nor a file that it includes declares the stage.
 * @throws PipeError when a file cannot be read, or is included several times, so that an edit would affect all of them.
 */
export function locateStage(root: string, file: WorkspacePath, name: string): LocatedStage {
  const source = read(root, file);
  if (declares(source, name)) return { file, name };
  const included = includesOf(root, file, source, '', [file]);
  const found = included.find(
    ({ prefix, source }) => name.startsWith(prefix) && declares(source, name.slice(prefix.length)),
  );
  if (!found) return { file, name };
  const inner = name.slice(found.prefix.length);
  const all = included.filter((other) => other.file === found.file);
  if (all.length === 1) return { file: found.file, name: inner };
  throw new PipeError({
    code: 'edit-refused',
    title: `${found.file} is included several times, and the edit would affect all of them`,
    facts: [['stages', all.map(({ prefix }) => prefix + inner).join(', ')]],
    hint: `to edit all of them, give the stage with its file: ${found.file}:${inner}`,
    place: read(root, file).place(['include', found.include], 'key'),
  });
}

const read = (root: string, file: WorkspacePath): YamlSource =>
  readYaml(readPipelineText(absolutePath(root, file), file), file);

function declares({ value }: YamlSource, name: string): boolean {
  const stages = isMap(value) ? value.get('stages') : undefined;
  return isMap(stages) && stages.has(name);
}

/** Only files whose names contain no template: none is resolved here. */
function includesOf(
  root: string,
  file: WorkspacePath,
  { value }: YamlSource,
  prefix: string,
  chain: readonly WorkspacePath[],
): readonly Included[] {
  const include = isMap(value) ? value.get('include') : undefined;
  if (!isMap(include)) return [];
  return [...include].flatMap(([key, entry]) => {
    const path = isMap(entry) ? entry.get('file') : entry;
    if (typeof path !== 'string' || path.includes('${')) return [];
    const other = workspacePath(root, parentFolder(file), path);
    if (chain.includes(other)) return [];
    const source = read(root, other);
    const own = {
      prefix: `${prefix}${spellScalar(key)}.`,
      file: other,
      source,
      include: prefix === '' ? spellScalar(key) : prefix.split('.')[0]!,
    };
    return [own, ...includesOf(root, other, source, own.prefix, [...chain, other])];
  });
}
