// Tries a remote with a file of its own: writes it, looks for it, reads it, compares, lists and removes it. Each step says what it found.
import { randomBytes } from 'node:crypto';
import { lookForCache, type CacheFolder } from '../../cache/remote/cache-as-remote.ts';
import { openRemote, type OpenRemote } from '../../cache/remote/open-remote.ts';
import { bodyToText } from '../../cache/remote/body.ts';
import { PipeError, type Problem } from '../../base/problem.ts';
import type { RemotesConfig } from '../../pipeline/config/remote-config.ts';
import { markerFolder } from './push-marker.ts';

export type ProbeStep = 'open' | 'write' | 'look' | 'read' | 'list' | 'remove';

export interface ProbeResult {
  readonly step: ProbeStep;
  readonly state: 'ok' | 'failed' | 'skipped';
  /** Milliseconds. */
  readonly took: number;
  /** Why it was skipped. */
  readonly note?: string;
  readonly problems: readonly Problem[];
}

export interface Probed {
  readonly url: string | undefined;
  readonly steps: readonly ProbeResult[];
  /** Key of the probe, where it may be there still. */
  readonly left?: string;
}

const CANNOT_LIST = 'it cannot list files, so `pipe gc --cloud` cannot work there';
/** Bytes; more than one packet. */
const SIZE = 4096;

/**
 * @param root absolute root of the project. @param cache its cache, which is refused as a remote.
 * Other steps follow a failed one only where they can.
 */
export async function probeRemote(
  config: RemotesConfig,
  name: string,
  root: string,
  cache: CacheFolder,
): Promise<Probed> {
  const steps: ProbeResult[] = [];
  const step = async <T>(of: ProbeStep, work: () => Promise<T>): Promise<T | undefined> => {
    const started = performance.now();
    const took = (): number => Math.round(performance.now() - started);
    try {
      const value = await work();
      steps.push({ step: of, state: 'ok', took: took(), problems: [] });
      return value;
    } catch (error) {
      if (!(error instanceof PipeError)) throw error;
      steps.push({ step: of, state: 'failed', took: took(), problems: error.problems });
      return undefined;
    }
  };
  const skip = (of: ProbeStep, note: string): void =>
    void steps.push({ step: of, state: 'skipped', took: 0, note, problems: [] });

  const remote = await step('open', async () => {
    const opened = await openRemote(config, name, { root });
    try {
      await lookForCache(opened, cache);
    } catch (error) {
      // Other failures belong to the steps that follow.
      if (!(error instanceof PipeError) || error.problems[0]!.code === 'remote-is-cache') {
        await opened.close();
        throw error;
      }
    }
    return opened;
  });
  if (!remote) return { url: undefined, steps };
  try {
    const left = remote.readOnly ? await probeReading(remote) : await probeAll(remote);
    return { url: remote.url, steps, ...(left !== undefined && { left }) };
  } finally {
    await remote.close();
  }

  async function probeReading(remote: OpenRemote): Promise<undefined> {
    skip('write', `'${remote.name}' is declared as read-only`);
    await step('look', () => remote.size(`${markerFolder}/none`));
    return undefined;
  }

  /** @returns the key of a probe that could not be removed. */
  async function probeAll(remote: OpenRemote): Promise<string | undefined> {
    const { list, tryList, remove } = remote;
    const id = randomBytes(SIZE / 2).toString('hex');
    const key = `${markerFolder}/probe-${id.slice(0, 16)}`;
    const written = await step('write', async () => {
      await remote.write(key, { text: id }, true);
      await remote.settle();
      return true;
    });
    if (!written) {
      // Some of it may have arrived.
      await remove?.([key]).catch(() => undefined);
      return undefined;
    }
    await step('look', async () => {
      const found = await remote.size(key);
      if (found !== 'unknown' && found !== id.length)
        throw wrong(
          `a file of ${id.length} bytes was written, and ${found === undefined ? 'is not there' : `has ${found}`}`,
        );
    });
    await step('read', async () => {
      const found = await remote.read(key, (body) => bodyToText(body, SIZE * 2));
      if (found?.toString('latin1') !== id) throw wrong('what was read is not what was written');
    });
    const isListed = async (lister: NonNullable<typeof list>): Promise<void> => {
      for await (const page of lister(markerFolder)) if (page.some((file) => file.key === key)) return;
      throw wrong('the file that was written is not in the list');
    };
    if (list) await step('list', () => isListed(list));
    else if (!tryList) skip('list', CANNOT_LIST);
    // A server that cannot list is good enough for push and pull.
    else if (await isRefused(() => tryList(markerFolder))) skip('list', CANNOT_LIST);
    else await step('list', () => isListed(tryList));
    if (!remove) {
      skip('remove', 'this kind of remote cannot remove');
      return key;
    }
    const removed = await step('remove', async () => {
      await remove([key]);
      if ((await remote.size(key)) !== undefined) throw wrong('the file that was removed is still there');
      return true;
    });
    return removed ? undefined : key;
  }

  function wrong(title: string): PipeError {
    return new PipeError({
      code: 'remote-failed',
      title: `the remote '${name}' does not keep what it is given: ${title}`,
      hint: 'look for a cache or a proxy in between, and check what the server does with files',
    });
  }
}

/** Any other failure shows in the step that lists. */
async function isRefused(list: () => AsyncIterable<unknown>): Promise<boolean> {
  try {
    await list()[Symbol.asyncIterator]().next();
    return false;
  } catch (error) {
    return error instanceof PipeError && error.problems[0]!.code === 'remote-refused';
  }
}
