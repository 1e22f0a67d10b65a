// Loads a project: every pipeline file in it, with the overlay applied to the names that templates use.
import { basename } from 'node:path';
import { collectFiles } from './collect-files.ts';
import { cacheFolders, readConfig } from './config/config.ts';
import { declaredParams } from './params/declared-params.ts';
import { MUTEX_PREFIX } from './format/stage-extensions.ts';
import { ImportFollower } from './imports/import-follower.ts';
import { ScanMemory } from './imports/scan-memory.ts';
import type { Overlay } from './params/overlay.ts';
import { openOverlay, type OverlayMerge } from './params/overlay-merge.ts';
import type { PipelineFile } from './inclusion.ts';
import type { LoadMemory } from './load-memory.ts';
import type { LoadOptions } from './load-options.ts';
import type { FlagStyle } from './template/flags.ts';
import { loadPipelineFile } from './pipeline-file.ts';
import { PipeError, type Problem } from '../base/problem.ts';
import type { ProjectConfig } from './config/project-config.ts';
import type { Project, ProjectRoot } from './project.ts';
import type { Reports } from './reports.ts';
import type { Stage } from './stage.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';

/**
 * @param overlay of --params and -S; @param drafts texts to use in place of pipeline files, or as new ones.
 * @param openScans called where imports are to be followed; @param openMemory of files that are loaded as they are on disk.
 * @throws PipeError with the problems of all files.
 */
export function loadProject(
  at: ProjectRoot,
  overlay: Overlay,
  drafts?: ReadonlyMap<WorkspacePath, string>,
  openScans: (config: ProjectConfig) => ScanMemory = () => new ScanMemory(),
  openMemory: (flags: FlagStyle) => LoadMemory | undefined = () => undefined,
): Project {
  const merge = openOverlay(at.root, overlay);
  const settings = at.loading.settings(at.root);
  const memory = merge.empty && !drafts ? openMemory(settings.flags) : undefined;
  const options = { at, overlay: merge, flags: settings.flags, ...(drafts && { drafts }) };
  const loaded = loadFiles(options, memory);
  const { stages: declared, files, variableFiles, reports, warnings, rootFile } = loaded;
  const refused = at.loading.refusedOuts(at.root, declared);
  const problems = [...loaded.problems, ...duplicateStages(declared), ...refused];
  if (problems.length > 0) throw new PipeError(problems);

  const config = settings.config(
    readConfig(at.root, rootFile?.config, rootFile?.source, settings.userConfig),
  );
  const stages = withImports(declared, at.root, () => openScans(config));
  const { params, overlaid } = declaredParams(at.root, merge);
  if (!merge.empty) refuseUnknown(merge, stages, overlaid);
  const remembered = memory?.save();
  return {
    ...at,
    ...(remembered !== undefined && { remembered }),
    config: {
      ...config,
      pools: { ...config.pools, ...mutexes(stages) },
    },
    stages,
    files: [...new Set(files)],
    variableFiles: [...new Set(variableFiles)],
    reports,
    overlay,
    warnings,
    params,
    overlaid,
  };
}

/** The content of all files of a project. */
interface LoadedFiles {
  readonly stages: readonly Stage[];
  readonly files: readonly WorkspacePath[];
  readonly variableFiles: readonly WorkspacePath[];
  readonly reports: readonly Reports[];
  readonly warnings: readonly Problem[];
  readonly problems: readonly Problem[];
  /** Undefined where the root has no pipeline file, or it has problems. */
  readonly rootFile: PipelineFile | undefined;
}

function loadFiles(options: LoadOptions, memory: LoadMemory | undefined): LoadedFiles {
  const { at, drafts = new Map() } = options;
  const stages: Stage[] = [];
  const files: WorkspacePath[] = [];
  const variableFiles: WorkspacePath[] = [];
  const reports: Reports[] = [];
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  let rootFile: PipelineFile | undefined;

  const load = (file: WorkspacePath): readonly Stage[] => {
    if (at.loading.isDataFile(basename(file)))
      return [at.loading.loadDataFile(at.root, file, drafts.get(file))];
    const read = reading(file, options);
    const loaded = memory ? memory.load(file, read) : read();
    at.loading.checkLock(at.root, file);
    files.push(...loaded.files);
    variableFiles.push(...loaded.variableFiles);
    reports.push(...loaded.reports);
    warnings.push(...loaded.warnings);
    if (file === at.pipelineFile) rootFile = loaded;
    return loaded.stages;
  };
  const visited = new Set<WorkspacePath>();
  const visit = (file: WorkspacePath): readonly WorkspacePath[] => {
    visited.add(file);
    try {
      const found = load(file);
      // One by one: a call takes a limited number of arguments.
      for (const stage of found) stages.push(stage);
      const outs = found.flatMap((stage) => stage.outs.map((out) => out.at));
      return file === at.pipelineFile ? [...outs, ...cacheFolders(rootFile?.config)] : outs;
    } catch (error) {
      if (!(error instanceof PipeError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  };
  collectFiles(at, visit);
  for (const file of drafts.keys()) if (!visited.has(file)) visit(file);
  return { stages, files, variableFiles, reports, warnings, problems, rootFile };
}

/** Reports keep this function, so it is made where it does not keep the memory. */
const reading = (file: WorkspacePath, options: LoadOptions) => (): PipelineFile =>
  loadPipelineFile(file, options);

function withImports(stages: readonly Stage[], root: string, openScans: () => ScanMemory): readonly Stage[] {
  if (!stages.some(({ deps }) => deps.some(({ imports }) => imports))) return stages;
  const follower = new ImportFollower(root, openScans());
  return stages.map((stage) => follower.withImports(stage));
}

/** The names of one file are unique; an include may repeat one. */
function duplicateStages(stages: readonly Stage[]): Problem[] {
  const first = new Map<string, Stage>();
  return stages.flatMap((stage): Problem[] => {
    const before = first.get(stage.address);
    if (!before) first.set(stage.address, stage);
    if (!before) return [];
    const { file, line } = before.place;
    const isData = before.cmd === null && stage.cmd === null;
    return [
      {
        code: 'duplicate-stage',
        title: isData
          ? `'${stage.address}' is declared as data twice`
          : `two stages are called '${stage.address}'`,
        facts: [['first', `${file}:${line}`]],
        hint: isData ? 'remove one entry' : 'rename one, or give the include another prefix',
        place: stage.place,
      },
    ];
  });
}

/** A mutex is a pool of size 1. */
function mutexes(stages: readonly Stage[]): { [pool: string]: number } {
  const names = stages
    .flatMap(({ resources }) => Object.keys(resources.pools))
    .filter((name) => name.startsWith(MUTEX_PREFIX));
  return Object.fromEntries(names.map((name) => [name, 1]));
}

/** Keys of the overlay that no template context has may still be in a parameter file that a stage declares. */
function refuseUnknown(merge: OverlayMerge, stages: readonly Stage[], overlaid: Project['overlaid']): void {
  if (merge.unknown().length === 0) return;
  for (const stage of stages) for (const dep of stage.params) overlaid(dep);
  const unknown = merge.unknown();
  if (unknown.length > 0) throw new PipeError(unknown);
}
