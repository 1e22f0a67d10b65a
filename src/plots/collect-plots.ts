// Finds the plots of a project: those of pipeline files, the outputs that are plots, and files that a command line names.
import { relative } from 'node:path';
import { isMap, spellScalar } from '../base/spelling.ts';
import type { Value, ValueMap } from '../base/value.ts';
import { absolutePath, isWithin, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { Project } from '../pipeline/project.ts';
import type { PlotProps } from '../pipeline/stage.ts';
import { isNamedAfterFile, readDefinition, type Definition, type Settings } from './definition.ts';
import type { PlotFiles } from './plot-files.ts';
import { selects } from './select-plots.ts';

/** The plots of one pipeline file, or, under the name '', outputs and files. */
export type PlotGroups = ReadonlyMap<string, ReadonlyMap<string, Definition>>;

export interface CollectOptions {
  readonly project: Pick<Project, 'root' | 'stages' | 'reports'>;
  readonly files: PlotFiles;
  /** The current folder: names are relative to it. */
  readonly cwd: WorkspacePath;
  /** Names of plots, patterns, or files; none selects all. */
  readonly targets: readonly string[];
  readonly settings: Settings;
}

export async function collectPlots(options: CollectOptions): Promise<PlotGroups> {
  const groups = new Map<string, Map<string, Definition>>();
  const groupOf = (name: string): Map<string, Definition> => {
    const group = groups.get(name) ?? new Map<string, Definition>();
    groups.set(name, group);
    return group;
  };
  const naming = namesFrom(options);
  for (const { file, folder, plots } of options.project.reports) {
    if (plots === undefined || plots === null) continue;
    const shown = naming.name(file);
    await collectDeclared(entriesOf(plots), shown, folder, options, groupOf(shown));
  }
  const others = groupOf('');
  for (const { file, outs } of options.project.stages) {
    for (const { at, plot } of outs) {
      const selected = { file: naming.name(file), name: naming.name(at) };
      if (plot === false || !selects(options.targets, selected)) continue;
      const props = plot === true ? new Map() : mapOf(plot);
      const definition = { ...readDefinition(props, (name) => name), ...options.settings };
      for (const found of await options.files.files(at)) others.set(naming.name(found), definition);
    }
  }
  for (const target of options.targets) {
    const at = workspacePath(options.project.root, options.cwd, target);
    const exists = await isThere(at, options.files);
    if (!exists && hasAny(groups)) continue;
    for (const found of await options.files.files(at))
      others.set(naming.name(found), { ...others.get(naming.name(found)), ...options.settings });
  }
  return groups;
}

const hasAny = (groups: PlotGroups): boolean => [...groups.values()].some(({ size }) => size > 0);

/** @param shown name of the pipeline file; @param folder what its paths are relative to. */
async function collectDeclared(
  entries: ReadonlyMap<string, ValueMap>,
  shown: string,
  folder: WorkspacePath,
  options: CollectOptions,
  group: Map<string, Definition>,
): Promise<void> {
  const { root } = options.project;
  const naming = namesFrom(options);
  const placeOf = (path: string): WorkspacePath => workspacePath(root, folder, path);
  const places = Array.from(entries.keys(), placeOf);
  for (const [name, props] of entries) {
    if (!selects(options.targets, { file: shown, name })) continue;
    const definition = readDefinition(props, (path) => naming.name(placeOf(path)));
    const shownAs = { ...definition, ...options.settings };
    if (!isNamedAfterFile(definition)) {
      group.set(name, shownAs);
      continue;
    }
    const at = placeOf(name);
    for (const found of await options.files.files(at)) {
      // The most specific declaration counts.
      const isOther = places.some((place) => place !== at && isWithin(place, at) && isWithin(found, place));
      if (!isOther) group.set(naming.name(found), shownAs);
    }
  }
}

/** `plots:` of a pipeline file; of a name that is declared twice, the last. */
function entriesOf(plots: Value): ReadonlyMap<string, ValueMap> {
  const entries = new Map<string, ValueMap>();
  const add = (map: ValueMap): void => {
    for (const [name, props] of map) entries.set(spellScalar(name), isMap(props) ? props : new Map());
  };
  if (isMap(plots)) add(plots);
  else for (const item of plots as readonly Value[]) add(isMap(item) ? item : new Map([[item as string, null]]));
  return entries;
}

const mapOf = (props: PlotProps): ValueMap => new Map(Object.entries(props));

async function isThere(at: WorkspacePath, files: PlotFiles): Promise<boolean> {
  if (files.isFolder(at)) return true;
  const [first] = await files.files(at);
  return first !== undefined && (first !== at || (await files.read(at)) !== undefined);
}

/** Names of files, relative to the current folder. */
export function namesFrom({ project, cwd }: Pick<CollectOptions, 'project' | 'cwd'>): {
  readonly name: (at: WorkspacePath) => string;
  readonly place: (name: string) => WorkspacePath;
} {
  const { root } = project;
  return {
    name: (at) =>
      cwd === '.' && !at.startsWith('/') ? at : relative(absolutePath(root, cwd), absolutePath(root, at)) || '.',
    place: (name) => workspacePath(root, cwd, name),
  };
}

