// The digest of what the symlinks of a dependency lead to: each link with its end, each end with its content.
import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import type { Content, Digest } from './digest.ts';
import type { FollowedLinks } from './follow-links.ts';

const HEADER = '{"schema":"pipe-links/1"}';

/** @param contents of the ends; @param root paths are recorded relative to it, so that a project may be moved. */
export function linksDigest(
  links: FollowedLinks['links'],
  ends: FollowedLinks['ends'],
  contents: readonly (Content | undefined)[],
  root: string,
): Digest {
  const digest = createHash('sha256').update(`${HEADER}\n`);
  const put = (line: object): void => void digest.update(`${JSON.stringify(line)}\n`);
  for (const { at, end } of links)
    put({ link: relative(root, at), to: relative(root, end.path), kind: end.kind });
  for (const [index, { path }] of ends.entries()) {
    const content = contents[index];
    put({ path: relative(root, path), sha256: content?.digest ?? null, isexec: content?.isexec === true });
  }
  return digest.digest('hex') as Digest;
}
