// Which recorded outputs belong to which remote.
import type { CacheLayout } from '../../cache/cache-layout.ts';
import { PipeError } from '../../base/problem.ts';
import { chooseRemote } from '../../cache/remote/open-remote.ts';
import type { Content } from '../../hash/digest.ts';
import type { LockEntry } from '../../lock/lock-entry.ts';
import type { RemotesConfig } from '../../pipeline/config/remote-config.ts';
import type { Out, Stage } from '../../pipeline/stage.ts';
import type { Workspace } from '../../plan/workspace.ts';

/** A stage with what is recorded of it, in the workspace or at a git revision. */
export interface StageRecord {
  readonly stage: Stage;
  /** Undefined where nothing is recorded. */
  readonly entry: LockEntry | undefined;
  /** Undefined for the workspace. */
  readonly revision?: string;
}

/** A recorded output of a stage. */
export interface RemoteOut {
  readonly stage: Stage;
  readonly out: Out;
  readonly content: Content;
  readonly revision?: string;
}

export interface OutsOptions {
  /** The remote that is asked for. */
  readonly asked: string | undefined;
  /** Leave out outputs with `push: false`. */
  readonly pushed: boolean;
  /** Do not require a remote where no output needs one. */
  readonly idle?: boolean;
  /** Takes each output for which there is no remote, and why; without it that is an error. */
  readonly withoutRemote?: (out: RemoteOut, reason: PipeError) => void;
}

export const workspaceRecords = (
  stages: readonly Stage[],
  { locks }: Pick<Workspace, 'locks'>,
): readonly StageRecord[] => stages.map((stage) => ({ stage, entry: locks.entry(stage) }));

/**
 * By name of the remote. An output with a `remote` of its own goes only there; all others go to the requested one, or the
 * default. Of revisions each content is there once, and not if the workspace has it.
 * @throws PipeError where there is no such remote; one that only a revision names is not asked for.
 */
export function outsByRemote(
  records: readonly StageRecord[],
  options: OutsOptions,
  { project, layout }: Pick<Workspace, 'project' | 'layout'>,
): ReadonlyMap<string, readonly RemoteOut[]> {
  const { remotes } = project.config;
  const { asked, pushed, idle } = options;
  const byRemote = new Map<string, RemoteOut[]>();
  const known = new Set<string>();
  let needsNone = true;
  for (const one of recordedOuts(records, layout)) {
    const { out, content, revision } = one;
    if (!out.push && pushed) continue;
    if (revision !== undefined && out.remote !== null && !remotes?.remotes.has(out.remote)) continue;
    if (!isMeant(one, asked, remotes)) continue;
    needsNone = false;
    const name = remoteFor(one, options, remotes);
    if (name === undefined) continue;
    const id = `${name}\0${content.legacy ?? ''}${content.digest}`;
    if (revision !== undefined && known.has(id)) continue;
    known.add(id);
    const outs = byRemote.get(name) ?? [];
    outs.push(one);
    byRemote.set(name, outs);
  }
  const isOnlyImported =
    asked === undefined && records.some(({ stage }) => stage.origin?.kind === 'repository');
  // A remote that does not exist is a mistake even where there is nothing to transfer.
  if (needsNone && !idle && !isOnlyImported) chooseRemote(remotes, asked);
  return byRemote;
}

/** @returns undefined where there is none, and that is no error. */
function remoteFor(
  one: RemoteOut,
  { asked, withoutRemote }: OutsOptions,
  remotes: RemotesConfig | undefined,
): string | undefined {
  try {
    return remoteOfOut(one, asked, remotes);
  } catch (error) {
    if (!withoutRemote || !(error instanceof PipeError)) throw error;
    withoutRemote(one, error);
    return undefined;
  }
}

function* recordedOuts(records: readonly StageRecord[], layout: CacheLayout): Generator<RemoteOut> {
  for (const { stage, entry, revision } of records) {
    // As with DVC, what was imported from another repository stays there: everybody fetches it from it.
    if (stage.origin?.kind === 'repository') continue;
    const recorded = new Map(entry?.outs.map((out) => [out.path, out]));
    for (const out of stage.outs) {
      const { content, cloud } = recorded.get(out.path) ?? {};
      if (!content || cloud || !out.cache || !isObject(content, layout)) continue;
      yield { stage, out, content, ...(revision !== undefined && { revision }) };
    }
  }
}

/** What `outsByRemote` leaves out of the records of the workspace: outputs of another remote than the one asked for, and those with `push: false`. */
export function leftOut(
  stages: readonly Stage[],
  { asked, pushed }: OutsOptions,
  { project, layout, locks }: Pick<Workspace, 'project' | 'layout' | 'locks'>,
): readonly RemoteOut[] {
  const outs = [...recordedOuts(workspaceRecords(stages, { locks }), layout)];
  return outs.filter((one) => (!one.out.push && pushed) || !isMeant(one, asked, project.config.remotes));
}

type DeclaredOut = Pick<RemoteOut, 'stage' | 'out'>;

function isMeant(one: DeclaredOut, asked: string | undefined, config: RemotesConfig | undefined): boolean {
  return (
    one.out.remote === null ||
    asked === undefined ||
    remoteOfOut(one, asked, config) === chooseRemote(config, asked)
  );
}

/** @throws PipeError where there is none of that name; where the output itself names it, with the place. */
function remoteOfOut(
  { stage, out }: DeclaredOut,
  asked: string | undefined,
  config: RemotesConfig | undefined,
): string {
  try {
    return chooseRemote(config, out.remote ?? asked);
  } catch (error) {
    if (!(error instanceof PipeError) || out.remote === null) throw error;
    const by = ['named by', `'${out.path}' of '${stage.address}'`] as const;
    throw new PipeError(
      error.problems.map((problem) => ({
        ...problem,
        facts: [by, ...(problem.facts ?? [])],
        place: stage.place,
      })),
    );
  }
}

/** The one remote of all outputs of a stage; undefined where they go to several, or some have `push: false`. */
export function remoteOf(
  stage: Stage,
  asked: string | undefined,
  config: RemotesConfig | undefined,
): string | undefined {
  if (!stage.outs.every((out) => out.push && isMeant({ stage, out }, asked, config))) return undefined;
  const names = new Set(stage.outs.map((out) => remoteOfOut({ stage, out }, asked, config)));
  return names.size === 1 ? [...names][0] : undefined;
}

/** Whether the digest names an object: the checksum of data elsewhere, as DVC records it, does not. */
export function isObject({ digest }: Content, { content }: CacheLayout): boolean {
  return content.digest.test(digest);
}
