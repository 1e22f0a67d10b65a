// The files of a directory by its manifest: from the cache, else from a remote. A manifest that does not have the digest of its name
// counts as missing.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Content } from '../../hash/digest.ts';
import type { ManifestEntry } from '../../hash/tree.ts';
import { PipeError } from '../../base/problem.ts';
import { receiveManifest } from './receive-object.ts';
import type { TransferOptions } from './transfer.ts';

export type ManifestFile = Extract<ManifestEntry, { readonly kind: 'file' }>;

/**
 * @param content of a directory. @returns undefined where neither has the manifest.
 * @throws PipeError where the remote cannot be reached, refuses or fails.
 */
export async function findDirectory(
  content: Content,
  { remote, layout, vaultOf }: Pick<TransferOptions, 'remote' | 'layout' | 'vaultOf'>,
): Promise<readonly ManifestFile[] | undefined> {
  const vault = vaultOf(content);
  const { algorithm } = layout.content;
  const own = vault.find(content.digest);
  const bytes = own === undefined ? undefined : readFileSync(own);
  const isWhole = bytes !== undefined && `${hash(algorithm, bytes)}.dir` === content.digest;
  const text = isWhole
    ? bytes.toString('utf8')
    : await receiveManifest({ remote, vault, content, algorithm });
  if (typeof text !== 'string') return undefined;
  try {
    return layout.content.parseManifest(text).flatMap((entry) => (entry.kind === 'file' ? [entry] : []));
  } catch (error) {
    if (error instanceof PipeError) return undefined;
    throw error;
  }
}
