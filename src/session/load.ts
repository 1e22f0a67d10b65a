// Finds and loads the project around the current folder, with the overlay that the flags give.
import { join, relative, resolve } from 'node:path';
import type { CacheFolder } from '../cache/remote/cache-as-remote.ts';
import type { Dialect } from '../dialect.ts';
import { partsAmong, selectTargets, type PartOfOut, type TargetOptions } from '../graph/targets.ts';
import { buildGraph } from '../graph/build-graph.ts';
import { withDependencies } from '../graph/order.ts';
import type { StageGraph } from '../graph/stage-graph.ts';
import type { ProjectConfig } from '../pipeline/config/project-config.ts';
import type { RemoteFiles } from '../pipeline/config/remote-files.ts';
import { findRoot, type FoundRoot } from '../pipeline/find-root.ts';
import { loadProject } from '../pipeline/load.ts';
import { refuseOverlaid } from '../pipeline/params/overlaid-params.ts';
import { ScanMemory } from '../pipeline/imports/scan-memory.ts';
import { LoadMemory } from '../pipeline/load-memory.ts';
import type { FlagStyle } from '../pipeline/template/flags.ts';
import { readingTexts, type TextsInPlace } from '../pipeline/params/texts-in-place.ts';
import { noOverlay, type Overlay } from '../pipeline/params/overlay.ts';
import type { Project } from '../pipeline/project.ts';
import type { Stage } from '../pipeline/stage.ts';
import { folderHere, type WorkspacePath } from '../base/workspace-path.ts';
import type { Folders } from '../plan/workspace.ts';

declare const PIPE_BUILD: string;

/** Put in by the build; sources that run as they are have none. */
const build = typeof PIPE_BUILD === 'string' ? PIPE_BUILD : undefined;

export interface OverlayFlags {
  readonly params?: readonly string[];
  readonly set?: readonly string[];
  readonly lock?: string;
}

export interface Loaded {
  readonly dialect: Dialect;
  readonly project: Project;
  readonly graph: StageGraph;
  readonly folders: Folders;
  /** What sources import; undefined where no stage follows imports. */
  readonly scans: ScanMemory | undefined;
}

/** @throws PipeError with everything that is wrong in the pipeline files. */
export async function load(flags: OverlayFlags): Promise<Loaded> {
  const found = findRoot(process.cwd());
  return loadAt(found, overlayOf(flags, found.root));
}

/**
 * @param drafts texts to use in place of pipeline files, or as new ones; @param texts in place of parameter files.
 * @throws PipeError as `load` does.
 */
export async function loadAt(
  found: FoundRoot,
  overlay: Overlay,
  drafts?: ReadonlyMap<WorkspacePath, string>,
  texts: TextsInPlace = new Map(),
): Promise<Loaded> {
  const declared = await declaredAt(found, overlay, drafts, texts);
  const graph = buildGraph(declared.project);
  declared.dialect.refuseOuts(declared.project);
  return { ...declared, graph };
}

/**
 * For commands that only show: also a project that could not run, since two of its stages write one output.
 * @throws PipeError with everything that is wrong in single pipeline files.
 */
export async function loadToShow(
  found: FoundRoot,
  drafts?: ReadonlyMap<WorkspacePath, string>,
  texts?: TextsInPlace,
): Promise<Loaded> {
  const declared = await declaredAt(found, noOverlay, drafts, texts);
  return { ...declared, graph: buildGraph(declared.project, 'ignored') };
}

async function declaredAt(
  found: FoundRoot,
  overlay: Overlay,
  drafts?: ReadonlyMap<WorkspacePath, string>,
  texts: TextsInPlace = new Map(),
): Promise<Omit<Loaded, 'graph'>> {
  const dialect = await dialectOf(found);
  const { root, pipelineFile } = found;
  let scans: ScanMemory | undefined;
  const openScans = (config: ProjectConfig): ScanMemory =>
    (scans = scanMemoryIn(foldersOf(root, config, dialect).state));
  const at = { root, pipelineFile, loading: dialect.loading };
  const state = join(dialect.ownFolder(root), 'state');
  const openMemory = (flags: FlagStyle): LoadMemory | undefined =>
    texts.size === 0 ? loadMemoryIn(state, [at.root, pipelineFile, flags]) : undefined;
  const declared = readingTexts(texts, () => loadProject(at, overlay, drafts, openScans, openMemory));
  const project = readingIn(texts, dialect.withLinkedPlaces(declared));
  return { dialect, project, folders: foldersOf(root, project.config, dialect), scans };
}

/** The project, whose stages read their parameters in these texts. */
function readingIn(texts: TextsInPlace, project: Project): Project {
  if (texts.size === 0) return project;
  return {
    ...project,
    params: (dep) => readingTexts(texts, () => project.params(dep)),
    overlaid: (dep) => readingTexts(texts, () => project.overlaid(dep)),
  };
}

/** Each build scans again: it may find something else. Sources that run as they are remember nothing. */
function scanMemoryIn(state: string): ScanMemory {
  return build === undefined ? new ScanMemory() : new ScanMemory(join(state, 'imports.db'), build);
}

/** Another build may load the same files differently. */
function loadMemoryIn(state: string, circumstances: readonly unknown[]): LoadMemory | undefined {
  if (build === undefined || process.env['PIPE_NO_FAST_ANSWER']) return undefined;
  return new LoadMemory(join(state, 'loaded'), [build, process.version, ...circumstances]);
}

/** DVC's rules apply where a `.dvc/` folder is. */
export async function dialectOf({ isDvcRepository }: Pick<FoundRoot, 'isDvcRepository'>): Promise<Dialect> {
  const { dialect } = isDvcRepository ? await import('../dvc/dialect.ts') : await import('../own/dialect.ts');
  return dialect;
}

/** The stages that the targets select; targets are relative to the current folder, if no other is given. @throws PipeError `unknown-target`. */
export function selectStages(
  { project, graph }: Pick<Loaded, 'project' | 'graph'>,
  targets: readonly string[],
  options: TargetOptions = {},
): readonly Stage[] {
  return selectTargets(graph, project, targets, { cwd: folderHere(project.root), ...options });
}

/**
 * The same, for a command that decides about the stages, or reads or writes their records.
 * @throws PipeError also where the overlay changes a value that one of them reads from a parameter file.
 */
export function decidedStages(
  loaded: Pick<Loaded, 'project' | 'graph'>,
  targets: readonly string[],
  options?: TargetOptions,
): readonly Stage[] {
  const stages = selectStages(loaded, targets, options);
  refuseOverlaid(loaded.project, stages);
  return stages;
}

/** What targets mean where a path inside of an output means that path alone. */
export interface Apart {
  readonly stages: readonly Stage[];
  /** Paths inside of outputs, unless those are selected as a whole. */
  readonly parts: readonly PartOfOut[];
}

/**
 * @param decide selects stages by the targets that are no such paths; called unless all are.
 * @param withDeps what the stages of these paths depend on is selected too.
 */
export function selectApart(
  { project, graph }: Pick<Loaded, 'project' | 'graph'>,
  targets: readonly string[],
  decide: (others: readonly string[]) => readonly Stage[],
  withDeps = false,
): Apart {
  const { parts, others } = partsAmong(graph, project, targets, folderHere(project.root));
  const making = parts.map(({ stage }) => stage);
  const before = withDeps ? withDependencies(graph, making).filter((stage) => !making.includes(stage)) : [];
  const decided = others.length === 0 && parts.length > 0 ? [] : decide(others);
  const stages = [...new Set([...before, ...decided])];
  const whole = new Set(stages.flatMap(({ outs }) => outs));
  return { stages, parts: parts.filter(({ out }) => !whole.has(out)) };
}

function overlayOf(flags: OverlayFlags, root: string): Overlay {
  const files = (flags.params ?? []).map((file) => {
    const inside = relative(root, resolve(file));
    return inside.startsWith('..') ? resolve(file) : inside;
  });
  return { files, set: flags.set ?? [] };
}

function foldersOf(root: string, config: ProjectConfig, dialect: Dialect): Folders {
  const cache = cacheIn(root, config.cache?.dir, dialect);
  const own = dialect.ownFolder(root);
  return {
    root,
    cache,
    own,
    state: join(own, 'state'),
    logs: join(own, 'logs'),
    scratch: join(own, 'tmp'),
    placing: join(own, 'placing'),
    saved: join(own, 'saved'),
    experiments: dialect.experimentsFolder(root),
  };
}

/** The cache of a project, found without loading its stages. @throws PipeError as `files.declared`. */
export async function cacheOf(found: FoundRoot, files: RemoteFiles): Promise<CacheFolder> {
  const dialect = await dialectOf(found);
  return { cache: cacheIn(found.root, files.cacheDir(), dialect), layout: dialect.layout };
}

/** @param dir where the cache is, if that is set. */
const cacheIn = (root: string, dir: string | undefined, { defaultCache }: Dialect): string =>
  resolve(root, dir ?? defaultCache);

/** The files that declare remotes. Outside of every project only the user's own can be edited. */
export async function remoteFilesOf(found: FoundRoot | undefined): Promise<RemoteFiles> {
  if (found?.isDvcRepository) {
    const { dvcRemoteFiles } = await import('../dvc/remote-files.ts');
    return dvcRemoteFiles(found.root);
  }
  const { ownRemoteFiles } = await import('../own/remote-files.ts');
  return ownRemoteFiles(found?.root ?? process.cwd(), found?.pipelineFile ?? 'pipeline.yaml');
}
