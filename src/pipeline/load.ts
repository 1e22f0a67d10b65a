// Loads a project: every pipeline file in it, with the overlay applied, and the values of parameters.
import { collectFiles } from './collect.ts';
import { declaredCacheFolder, readConfig } from './config.ts';
import { dvcCacheConfig, readDvcConfig, type DvcConfig } from './dvc-config.ts';
import { loadDvcFile } from './dvc-file.ts';
import { checkDvcLock } from './dvc-lock-check.ts';
import { dvcRemotes } from './dvc-remotes.ts';
import { MUTEX_PREFIX } from './extensions.ts';
import { escapingOuts } from './escapes.ts';
import { importFollower } from './imports.ts';
import type { Overlay } from './overlay.ts';
import { openOverlay, type OverlayMerge } from './overlay-merge.ts';
import { absolutePath } from './paths.ts';
import { readParamsFile } from './params-file.ts';
import { loadPipelineFile, type PipelineFile } from './pipeline-file.ts';
import { PipeError, type Problem } from './problem.ts';
import type { Project, ProjectRoot } from './project.ts';
import { isList, isMap } from './spelling.ts';
import type { ParamsDep, Stage, WorkspacePath } from './stage.ts';
import { defaultFlagStyle, type FlagStyle } from './template.ts';
import type { Value, ValueMap } from './value.ts';

/**
 * @param overlay of --params and -S.
 * @throws PipeError with the problems of all files.
 */
export function loadProject(at: ProjectRoot, overlay: Overlay): Project {
  const merge = openOverlay(at.root, overlay);
  const dvc = at.kind === 'dvc' ? readDvcConfig(at.root) : undefined;
  const flags = dvc ? readFlagStyle(dvc) : defaultFlagStyle;
  const stages: Stage[] = [];
  const files: WorkspacePath[] = [];
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const follow = importFollower(at.root);
  let rootFile: PipelineFile | undefined;

  const load = (file: WorkspacePath): readonly Stage[] => {
    if (at.kind === 'dvc' && file.endsWith('.dvc')) return [loadDvcFile(at.root, file)];
    const loaded = loadPipelineFile(file, { at, overlay: merge, flags });
    if (at.kind === 'dvc') checkDvcLock(at.root, file);
    files.push(...loaded.files);
    warnings.push(...loaded.warnings);
    if (file === at.pipelineFile) rootFile = loaded;
    return loaded.stages.map(follow);
  };
  collectFiles(at, (file) => {
    try {
      const found = load(file);
      stages.push(...found);
      const outs = found.flatMap((stage) => stage.outs.map((out) => out.at));
      return file === at.pipelineFile ? [...outs, declaredCacheFolder(rootFile?.config)] : outs;
    } catch (error) {
      if (!(error instanceof PipeError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  problems.push(...duplicateStages(stages));
  // In a DVC repository such outputs are found when they are stored, as by DVC.
  if (at.kind === 'pipe') problems.push(...escapingOuts(at.root, stages));
  if (problems.length > 0) throw new PipeError(problems);

  const params = paramsReader(at.root, merge);
  if (!merge.empty) refuseUnknown(merge, stages, params);
  const config = readConfig(at.root, rootFile?.config, rootFile?.source);
  return {
    ...at,
    config: {
      ...config,
      ...(dvc && { cache: dvcCacheConfig(dvc), remotes: dvcRemotes(dvc, config.remotes) }),
      pools: { ...config.pools, ...mutexes(stages) },
    },
    stages,
    files: [...new Set(files)],
    overlay,
    warnings,
    params,
  };
}

/** Names of one file are unique by themselves; an include may bring one in again. */
function duplicateStages(stages: readonly Stage[]): Problem[] {
  const first = new Map<string, Stage>();
  return stages.flatMap((stage): Problem[] => {
    const before = first.get(stage.address);
    if (!before) first.set(stage.address, stage);
    if (!before) return [];
    const { file, line } = before.place;
    return [
      {
        code: 'duplicate-stage',
        title: `two stages are called '${stage.address}'`,
        facts: [['first', `${file}:${line}`]],
        hint: 'rename one, or give the include another prefix',
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

/** Keys of the overlay that no template context has may still stand in a parameter file. */
function refuseUnknown(merge: OverlayMerge, stages: readonly Stage[], params: Project['params']): void {
  if (merge.unknown().length === 0) return;
  const files = new Map(
    stages
      .flatMap((stage) => stage.params)
      .flatMap((dep) => (isPackage(dep) ? [] : [[dep.at, dep] as const])),
  );
  for (const dep of files.values()) params({ ...dep, keys: [] });
  const unknown = merge.unknown();
  if (unknown.length > 0) throw new PipeError(unknown);
}

function paramsReader(root: string, merge: OverlayMerge): Project['params'] {
  const overlaid = new WeakMap<ValueMap, ValueMap>();
  const apply = (values: ValueMap): ValueMap => {
    if (merge.empty) return values;
    const known = overlaid.get(values) ?? merge.apply(values);
    overlaid.set(values, known);
    return known;
  };
  return (dep: ParamsDep) => {
    const file = readParamsFile(absolutePath(root, dep.at), dep.at);
    const values = isMap(file?.value) ? (isPackage(dep) ? file.value : apply(file.value)) : undefined;
    if (dep.keys.length === 0)
      return new Map([...(values ?? [])].map(([key, value]) => [String(key), value]));
    return new Map(dep.keys.map((key) => [key, values && valueAtKey(values, key)]));
  };
}

/** The version of an imported package is no parameter of the project's own. */
const isPackage = ({ at }: ParamsDep): boolean => at.includes('node_modules/');

/** `a.b.0`: keys of mappings and indices of lists. */
function valueAtKey(values: ValueMap, key: string): Value | undefined {
  let value: Value | undefined = values;
  for (const step of key.split('.')) {
    // A value may be null, which is a value.
    if (isMap(value) && !value.has(step)) value = /^-?\d+$/.test(step) ? value.get(BigInt(step)) : undefined;
    else if (isMap(value)) value = value.get(step);
    else if (isList(value)) value = /^\d+$/.test(step) ? value[Number(step)] : undefined;
    else return undefined;
  }
  return value;
}

function readFlagStyle(config: DvcConfig): FlagStyle {
  const parsing = config.get('parsing');
  return {
    bool: parsing?.get('bool')?.value === 'boolean_optional' ? 'boolean_optional' : 'store_true',
    list: parsing?.get('list')?.value === 'append' ? 'append' : 'nargs',
  };
}
