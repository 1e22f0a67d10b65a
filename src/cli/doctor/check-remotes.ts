// What `pipe doctor` says of the remotes: whether each can be reached.
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { shellQuote } from '../../base/shell-quote.ts';
import { PipeError } from '../../base/problem.ts';
import { askForCache, cacheOfOthers } from '../../cache/remote/cache-as-remote.ts';
import { openRemote, type OpenRemote } from '../../cache/remote/open-remote.ts';
import type { Loaded } from '../../session/load.ts';
import { brokenFindings, type Finding } from './finding.ts';

/** Seconds; a remote that takes longer is reported as one that does not answer. */
const PATIENCE = 10;
/** Milliseconds for one question: with thousands of objects it is felt. */
const SLOW = 1000;

export async function checkRemotes({ project, folders, dialect }: Loaded): Promise<Finding[]> {
  const { root } = project;
  const { remotes } = project.config;
  if (!remotes || remotes.remotes.size === 0)
    return [{ state: 'note', name: 'remotes', text: 'none declared' }];
  const found = await Promise.all(
    [...remotes.remotes.keys()].map(async (name): Promise<Finding[]> => {
      try {
        const remote = await openRemote(remotes, name, { root });
        const cache = { cache: folders.cache, layout: dialect.layout };
        const look = async (): Promise<Finding[]> => {
          const started = performance.now();
          const isOther = await askForCache(remote, cache);
          const took = Math.round(performance.now() - started);
          if (!isOther) return [healthOf(name, remote, took)];
          const { title, hint } = cacheOfOthers(remote);
          return [
            { state: 'note', name: `remote ${name}`, text: title, ...(hint !== undefined && { hint }) },
          ];
        };
        return await within(PATIENCE, name, look()).finally(() => remote.close());
      } catch (error) {
        return brokenFindings(`remote ${name}`, error);
      }
    }),
  );
  return found.flat();
}

function healthOf(name: string, { url, readOnly, list }: OpenRemote, took: number): Finding {
  const about = `${url} answers in ${took} ms`;
  const finding = {
    name: `remote ${name}`,
    hint: `\`pipe remote test ${shellQuote(name)}\` tries to write there`,
  };
  if (list && isAbsolute(url) && !existsSync(url))
    return { ...finding, state: 'note', text: `${url} does not exist; the first push makes it` };
  if (readOnly) return { name: finding.name, state: 'ok', text: `${about}; declared as read-only` };
  if (took > SLOW) return { ...finding, state: 'slow', text: about };
  return { name: finding.name, state: 'ok', text: about };
}

async function within<T>(seconds: number, name: string, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(
      new PipeError({
        code: 'remote-unreachable',
        title: `the remote '${name}' did not answer within ${seconds} seconds`,
        hint: 'check the network and the URL',
      }),
    );
  }, seconds * 1000);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
