// Reading and checking the manifests of directories that the store keeps, in the format of its layout.
import { readFileSync } from 'node:fs';
import type { Digest } from '../hash/digest.ts';
import { parseDvcManifest } from '../hash/dvc-manifest.ts';
import { parseManifest } from '../hash/manifest.ts';

/** An entry of a directory; the size of a file is unknown in DVC's format. */
export type ManifestEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly digest: Digest;
      readonly size: number | undefined;
      readonly isexec?: true;
    }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

/** `pipe`: objects/sha256/xx/rest; `dvc`: files/md5/xx/rest, as DVC 3 has it. */
export type Layout = 'pipe' | 'dvc';

/** @throws PipeError when the text is no manifest, or lists what must not be written. */
export function readManifest(text: string, layout: Layout): readonly ManifestEntry[] {
  return layout === 'pipe'
    ? parseManifest(text)
    : parseDvcManifest(text).map((entry) => ({ ...entry, size: undefined }));
}

/** Entries of a manifest's file; none where it is damaged or cannot be read. */
export function entriesIn(path: string, layout: Layout): readonly ManifestEntry[] {
  try {
    return readManifest(readFileSync(path, 'utf8'), layout);
  } catch {
    return [];
  }
}
