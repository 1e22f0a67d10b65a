// Where the `deps` entry of a dependency is written. Looked up only for messages: stages keep no places of their parts.
import { isList, isMap } from '../base/spelling.ts';
import { PipeError, type Place } from '../base/problem.ts';
import type { Value } from '../base/value.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import { readYaml } from '../yaml/yaml-source.ts';
import { readPipelineText } from './pipeline-file.ts';
import type { Dep, Stage } from './stage.ts';

/** The place of the stage where the entry is not found, as for an import of a source file. @param root absolute. */
export function depPlace(root: string, stage: Stage, dep: Dep): Place {
  const { file, line } = stage.place;
  try {
    const source = readYaml(readPipelineText(absolutePath(root, file as WorkspacePath), file), file);
    const stages = isMap(source.value) ? source.value.get('stages') : undefined;
    for (const [name, body] of isMap(stages) ? stages : []) {
      const path = ['stages', name];
      if (!isMap(body) || source.place(path, 'key').line !== line) continue;
      const inner = body.get('do');
      const deps = (isMap(inner) ? inner : body).get('deps');
      const index = isList(deps) ? indexOf(deps, stage, dep) : -1;
      if (index >= 0) return source.place([...path, ...(isMap(inner) ? ['do'] : []), 'deps', index]);
    }
  } catch (error) {
    // Changed since the project was loaded.
    if (!(error instanceof PipeError)) throw error;
  }
  return stage.place;
}

/** By its text; one with a template by its position, which holds while every entry is one dependency. */
function indexOf(deps: readonly Value[], stage: Stage, dep: Dep): number {
  const written = deps.map((entry) => (isMap(entry) ? [...entry.keys()][0] : entry));
  const same = written.indexOf(dep.path);
  if (same >= 0) return same;
  const position = stage.deps.indexOf(dep);
  const text = written[position];
  return typeof text === 'string' && text.includes('${') ? position : -1;
}
