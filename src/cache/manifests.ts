// Reading and checking the manifests of directories that the store keeps, in the format of its layout.
import { readFileSync } from 'node:fs';
import type { Digest } from '../hash/digest.ts';
import { parseDvcManifest } from '../dvc/manifest.ts';
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

const DIGEST: Record<Layout, RegExp> = {
  pipe: /(?<![0-9a-f])[0-9a-f]{64}(?:\.dir)?(?![0-9a-f])/g,
  dvc: /(?<![0-9a-f])[0-9a-f]{32}(?:\.dir)?(?![0-9a-f])/g,
};

/** Whatever in a text looks like the digest of an object. */
export function digestsIn(text: string, layout: Layout): readonly Digest[] {
  return [...text.matchAll(DIGEST[layout])].map(([digest]) => digest as Digest);
}

/** The digests of the files of a directory; of a manifest of another version, everything that looks like one. */
export function filesIn(path: string, layout: Layout): readonly Digest[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  try {
    return readManifest(text, layout).flatMap((entry) => (entry.kind === 'file' ? [entry.digest] : []));
  } catch {
    return digestsIn(text, layout);
  }
}
