// Which experiments a command asks for, and the project of each.
import { readFileSync } from 'node:fs';
import { PipeError } from '../../base/problem.ts';
import { absolutePath, folderHere, type WorkspacePath } from '../../base/workspace-path.ts';
import { naming } from '../../disk/system-problem.ts';
import { effectiveTexts, isRelative } from '../../experiment/effective-texts.ts';
import { locksOf } from '../../experiment/record-locks.ts';
import { stateOf } from '../../experiment/record-state.ts';
import type { ExperimentRecord } from '../../experiment/record.ts';
import { recordNamed } from '../../experiment/record-files.ts';
import { readGrid } from '../../experiment/sweep/grid-file.ts';
import { allMembers, randomMembers, type Member } from '../../experiment/sweep/members.ts';
import { nameMembers, type NamedMember } from '../../experiment/sweep/name-members.ts';
import { readSweep } from '../../experiment/sweep/sweep.ts';
import { activeGraph } from '../../graph/active-graph.ts';
import type { LockEntry } from '../../lock/lock-entry.ts';
import { findRoot } from '../../pipeline/find-root.ts';
import { noOverlay } from '../../pipeline/params/overlay.ts';
import { paramSources } from '../../pipeline/params/param-sources.ts';
import type { StageAddress } from '../../pipeline/stage.ts';
import type { PlannedExperiment } from '../../run/experiment/planned-experiment.ts';
import { decidedStages, loadAt, type Loaded } from '../load.ts';
import { lockFileOf } from './lock-texts.ts';
import { gitState, type GitState } from './git-state.ts';

export interface AskedExperiments {
  readonly name: string | undefined;
  /** `-S`. */
  readonly set: readonly string[];
  /** Path of a file with values. */
  readonly grid: string | undefined;
  /** How many of the product, chosen by `seed`. */
  readonly random: number | undefined;
  readonly seed: number;
  readonly targets: readonly string[];
  /** Those that failed or were interrupted, in place of new ones. */
  readonly failed: boolean;
  readonly force: boolean;
}

/** An experiment with what is known of it before it runs. */
export interface Planned {
  readonly experiment: PlannedExperiment;
  readonly member: NamedMember;
  readonly targets: readonly string[];
  /** What overlays and targets are relative to. */
  readonly folder: WorkspacePath;
  readonly earlier: ExperimentRecord | undefined;
}

export interface Plan {
  readonly loaded: Loaded;
  readonly git: GitState;
  readonly planned: readonly Planned[];
}

/** @param records of the project. @throws PipeError before anything is written. */
export async function planExperiments(
  asked: AskedExperiments,
  loaded: Loaded,
  records: readonly ExperimentRecord[],
): Promise<Plan> {
  const git = gitState(loaded.project);
  const members = asked.failed
    ? failedMembers(asked, records, loaded)
    : namedMembers(asked, records, git, loaded.project);
  const sources = paramSources(loaded.project);
  const { root } = loaded.project;
  const planned: Planned[] = [];
  for (const { targets, folder = ROOT, ...member } of members) {
    const texts = effectiveTexts(member.overlays, { root, folder, sources });
    const earlier = records.find(({ name }) => name === member.name);
    const own = await loadWith(texts, loaded);
    const stages = decidedStages({ ...own, graph: activeGraph(own.graph) }, targets, { cwd: folder });
    planned.push({
      member,
      targets,
      folder,
      earlier,
      experiment: {
        name: member.name,
        project: own.project,
        graph: own.graph,
        stages,
        texts,
        earlier: entriesOf(earlier, own),
      },
    });
  }
  return { loaded, git, planned };
}

const ROOT = '.' as WorkspacePath;

interface TargetedMember extends NamedMember {
  readonly targets: readonly string[];
  readonly folder: WorkspacePath | undefined;
}

function namedMembers(
  asked: AskedExperiments,
  records: readonly ExperimentRecord[],
  git: GitState,
  { root }: Loaded['project'],
): readonly TargetedMember[] {
  const { grid, set, random, seed, targets } = asked;
  const axes = [
    ...(grid === undefined
      ? []
      : readGrid(
          naming(grid, () => readFileSync(grid)),
          grid,
        )),
    ...set.map(readSweep),
  ];
  const members = random === undefined ? allMembers(axes) : randomMembers(axes, random, seed);
  const different = [
    ...new Map(members.map((member): [string, Member] => [JSON.stringify(member), member])).values(),
  ];
  const isBound = targets.length > 0 || different.some((member) => member.some(isRelative));
  const here = isBound ? folderHere(root) : ROOT;
  const folder = here === ROOT ? undefined : here;
  const named = nameMembers(different, { ...asked, ...git, folder }, records);
  return named.map((member) => ({ ...member, targets, folder }));
}

function failedMembers(
  { name }: AskedExperiments,
  records: readonly ExperimentRecord[],
  { folders }: Loaded,
): readonly TargetedMember[] {
  const named =
    name === undefined ? records : records.filter((record) => record.name === name || record.group === name);
  if (named.length === 0 && name !== undefined) recordNamed(folders.experiments, name);
  return named
    .filter((record) => stateOf(record) === 'failed' || stateOf(record) === 'interrupted')
    .map(({ name, group, folder, overlays, targets }) => ({
      name,
      overlays,
      targets,
      folder,
      ...(group !== undefined && { group }),
    }));
}

/** The project as it is with other texts of parameter files. */
export async function loadWith(texts: ReadonlyMap<WorkspacePath, string>, loaded: Loaded): Promise<Loaded> {
  if (texts.size === 0) return loaded;
  const { root, files } = loaded.project;
  const pipelines = new Map([...texts].filter(([file]) => files.includes(file)));
  const inPlace = new Map([...texts].map(([file, text]) => [absolutePath(root, file), text]));
  return loadAt(findRoot(root), noOverlay, pipelines, inPlace);
}

function entriesOf(
  record: ExperimentRecord | undefined,
  { dialect, project }: Loaded,
): ReadonlyMap<StageAddress, LockEntry> {
  if (!record) return new Map();
  let locks: ReturnType<typeof locksOf>;
  try {
    locks = locksOf(record, dialect.lockFile.format);
  } catch (error) {
    // Without them only stages run again whose results the run cache does not keep.
    if (error instanceof PipeError) return new Map();
    throw error;
  }
  return new Map(
    project.stages.flatMap((stage) => {
      const entry = locks.get(lockFileOf(stage, dialect))?.entries.get(stage.name);
      return entry ? [[stage.address, entry] as const] : [];
    }),
  );
}
