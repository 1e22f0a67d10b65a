// The part of `pipe gc --cloud` that concerns the remote: its list, and the removal of what the list has.
import { chooseRemote } from '../../cache/remote/open-remote.ts';
import type { RemoteGarbage, RemoteGarbageItem } from '../../cache/remote/choose-garbage.ts';
import { PipeError } from '../../base/problem.ts';
import type { Digest } from '../../hash/digest.ts';
import { listRemoteGarbage, refuseForGarbage, removeRemoteGarbage } from '../../run/remote/collect.ts';
import { openExchange } from '../../run/remote/exchange.ts';
import { announceCollection, otherPushes, type OtherPush } from '../../run/remote/push-marker.ts';
import type { OpenRemote } from '../../cache/remote/open-remote.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import { durationText } from '../../show/text/duration-text.ts';
import { printWarning } from '../problems.ts';

export interface CollectFlags {
  readonly cloud?: true;
  readonly remote?: string;
  readonly jobs?: number;
  /** Milliseconds. */
  readonly grace?: number;
  /** Folders of projects whose needs are kept, too. */
  readonly projects?: readonly string[];
}

/** How long after a push that has ended nothing is removed, and how old an object has to be, without --grace. */
const PUSH_GRACE = 3600_000;
const OBJECT_GRACE = 24 * 3600_000;

export interface RemoteCollection {
  readonly remote: OpenRemote;
  /** Removes nothing. */
  list(): Promise<RemoteGarbage>;
  /** Who else pushed there, the last one first; ages by the clock of this machine. */
  others(): Promise<readonly OtherPush[]>;
  /** Removes what is garbage still, and was on the list. @returns what was removed. @throws PipeError `remote-busy`. */
  remove(listed: readonly RemoteGarbageItem[]): Promise<readonly RemoteGarbageItem[]>;
  close(): Promise<void>;
}

/** @param needed read again before anything is removed. @throws PipeError where the remote cannot be used for it. */
export async function openCollection(
  workspace: OpenWorkspace,
  needed: () => Promise<ReadonlySet<Digest>>,
  flags: CollectFlags,
): Promise<RemoteCollection> {
  const { project, folders } = workspace;
  const exchange = openExchange(workspace, {
    dir: folders.cache,
    scratch: folders.placing,
    ...(flags.jobs !== undefined && { jobs: flags.jobs }),
    warn: printWarning,
  });
  const name = chooseRemote(project.config.remotes, flags.remote);
  // Whoever names other projects knows that they keep something there.
  const inOtherCache = flags.projects === undefined ? 'refuse' : 'allow';
  const remote = await usable().catch(async (error: unknown) => {
    await exchange.close();
    throw error;
  });
  const listAt = async (now: number): Promise<RemoteGarbage> =>
    listRemoteGarbage({
      ...exchange.transfer(remote),
      remote,
      needed: await needed(),
      grace: flags.grace ?? OBJECT_GRACE,
      now,
    });
  return {
    remote,
    list: () => listAt(Date.now()),
    others: () => otherPushes(remote, Date.now(), project.root),
    async remove(listed) {
      const announced = await announceCollection(remote);
      try {
        if (Number.isNaN(announced.now)) throw timeless(remote);
        await refuseBesidePushes(announced.now);
        const known = new Map(listed.map((item) => [item.key, item]));
        const { items } = await listAt(announced.now);
        const same = items.filter(({ key, time }) => known.get(key)?.time === time);
        await removeRemoteGarbage(same, { remote, jobs: exchange.transfer(remote).jobs });
        return same;
      } finally {
        await announced.end();
      }
    },
    close: () => exchange.close(),
  };

  async function usable(): Promise<OpenRemote> {
    const remote = await exchange.remoteForCopies(name, inOtherCache);
    refuseForGarbage(remote);
    return remote;
  }

  async function refuseBesidePushes(now: number): Promise<void> {
    const grace = flags.grace ?? PUSH_GRACE;
    const recent = (await otherPushes(remote, now, project.root)).find(
      ({ age, working }) => working || age < grace,
    );
    if (!recent) return;
    const ago = durationText(Math.max(0, recent.age) / 1000);
    throw new PipeError({
      code: 'remote-busy',
      title: `${recent.by} ${recent.working ? 'is pushing' : 'pushed'} to the remote '${remote.name}' (${ago} ago)`,
      hint: recent.working
        ? 'try again when the push has ended; nothing was removed there'
        : 'what it relies on may be in no revision here yet: get its commits (`git fetch`) and try again later, or give a shorter --grace; nothing was removed there',
    });
  }
}

function timeless(remote: OpenRemote): PipeError {
  return new PipeError({
    code: 'remote-unlisted',
    title: `garbage cannot be collected on the remote '${remote.name}': it does not say how old its files are`,
    hint: 'collect garbage where its files are',
  });
}
