// Runs what the documentation shows and compares what it prints with the page. In a page a block ```yaml title=pipeline.yaml writes a
// file, and ```console runs its `$` lines, in a temporary folder for each page. After `<!-- workspace: repository -->` they run in this
// repository: commands that only read. A line `…` is any number of lines; times, dates, digests and sizes may differ.
import { delimiter } from 'node:path';
import { test } from 'node:test';
import { sampleOf } from '../amount.ts';
import { blocksOf, pages, readPage, repository } from './page.ts';
import { runBlocks, temporaryFolder } from './session.ts';

const ownTest = new Set(['docs/getting-started.md', 'docs/ci.md']);

for (const page of sampleOf(
  pages.filter((name) => !ownTest.has(name)),
  3,
)) {
  const [own, inRepository = ''] = readPage(page).split('<!-- workspace: repository -->');
  for (const [text, where] of [
    [own!, 'a temporary folder'],
    [inRepository, 'the repository'],
  ] as const) {
    const blocks = blocksOf(text).filter(
      ({ language, title }) => language === 'console' || title !== undefined,
    );
    if (blocks.length === 0) continue;
    test(`${page}, in ${where}`, (t) => {
      const root = text === own ? temporaryFolder(t) : repository;
      runBlocks(t, page, blocks, { root, programs: process.env['PATH']!.split(delimiter) });
    });
  }
}
