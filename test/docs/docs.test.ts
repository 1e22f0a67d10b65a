// Runs what the documentation shows and compares what it prints with the page. In a page a block ```yaml title=pipeline.yaml writes a
// file, and ```console runs its `$` lines: in a folder of its own for each page, or, after `<!-- workspace: experiment -->`, in the tiny
// experiment. A line `…` is any number of lines; times, dates and digests may differ.
import { rmSync } from 'node:fs';
import { delimiter } from 'node:path';
import { test } from 'node:test';
import { makeTinyExperiment } from '../tiny-experiment.ts';
import { blocksOf, pages, readPage } from './page.ts';
import { runBlocks, temporaryFolder } from './session.ts';

const ownTest = new Set(['docs/getting-started.md', 'docs/ci.md']);

for (const page of pages.filter((name) => !ownTest.has(name))) {
  const [plain, experiment] = readPage(page).split('<!-- workspace: experiment -->');
  for (const [text, where] of [
    [plain!, ''],
    [experiment ?? '', ', in the experiment'],
  ] as const) {
    const blocks = blocksOf(text).filter(
      ({ language, title }) => language === 'console' || title !== undefined,
    );
    if (blocks.length === 0) continue;
    test(page + where, (t) => {
      const root = where === '' ? temporaryFolder(t) : makeTinyExperiment();
      t.after(() => rmSync(root, { recursive: true, force: true }));
      runBlocks(t, page, blocks, { root, programs: process.env['PATH']!.split(delimiter) });
    });
  }
}
