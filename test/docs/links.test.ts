// Links of all pages lead to files that exist, and to headings that exist in them.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { pages, proseOf, readPage, repository } from './page.ts';

const others = globSync('packages/*/README.md', { cwd: repository });

for (const page of [...pages, ...others])
  test(page, () => {
    const broken = linksOf(readPage(page)).filter((link) => !leadsSomewhere(page, link));
    assert.deepEqual(broken, []);
  });

test('the index names every page', () => {
  const linked = new Set(linksOf(readPage('docs/README.md')).map((link) => `docs/${link}`));
  const missing = pages.filter((page) => /^docs\/[^/]+$/.test(page) && page !== 'docs/README.md');
  assert.deepEqual(
    missing.filter((page) => !linked.has(page)),
    [],
  );
});

/** Of Markdown and HTML, without those to other sites. */
function linksOf(page: string): string[] {
  const prose = proseOf(page).replaceAll(/`[^`\n]*`/g, '`');
  const links = [
    ...prose.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g),
    ...prose.matchAll(/(?:src|href)="([^"]+)"/g),
  ];
  return links.map(([, link]) => link!).filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path, anchor] = link.split('#') as [string, string?];
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(repository, target))) return false;
  return anchor === undefined || anchorsOf(readFileSync(join(repository, target), 'utf8')).has(anchor);
}

/** As GitHub makes them: lower case, without punctuation, blanks as hyphens. */
function anchorsOf(page: string): Set<string> {
  const headings = proseOf(page).matchAll(/^#+ (.*)$/gm);
  const slugs = [...headings].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...slugs, ...[...page.matchAll(/<a id="([^"]+)"/g)].map(([, id]) => id!)]);
}
