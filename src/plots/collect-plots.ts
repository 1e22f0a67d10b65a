// Finds the plots of a project: those of pipeline files, the outputs that are plots, and files that a command line names.
import { posix, relative } from 'node:path';
import { isMap, spellScalar } from '../base/spelling.ts';
import type { Value, ValueMap } from '../base/value.ts';
import { absolutePath, isWithin, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { Project } from '../pipeline/project.ts';
import type { Reports } from '../pipeline/reports.ts';
import type { PlotProps } from '../pipeline/stage.ts';
import { isNamedAfterFile, readDefinition, type Definition, type Settings } from './definition.ts';
import type { PlotFiles } from './plot-files.ts';
import { selects, type Selected } from './select-plots.ts';

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

export interface CollectedPlots {
  readonly groups: PlotGroups;
  /** The targets that select a plot or a file. */
  readonly matched: ReadonlySet<string>;
}

export async function collectPlots(options: CollectOptions): Promise<CollectedPlots> {
  const { project, files, targets, settings } = options;
  const groups = new Map<string, Map<string, Definition>>();
  const matched = new Set<string>();
  const isSelected = (selected: Selected): boolean => {
    const selecting = targets.filter((target) => selects(target, selected));
    for (const target of selecting) matched.add(target);
    return targets.length === 0 || selecting.length > 0;
  };
  const naming = namesFrom(options);
  for (const report of project.reports) {
    if (report.plots === undefined || report.plots === null) continue;
    const shown = naming.name(report.file);
    groups.set(shown, await declaredPlots(report, shown, options, isSelected));
  }
  const others = new Map<string, Definition>();
  for (const { file, wdir, outs } of project.stages) {
    for (const { at, path, plot } of outs) {
      const name = naming.within(wdir, path);
      if (plot === false || !isSelected({ file: naming.name(file), name })) continue;
      const props = plot === true ? new Map() : mapOf(plot);
      const definition = { ...readDefinition(props, (place) => place), ...settings };
      for (const found of await files.files(at)) others.set(below(name, at, found), definition);
    }
  }
  const isEmpty = groups.size === 0 && others.size === 0;
  for (const target of targets) {
    const at = workspacePath(project.root, options.cwd, target);
    const exists = await isThere(at, files);
    if (exists) matched.add(target);
    if (!exists && !isEmpty) continue;
    for (const found of await files.files(at)) {
      const name = below(target, at, found);
      others.set(name, { ...others.get(name), ...settings });
    }
  }
  return { groups: groups.set('', others), matched };
}

/** The name of a file in a folder that has a name. */
const below = (name: string, at: WorkspacePath, found: WorkspacePath): string =>
  found === at ? name : `${name === '.' ? '' : `${name}/`}${at === '.' ? found : found.slice(at.length + 1)}`;

/** @param shown name of the pipeline file. */
async function declaredPlots(
  { folder, plots }: Reports,
  shown: string,
  options: CollectOptions,
  isSelected: (selected: Selected) => boolean,
): Promise<Map<string, Definition>> {
  const group = new Map<string, Definition>();
  const naming = namesFrom(options);
  const entries = entriesOf(plots!);
  const placeOf = (path: string): WorkspacePath => workspacePath(options.project.root, folder, path);
  const places = Array.from(entries.keys(), placeOf);
  for (const [name, props] of entries) {
    if (!isSelected({ file: shown, name })) continue;
    const definition = readDefinition(props, (path) => naming.within(folder, path));
    const shownAs = { ...definition, ...options.settings };
    if (!isNamedAfterFile(definition)) {
      group.set(name, shownAs);
      continue;
    }
    const at = placeOf(name);
    for (const found of await options.files.files(at)) {
      // The most specific declaration counts.
      const isOther = places.some((place) => place !== at && isWithin(place, at) && isWithin(found, place));
      if (!isOther) group.set(below(naming.within(folder, name), at, found), shownAs);
    }
  }
  return group;
}

/** `plots:` of a pipeline file; of a name that is declared twice, the last. */
function entriesOf(plots: Value): ReadonlyMap<string, ValueMap> {
  const entries = new Map<string, ValueMap>();
  const add = (map: ValueMap): void => {
    for (const [name, props] of map) entries.set(spellScalar(name), isMap(props) ? props : new Map());
  };
  if (isMap(plots)) add(plots);
  else
    for (const item of plots as readonly Value[]) add(isMap(item) ? item : new Map([[item as string, null]]));
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
  /** Of a path that is relative to a folder: as written, behind the name of the folder. */
  readonly within: (folder: WorkspacePath, path: string) => string;
  readonly place: (name: string) => WorkspacePath;
} {
  const { root } = project;
  const name = (at: WorkspacePath): string =>
    cwd === '.' && !at.startsWith('/')
      ? at
      : relative(absolutePath(root, cwd), absolutePath(root, at)) || '.';
  return {
    name,
    within: (folder, path) => (path.startsWith('/') ? path : trim(posix.join(name(folder), path))),
    place: (shown) => workspacePath(root, cwd, shown),
  };
}

const trim = (path: string): string => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);
