// Which recorded outputs belong on which remote.
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
 * By name of the remote. An output with a `remote` of its own goes there and nowhere else; everything else to the one that is
 * asked for, or the default.
 * @param pushed leave out what is not to be pushed. @param idle no remote is needed where none of the outputs has one.
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
  // A remote that does not exist is a mistake also where nothing is to be done.
  if (outs.length === 0 && !idle) chooseRemote(remotes, asked);
  return byRemote;
}

function isMeant({ remote }: Out, asked: string | undefined, config: RemotesConfig | undefined): boolean {
  return (
    remote === null || asked === undefined || chooseRemote(config, remote) === chooseRemote(config, asked)
  );
}

/** The one remote of all outputs of a stage; undefined where they go to several, or some are not to be pushed. */
export function remoteOf(
  stage: Stage,
  asked: string | undefined,
  config: RemotesConfig | undefined,
): string | undefined {
  if (!stage.outs.every((out) => out.push && isMeant(out, asked, config))) return undefined;
  const names = new Set(stage.outs.map((out) => chooseRemote(config, out.remote ?? asked)));
  return names.size === 1 ? [...names][0] : undefined;
}

/** Of an entry that DVC wrote about data elsewhere, the checksum names no object. */
export function isObject({ digest }: Content, { content }: CacheLayout): boolean {
  return content.digest.test(digest);
}
