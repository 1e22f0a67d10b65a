// Every place of a project that gives values to templates or stages: parameter files, and `vars` in pipeline files.
import { absolutePath, type WorkspacePath } from '../../base/workspace-path.ts';
import { isList, isMap } from '../../base/spelling.ts';
import type { Value, ValueMap, ValuePath } from '../../base/value.ts';
import { readYaml } from '../../yaml/yaml-source.ts';
import { readPipelineText } from '../pipeline-file.ts';
import type { Project } from '../project.ts';
import { parseParamsFile, readParamsFile } from './params-file.ts';
import { textInPlace } from './texts-in-place.ts';

export interface ParamSource {
  readonly file: WorkspacePath;
  /** Of the values in the file: `vars` and an index in a pipeline file. */
  readonly prefix: ValuePath;
  readonly values: ValueMap;
}

/** @throws PipeError for a file that cannot be parsed. */
export function paramSources(
  project: Pick<Project, 'root' | 'files' | 'variableFiles' | 'stages'>,
): readonly ParamSource[] {
  const { root, files, variableFiles, stages } = project;
  const inline = files.flatMap((file) =>
    varsOf(root, file).flatMap((item, index) =>
      isMap(item) ? [{ file, prefix: ['vars', index], values: item }] : [],
    ),
  );
  const declared = stages.flatMap(({ params }) => params.map(({ at }) => at).filter((at) => !isPackage(at)));
  const named = new Set([...variableFiles, ...declared]);
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
