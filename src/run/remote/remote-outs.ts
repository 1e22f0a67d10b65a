// Which recorded outputs belong to which remote.
import type { CacheLayout } from '../../cache/cache-layout.ts';
import { chooseRemote } from '../../cache/remote/open-remote.ts';
import type { Content } from '../../hash/digest.ts';
import type { RemotesConfig } from '../../pipeline/config/remote-config.ts';
import type { Out, Stage } from '../../pipeline/stage.ts';
import type { Workspace } from '../../plan/workspace.ts';

/** A recorded output of a stage. */
export interface RemoteOut {
  readonly stage: Stage;
  readonly out: Out;
  readonly content: Content;
}

/**
 * By name of the remote. An output with a `remote` of its own goes only there; all others go to the requested one, or the
 * default.
 * @param pushed leave out outputs with `push: false`. @param idle do not require a remote where no output needs one.
 * @throws PipeError where there is no such remote.
 */
export function outsByRemote(
  stages: readonly Stage[],
  asked: string | undefined,
  pushed: boolean,
  { project, locks, layout }: Pick<Workspace, 'project' | 'locks' | 'layout'>,
  idle = false,
): ReadonlyMap<string, readonly RemoteOut[]> {
  const outs = stages.flatMap((stage): RemoteOut[] => {
    const recorded = new Map(locks.entry(stage)?.outs.map((out) => [out.path, out]));
    return stage.outs.flatMap((out) => {
      const { content, cloud } = recorded.get(out.path) ?? {};
      const shared = out.cache && (out.push || !pushed) && isMeant(out, asked, project.config.remotes);
      return shared && content && !cloud && isObject(content, layout) ? [{ stage, out, content }] : [];
    });
  });
  const { remotes } = project.config;
  const byRemote = Map.groupBy(outs, ({ out }) => chooseRemote(remotes, out.remote ?? asked));
  // A remote that does not exist is a mistake even where there is nothing to transfer.
  if (outs.length === 0 && !idle) chooseRemote(remotes, asked);
  return byRemote;
}

function isMeant({ remote }: Out, asked: string | undefined, config: RemotesConfig | undefined): boolean {
  return (
    remote === null || asked === undefined || chooseRemote(config, remote) === chooseRemote(config, asked)
  );
}

/** The one remote of all outputs of a stage; undefined where they go to several, or some have `push: false`. */
export function remoteOf(
  stage: Stage,
  asked: string | undefined,
  config: RemotesConfig | undefined,
): string | undefined {
  if (!stage.outs.every((out) => out.push && isMeant(out, asked, config))) return undefined;
  const names = new Set(stage.outs.map((out) => chooseRemote(config, out.remote ?? asked)));
  return names.size === 1 ? [...names][0] : undefined;
}

/** Whether the digest names an object: the checksum of data elsewhere, as DVC records it, does not. */
export function isObject({ digest }: Content, { content }: CacheLayout): boolean {
  return content.digest.test(digest);
}
