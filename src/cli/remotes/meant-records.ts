// Which records a command on a remote means: those of the stages that its targets select in the workspace, and at git revisions.
import { PipeError, type Problem } from '../../base/problem.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { chosenRevisions, type RevisionFlags } from '../../revision/chosen-revisions.ts';
import type { RecordedPart } from '../../run/remote/part-records.ts';
import type { StageRecord } from '../../run/remote/remote-outs.ts';
import { decidedStages, selectApart, selectStages, type Apart, type Loaded } from '../../session/load.ts';

export interface MeantFlags extends RevisionFlags {
  readonly recursive?: true;
  /** Targets are patterns; they may be without it too. */
  readonly glob?: true;
  readonly withDeps?: true;
  readonly runCache?: true;
}

/** Stages and parts are those of the workspace. */
export interface Meant extends Apart {
  /** Of the revisions. */
  readonly revisions: readonly StageRecord[];
  readonly revisionParts: readonly RecordedPart[];
  /** Revisions that cannot be read. */
  readonly problems: readonly Problem[];
}

/**
 * @param apart a path inside of an output means that path alone.
 * @throws PipeError for targets that select nothing anywhere, and for unknown revisions.
 */
export async function meantRecords(
  loaded: Loaded,
  targets: readonly string[],
  flags: MeantFlags,
  apart = false,
): Promise<Meant> {
  const options = {
    single: targets.length > 0 && !flags.withDeps,
    outs: !flags.runCache,
    ...(flags.recursive && { recursive: true }),
  };
  // A run is recorded with all that it made.
  const isApart = apart && !flags.runCache;
  const revisions: StageRecord[] = [];
  const revisionParts: RecordedPart[] = [];
  const problems: Problem[] = [];
  let found = false;
  for await (const revision of chosenRevisions(loaded, flags)) {
    if ('problems' in revision) {
      problems.push(...revision.problems);
      continue;
    }
    const { name, project } = revision;
    const at = { project, graph: revision.graph };
    const select = (others: readonly string[]): readonly Stage[] =>
      selectedOrNone(() => selectStages(at, others, options));
    const { stages, parts } = isApart
      ? selectApart(at, targets, select, flags.withDeps)
      : { stages: select(targets), parts: [] };
    found ||= stages.length + parts.length > 0;
    for (const stage of stages) revisions.push({ stage, entry: revision.entry(stage), revision: name });
    for (const part of parts)
      revisionParts.push({ ...part, recorded: { entry: revision.entry(part.stage), revision: name } });
  }
  const decide = (others: readonly string[]): readonly Stage[] => {
    const select = (): readonly Stage[] => decidedStages(loaded, others, options);
    return found ? selectedOrNone(select) : select();
  };
  const meant = isApart
    ? selectApart(loaded, targets, decide, flags.withDeps)
    : { stages: decide(targets), parts: [] };
  return { ...meant, revisions, revisionParts, problems };
}

/** A revision need not have the targets. */
function selectedOrNone(select: () => readonly Stage[]): readonly Stage[] {
  try {
    return select();
  } catch (error) {
    const isUnknown =
      error instanceof PipeError && error.problems.every(({ code }) => code === 'unknown-target');
    if (isUnknown) return [];
    throw error;
  }
}
