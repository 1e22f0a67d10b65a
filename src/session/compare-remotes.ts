// Compares recorded outputs with the remotes that they belong to. Changes nothing.
import type { Problem } from '../base/problem.ts';
import type { OpenRemote } from '../cache/remote/open-remote.ts';
import { compareWith, type ComparedOut, type ObjectState } from '../run/remote/compare.ts';
import { openExchange } from '../run/remote/exchange.ts';
import { outsByRemote, type StageRecord } from '../run/remote/remote-outs.ts';
import type { OpenWorkspace } from './open-workspace.ts';

export interface ComparedRemote {
  readonly remote: OpenRemote;
  readonly outs: readonly ComparedOut[];
}

export interface CompareOptions {
  /** In place of the default one. */
  readonly remote?: string | undefined;
  readonly jobs?: number | undefined;
  readonly warn: (problem: Problem) => void;
}

/** @throws PipeError where there is no remote, and where one cannot be reached, refuses or fails. */
export async function compareRemotes(
  records: readonly StageRecord[],
  workspace: OpenWorkspace,
  { remote: asked, jobs, warn }: CompareOptions,
): Promise<readonly ComparedRemote[]> {
  const { cache, placing } = workspace.folders;
  const exchange = openExchange(workspace, {
    dir: cache,
    scratch: placing,
    ...(asked !== undefined && { asked }),
    ...(jobs !== undefined && { jobs }),
    warn,
  });
  try {
    const found: ComparedRemote[] = [];
    for (const [name, outs] of outsByRemote(records, { asked, pushed: true }, workspace)) {
      const remote = await exchange.remoteForCopies(name, 'allow');
      found.push({ remote, outs: await compareWith(outs, exchange.transfer(remote)) });
    }
    return found;
  } finally {
    await exchange.close();
  }
}

/** The worst of its objects. */
export const worstOf = ({ objects }: ComparedOut): ObjectState =>
  (['missing', 'new', 'deleted'] as const).find((state) => objects.some((object) => object.state === state))!;

export const differing = (outs: readonly ComparedOut[]): readonly ComparedOut[] =>
  outs.filter(({ objects }) => objects.length > 0);
