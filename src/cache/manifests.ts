// Reads the digests in the manifests of directories, without checking anything else.
import { readFileSync } from 'node:fs';
import type { ContentRules } from '../hash/content-rules.ts';
import type { Digest } from '../hash/digest.ts';

/** Everything in a text that looks like the digest of an object. */
export function digestsIn(text: string, { digest }: ContentRules): readonly Digest[] {
  const whole = digest.source.slice('^'.length, -'$'.length);
  const found = text.matchAll(new RegExp(`(?<![0-9a-f])${whole}(?![0-9a-f])`, 'g'));
  return [...found].map(([match]) => match as Digest);
}

/** The digests of the files of a directory; of a manifest of another version, everything that looks like one. */
export function filesIn(path: string, rules: ContentRules): readonly Digest[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  try {
    return rules.parseManifest(text).flatMap((entry) => (entry.kind === 'file' ? [entry.digest] : []));
  } catch {
    return digestsIn(text, rules);
  }
}
