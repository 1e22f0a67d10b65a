// Data of a project of our own is declared under `data:` of a pipeline file.
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { PipeError } from '../base/problem.ts';
import { isList, isMap } from '../base/spelling.ts';
import { absolutePath, parentFolder, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { DataDeclarations, DataOptions, NewData } from '../pipeline/data-declarations.ts';
import { addData, changeData, removeData } from '../pipeline/edit/data-section.ts';
import { readPipelineText } from '../pipeline/pipeline-file.ts';
import type { Project, ProjectRoot } from '../pipeline/project.ts';
import type { Stage } from '../pipeline/stage.ts';
import { hasTemplate } from '../pipeline/template/expression.ts';
import { withNewlines } from '../yaml/read-text.ts';
import type { Plain } from '../yaml/write-entry.ts';
import { readYaml, type YamlSource } from '../yaml/yaml-source.ts';

type At = Pick<ProjectRoot, 'root' | 'pipelineFile'>;

export const ownData: DataDeclarations = {
  declare(at, folder, entries, changed) {
    const byFile = Map.groupBy(entries, ({ file }) => file ?? nearestFile(at, folder));
    return new Map(
      [...byFile].map(([file, inFile]) => [
        file,
        addData(changed?.get(file) ?? textOf(at.root, file), file, inFile.map(entryIn(file))),
      ]),
    );
  },
  change(project, stages, options) {
    return new Map(
      [...entriesByFile(project, stages)].map(([file, entries]) => [
        file,
        entries.reduce(
          (text, { index }) => changeData(text, file, index, literalOptions(options)),
          entries[0]!.text,
        ),
      ]),
    );
  },
  remove(project, stages) {
    return new Map(
      [...entriesByFile(project, stages)].map(([file, entries]) => {
        // From the end, so that the places before it stay right.
        const indexes = [...new Set(entries.map(({ index }) => index))].sort((a, b) => b - a);
        return [file, indexes.reduce((text, index) => removeData(text, file, index), entries[0]!.text)];
      }),
    );
  },
  move(project, stage, to) {
    const { file, text, index, source } = find(project, stage);
    const written = declaredPath(source, index);
    const declared = written.replaceAll('\\${', '${');
    const at = stage.outs[0]!.at;
    // An include can give the file another folder for its paths.
    const folder = [parentFolder(file), ...foldersAbove(at)].find(
      (folder) => workspacePath(project.root, folder, declared) === at,
    );
    if (hasTemplate(written) || folder === undefined)
      throw new PipeError({
        code: 'edit-refused',
        title: `the path of '${at}' is made by a template`,
        hint: 'edit the file by hand; nothing was changed',
        place: stage.place,
      });
    return new Map([[file, changeData(text, file, index, { path: literal(posix.relative(folder, to)) })]]);
  },
};

/** The pipeline file of the folder, or of the nearest one above it. @throws PipeError for a dvc.yaml, which has no `data:`. */
export function nearestFile({ root, pipelineFile }: At, folder: WorkspacePath): WorkspacePath {
  if (pipelineFile === 'dvc.yaml')
    throw new PipeError({
      code: 'data-needs-pipeline',
      title: 'a dvc.yaml cannot declare data',
      hint: 'rename it to pipeline.yaml, or make this a DVC repository (`dvc init`)',
      place: { file: pipelineFile },
    });
  const [at] = [folder, ...foldersAbove(folder)].filter((at) =>
    existsSync(absolutePath(root, inFolder(at, pipelineFile))),
  );
  return inFolder(at ?? ('.' as WorkspacePath), pipelineFile);
}

const inFolder = (folder: WorkspacePath, name: string): WorkspacePath =>
  posix.join(folder, name) as WorkspacePath;

function foldersAbove(path: WorkspacePath): WorkspacePath[] {
  return path === '.' ? [] : [parentFolder(path), ...foldersAbove(parentFolder(path))];
}

const textOf = (root: string, file: WorkspacePath): string | undefined =>
  existsSync(absolutePath(root, file)) ? readPipelineText(absolutePath(root, file), file) : undefined;

const entryIn =
  (file: WorkspacePath) =>
  ({ at, ...options }: NewData): Parameters<typeof addData>[2][number] => ({
    path: literal(posix.relative(parentFolder(file), at)),
    ...literalOptions(options),
  });

const literalOptions = ({ desc, remote, push, from }: DataOptions): DataOptions => ({
  ...(desc !== undefined && { desc: literal(desc) }),
  ...(remote !== undefined && { remote: literal(remote) }),
  ...(push !== undefined && { push }),
  ...(from !== undefined && { from: literalIn(from) }),
});

/** As it is written where templates are resolved. */
const literal = (text: string): string => text.replaceAll('${', '\\${');

function literalIn(value: Plain): Plain {
  if (typeof value === 'string') return literal(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(literalIn);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, literalIn(inner)]));
}

interface Found {
  readonly file: WorkspacePath;
  readonly text: string;
  readonly source: YamlSource;
  readonly index: number;
}

const entriesByFile = (project: Project, stages: readonly Stage[]): Map<WorkspacePath, Found[]> =>
  Map.groupBy(
    stages.map((stage) => find(project, stage)),
    ({ file }) => file,
  );

/** The entry of a stage, by its place: its file can be one that another includes. */
function find({ root }: Project, { place }: Stage): Found {
  const file = place.file as WorkspacePath;
  const text = readPipelineText(absolutePath(root, file), file);
  const source = readYaml(withNewlines(text), file);
  const data = isMap(source.value) ? source.value.get('data') : undefined;
  const index = (isList(data) ? data : []).findIndex((entry, index) => {
    const here = source.place(isMap(entry) ? ['data', index, 'path'] : ['data', index]);
    return here.line === place.line && here.column === place.column;
  });
  if (index < 0) throw new Error(`${file} has no entry at ${place.line}:${place.column}`);
  return { file, text, source, index };
}

function declaredPath({ value }: YamlSource, index: number): string {
  const data = isMap(value) ? value.get('data') : undefined;
  const entry = isList(data) ? data[index] : undefined;
  const path = isMap(entry) ? entry.get('path') : entry;
  return typeof path === 'string' ? path : '';
}
