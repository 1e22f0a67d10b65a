// Fetches recorded outputs from their remotes into the cache.
import { fetchObjects } from '../../cache/remote/fetch-objects.ts';
import { chooseRemote } from '../../cache/remote/open-remote.ts';
import type { RecordedOutput } from '../../revision/project-at.ts';
import type { Pull } from '../../revision/read-values.ts';
import { openExchange } from '../../run/remote/exchange.ts';
import { failureProblem } from '../../run/remote/remote-failure.ts';
import type { OpenWorkspace } from '../../session/open-workspace.ts';
import { printProblem } from '../problems.ts';

/** @param asked the name of the remote, if it is not the default. */
export const puller =
  (open: () => Promise<OpenWorkspace>, asked: string | undefined): Pull =>
  async (outputs) => {
    const workspace = await open();
    const { cache, placing } = workspace.folders;
    const exchange = openExchange(workspace, {
      dir: cache,
      scratch: placing,
      ...(asked !== undefined && { asked }),
      warn: printProblem,
    });
    const { remotes } = workspace.project.config;
    const here = outputs.filter(({ cloud }) => !cloud);
    const byRemote = Map.groupBy(here, ({ out }) => chooseRemote(remotes, out.remote ?? asked));
    for (const [name, wanted] of byRemote) await fetchFrom(name, wanted);

    async function fetchFrom(name: string, wanted: readonly RecordedOutput[]): Promise<void> {
      const opened = await exchange.remote(name);
      const { failed } = await fetchObjects(
        wanted.map(({ content }) => content),
        exchange.transfer(opened),
      );
      for (const { stage, out, content } of wanted) {
        const failure = failed.get(content.digest);
        if (failure) printProblem(failureProblem(opened, stage, out.path, failure));
      }
    }
  };
