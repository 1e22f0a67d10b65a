// Every place of a project that gives values to templates or stages: parameter files, and `vars` in pipeline files.
import { absolutePath, parentFolder, workspacePath, type WorkspacePath } from '../../base/workspace-path.ts';
import { isList, isMap } from '../../base/spelling.ts';
import type { Value, ValueMap, ValuePath } from '../../base/value.ts';
import { readYaml } from '../../yaml/yaml-source.ts';
import { readPipelineText } from '../pipeline-file.ts';
import type { Project } from '../project.ts';
import { DEFAULT_PARAMS_FILE } from '../template/context.ts';
import { parseParamsFile, readParamsFile } from './params-file.ts';
import { textInPlace } from './texts-in-place.ts';

export interface ParamSource {
  readonly file: WorkspacePath;
  /** Of the values in the file: `vars` and an index in a pipeline file. */
  readonly prefix: ValuePath;
  readonly values: ValueMap;
}

/** @throws PipeError for a file that cannot be parsed. */
export function paramSources(project: Pick<Project, 'root' | 'files' | 'stages'>): readonly ParamSource[] {
  const { root, files, stages } = project;
  const inline: ParamSource[] = [];
  const named = new Set<WorkspacePath>();
  for (const file of files) {
    const folder = parentFolder(file);
    named.add(workspacePath(root, folder, DEFAULT_PARAMS_FILE));
    for (const [index, item] of varsOf(root, file).entries()) {
      if (typeof item === 'string') named.add(workspacePath(root, folder, item.split(':', 1)[0]!));
      else if (isMap(item)) inline.push({ file, prefix: ['vars', index], values: item });
    }
  }
  for (const { params } of stages) for (const { at } of params) if (!isPackage(at)) named.add(at);
  return [...[...named].flatMap((file) => sourceIn(root, file) ?? []), ...inline];
}

/** A parameter file; undefined where there is none. */
export function sourceIn(root: string, file: WorkspacePath): ParamSource | undefined {
  const values = readParamsFile(absolutePath(root, file), file)?.value;
  return isMap(values) ? { file, prefix: [], values } : undefined;
}

/** What a text of a file gives. @param pipelines paths of pipeline files. */
export function sourcesInText(
  text: string,
  file: WorkspacePath,
  pipelines: readonly WorkspacePath[],
): readonly ParamSource[] {
  if (pipelines.includes(file))
    return varsIn(text, file).flatMap((item, index) =>
      isMap(item) ? [{ file, prefix: ['vars', index], values: item }] : [],
    );
  const { value } = parseParamsFile(Buffer.from(text), file);
  return isMap(value) ? [{ file, prefix: [], values: value }] : [];
}

function varsOf(root: string, file: WorkspacePath): readonly Value[] {
  const path = absolutePath(root, file);
  return varsIn(textInPlace(path) ?? readPipelineText(path, file), file);
}

function varsIn(text: string, file: WorkspacePath): readonly Value[] {
  const top = text.includes('vars') ? readYaml(text, file).value : null;
  const vars = isMap(top) ? top.get('vars') : undefined;
  return isList(vars) ? vars : [];
}

/** Of an imported package: its version is not a parameter. */
const isPackage = (at: WorkspacePath): boolean => at.includes('node_modules/');
