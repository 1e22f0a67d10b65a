// `--to-remote`: data goes from where it is to a remote, and is kept neither in the workspace nor in the cache.
import { PipeError } from '../../base/problem.ts';
import { chooseRemote } from '../../cache/remote/open-remote.ts';
import { sendSource, type SentSource } from '../../run/remote/send-source.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import type { DataSource } from '../../source/data-source.ts';
import type { OutputFlags } from '../printer.ts';
import { exchanging } from '../remote.ts';

export interface ToRemoteFlags extends OutputFlags {
  readonly toRemote?: true;
  /** Default: the only remote of the output, else the default one. */
  readonly remote?: string;
  readonly jobs?: number;
}

/** @param own the remote that the output declares. @throws PipeError where there is no such remote, before anything is read. */
export function sendToRemote(
  open: () => Promise<DataSource>,
  own: string | null,
  workspace: OpenWorkspace,
  flags: ToRemoteFlags,
): Promise<SentSource> {
  const name = chooseRemote(workspace.project.config.remotes, flags.remote ?? own ?? undefined);
  return exchanging('Sending', workspace, { ...flags, remote: name }, async (exchange, onRetry) =>
    sendSource(await open(), name, exchange, onRetry),
  );
}

/** @throws PipeError for `--remote` alone, which would say nothing. */
export function refuseLoneRemote({ toRemote, remote }: ToRemoteFlags): void {
  if (toRemote || remote === undefined) return;
  throw new PipeError({
    code: 'import-refused',
    title: '--remote says where --to-remote sends the data, and is nothing without it',
    hint: 'add --to-remote, or name the remote when you push (`pipe push --remote NAME`)',
  });
}
