// What a transfer with remotes needs, opened once per command: the remotes by name, and the access to the cache.
import { chooseRemote, openRemote, type OpenRemote } from '../../cache/remote/open-remote.ts';
import {
  DEFAULT_JOBS,
  type Transferred,
  type TransferOptions,
  type TransferProgress,
} from '../../cache/remote/transfer.ts';
import { cacheOfOthers, lookForCache } from '../../cache/remote/cache-as-remote.ts';
import { openVaults } from '../../cache/remote/open-vaults.ts';
import type { Vault } from '../../cache/remote/vault.ts';
import type { Content } from '../../hash/digest.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import type { Workspace } from '../../plan/workspace.ts';
import type { RemoteOut } from './remote-outs.ts';

export interface Exchange {
  readonly workspace: Workspace;
  /** The remote as asked for; each output may name another. */
  readonly asked: string | undefined;
  /** @param name of a remote that is declared. @throws PipeError where it cannot be used. */
  remote(name: string): Promise<OpenRemote>;
  /**
   * As `remote`, for a second copy of what the cache has. @param inOtherCache what to do where it is the cache of another project.
   * @throws PipeError where the remote is the cache itself.
   */
  remoteForCopies(name: string, inOtherCache: 'allow' | 'warn' | 'refuse'): Promise<OpenRemote>;
  /** Ends the connections to all of them. */
  close(): Promise<void>;
  transfer(remote: OpenRemote): TransferOptions;
  readonly vaultOf: (content: Content) => Vault;
  readonly warn: (problem: Problem) => void;
}

export interface ExchangeOptions {
  /** Absolute cache folder. */
  readonly dir: string;
  /** Absolute folder of ours for files on their way. */
  readonly scratch: string;
  readonly asked?: string;
  readonly jobs?: number;
  readonly onProgress?: (progress: TransferProgress) => void;
  /** Called with the reason when a request is repeated. */
  readonly onRetry?: (reason: string) => void;
  readonly warn: (problem: Problem) => void;
}

/** What was exchanged with one remote. */
export interface Exchanged {
  readonly remote: OpenRemote;
  readonly transferred: Transferred;
  /** Records of runs that were sent, or fetched. */
  readonly runs: number;
  /** What could not be exchanged, by output, because neither side has it. */
  readonly missing: readonly Problem[];
  /** What could not be exchanged for other reasons. */
  readonly problems: readonly Problem[];
  /** What is missing on purpose: outputs with `push: false` that only another machine has. */
  readonly unpushed: readonly RemoteOut[];
}

/** @throws PipeError where the remote that is asked for does not exist. */
export function openExchange(workspace: Workspace, options: ExchangeOptions): Exchange {
  const { project, hasher, layout } = workspace;
  const { remotes: config } = project.config;
  const { dir, scratch, asked, jobs, onProgress, onRetry, warn } = options;
  if (asked !== undefined) chooseRemote(config, asked);
  const shared = project.config.cache?.shared === true;
  const vaultOf = openVaults({ dir, layout, hasher, scratch, shared });
  const remotes = new Map<string, Promise<OpenRemote>>();
  /** Whether it is the cache of another project. */
  const looks = new Map<string, Promise<boolean>>();
  const open = (name: string): Promise<OpenRemote> => {
    const known =
      remotes.get(name) ??
      openRemote(config!, name, { root: project.root, scratch, ...(onRetry && { onRetry }) });
    remotes.set(name, known);
    return known;
  };
  return {
    workspace,
    asked,
    vaultOf,
    warn,
    remote: open,
    async remoteForCopies(name, inOtherCache) {
      const remote = await open(name);
      const isFirst = !looks.has(name);
      if (isFirst) looks.set(name, lookForCache(remote, { cache: dir, layout }));
      if (!(await looks.get(name)) || inOtherCache === 'allow') return remote;
      if (inOtherCache === 'refuse') throw new PipeError(cacheOfOthers(remote));
      if (isFirst) warn(cacheOfOthers(remote));
      return remote;
    },
    async close() {
      const opened = await Promise.allSettled(remotes.values());
      for (const one of opened) if (one.status === 'fulfilled') await one.value.close();
    },
    transfer: (remote) => ({
      remote,
      layout,
      vaultOf,
      jobs: jobs ?? remote.jobs ?? DEFAULT_JOBS,
      ...(onProgress && { onProgress }),
    }),
  };
}

/** @throws PipeError for a remote whose records of earlier runs cannot be verified. */
export function refuseUnsigned(remote: OpenRemote): void {
  if (remote.key !== undefined || remote.trust) return;
  throw new PipeError({
    code: 'remote-unsigned',
    title: `records of earlier runs cannot be shared through '${remote.name}' without a key that signs them`,
    hint: 'set PIPE_REMOTE_KEY to a secret of all who share results (or `key:` of the remote in cache/config.yaml)',
  });
}
