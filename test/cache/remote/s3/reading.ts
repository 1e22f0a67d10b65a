// Reads objects of a bucket.
import { bodyToText, type Remote } from '../../../../src/cache/cache.ts';

export const read = async (remote: Remote, key: string): Promise<string | undefined> =>
  (await remote.read(key, (body) => bodyToText(body, 64 << 20)))?.toString();

export const MB = 1 << 20;

export const wholeOf = (size: number) => ({
  size,
  ranges: [{ start: 0, end: size }],
  version: undefined,
  onVersion: () => undefined,
});
