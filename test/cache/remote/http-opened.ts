// Remotes of HTTP that do not wait, and what they asked to wait for.
import { bodyToText, openHttpRemote, type Remote } from '../../../src/cache/cache.ts';

export const waits: number[] = [];
export const retries: string[] = [];

export function open(url: string, headers: Readonly<Record<string, string>> = {}, method = 'PUT'): Remote {
  waits.length = 0;
  retries.length = 0;
  const wait = (ms: number): Promise<void> => {
    waits.push(ms);
    return Promise.resolve();
  };
  const onRetry = (reason: string): void => void retries.push(reason);
  return openHttpRemote({ name: 'server', url: new URL(url), headers, method, wait, onRetry });
}

export const read = async (remote: Remote, key: string): Promise<string | undefined> =>
  (await remote.read(key, (body) => bodyToText(body, 1 << 20)))?.toString();
