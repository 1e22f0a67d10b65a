// A page of the documentation as data: its fenced blocks, and the commands and outputs that they show.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const repository = dirname(dirname(import.meta.dirname));

export interface Block {
  readonly language: string;
  /** The file that the block is, from `title=` behind the language. */
  readonly title: string | undefined;
  readonly text: string;
  readonly line: number;
  /** From `<!-- test: … -->` before the block. */
  readonly directive: string | undefined;
}

export interface Shown {
  readonly command: string;
  readonly output: string;
}

/** Paths from the root of the repository. */
export const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: repository }).sort()];

export const readPage = (path: string): string => readFileSync(join(repository, path), 'utf8');

export function blocksOf(page: string): Block[] {
  const fences = page.matchAll(
    /^(?:<!-- test: ([^>]*) -->\n+)?(?:(```)(\w*)(?: title=(\S+))?\n([^]*?)^```$)/gm,
  );
  return [...fences].map((match) => ({
    directive: match[1],
    language: match[3]!,
    title: match[4],
    text: match[5]!,
    line: page.slice(0, match.index + match[0].indexOf('```')).split('\n').length,
  }));
}

/** The page without its blocks. */
export const proseOf = (page: string): string => page.replaceAll(/^```[^]*?^```$/gm, '');

/** The commands of a `console` block, each with what it prints. */
export function shownIn(text: string): Shown[] {
  return text
    .split(/^\$ /m)
    .filter(Boolean)
    .map((part) => {
      const end = /(?<!\\)\n/.exec(part)!.index;
      return { command: part.slice(0, end), output: part.slice(end + 1) };
    });
}
