// docs/getting-started.md from top to bottom, with BusyBox where that is installed, and with a stand-in for scikit-learn.
// test/real/docs runs it with scikit-learn itself.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { isWhole } from '../amount.ts';
import { blocksOf, readPage } from './page.ts';
import { findBusyBox, findPython, portablePrograms, which } from './portable.ts';
import { runBlocks, temporaryFolder } from './session.ts';

const page = 'docs/getting-started.md';
const blocks = blocksOf(readPage(page));

test('every block of the page is run here or in test:real', () => {
  for (const { language, directive, title } of blocks) {
    assert.ok(language === 'sh' || language === 'console');
    assert.equal(title, undefined);
    assert.ok(directive === undefined || directive === 'elsewhere' || directive === 'network');
  }
});

const python = findPython();
const git = which('git');

// The page with everything is in test:real.
if (isWhole)
  void test(
    'the page, with a stand-in for scikit-learn',
    { skip: (!python || !git) && 'needs python3 and git' },
    (t) => {
      const busyBox = findBusyBox();
      if (busyBox === undefined) t.diagnostic('BusyBox is not installed: run with the tools of this machine');
      const steps = blocks
        .filter(({ directive }) => directive !== 'elsewhere')
        .map((block) =>
          block.directive === 'network' ? { ...block, text: 'mkdir digits && cd digits\n' } : block,
        );
      runBlocks(t, page, steps, {
        root: temporaryFolder(t),
        programs: portablePrograms(temporaryFolder(t), busyBox, { git: git!, python: python! }),
        env: { PYTHONPATH: join(import.meta.dirname, 'stand-in') },
      });
    },
  );
