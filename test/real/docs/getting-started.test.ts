// docs/getting-started.md with scikit-learn itself, in a virtual environment of the page's own, with BusyBox' tools.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocksOf, readPage } from '../../docs/page.ts';
import { findBusyBox, findPython, portablePrograms, which } from '../../docs/portable.ts';
import { runBlocks, temporaryFolder } from '../../docs/session.ts';

const page = 'docs/getting-started.md';

test('the page as it is, from the virtual environment to the remote', (t) => {
  const [busyBox, python3, git] = [findBusyBox(), findPython(), which('git')];
  assert.ok(busyBox && python3 && git, 'needs busybox, python3 and git');
  const steps = blocksOf(readPage(page)).filter(({ directive }) => directive !== 'elsewhere');
  runBlocks(t, page, steps, {
    root: temporaryFolder(t),
    programs: portablePrograms(temporaryFolder(t), busyBox, { git, python3 }),
    env: { PIP_DISABLE_PIP_VERSION_CHECK: '1' },
  });
});
