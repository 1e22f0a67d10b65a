// Where `pipe plots` writes, and opens: outside of a project, in places that take no files, and in a browser.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeWorkspaceMostlyHere, runPipeMostlyHere } from '../cli/here.ts';

const LOSS = 'step,loss\n0,1\n1,0.5\n';

test('a file that is named is drawn outside of a project, which writes the page alone', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, { 'loss.csv': LOSS });
  const { stdout } = await workspace.expect(0, 'plots', 'show', 'loss.csv');
  assert.match(stdout, /loss\.csv: loss\n[\s\S]*pipe_plots\/index\.html\n$/);
  assert.deepEqual(readdirSync(workspace.root).sort(), ['loss.csv', 'pipe_plots']);
  assert.match((await workspace.expect(1, 'plots', 'show')).stderr, /^error\[no-pipeline\]/);
});

test('a file of a folder is drawn as it is declared itself, else as the folder is', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages: {}\nplots: [{dir/loss.csv: {title: Own}}, {dir: {title: Of the folder}}]\n',
    'dir/loss.csv': LOSS,
    'dir/other.csv': LOSS,
  });
  const { stdout } = await workspace.expect(0, 'plots', 'show', '--json');
  const { data } = JSON.parse(stdout) as { data: Record<string, [{ content: { title: { text: string } } }]> };
  assert.deepEqual(
    Object.entries(data).map(([name, [{ content }]]) => [name, content.title.text]),
    [
      ['dir/loss.csv', 'Own'],
      ['dir/other.csv', 'Of the folder'],
    ],
  );
});

test('a folder that cannot be made is refused', { timeout: 60_000 }, async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages: {}\nplots: [loss.csv]\n',
    'loss.csv': LOSS,
  });
  const inTheWay = await workspace.expect(1, 'plots', 'show', '-o', 'loss.csv/page');
  assert.match(inTheWay.stderr, /^error\[file-in-the-way\]: cannot write the plots/);
  // Only Linux has a file system that answers so.
  if (!existsSync('/proc/self')) return;
  for (const args of [
    ['-o', '/proc/no/such'],
    ['--svg', '-o', '/proc/x'],
    ['-o', '/proc/x/page.html'],
  ])
    assert.match(
      (await workspace.expect(1, 'plots', 'show', ...args)).stderr,
      /^error\[not-permitted\]: cannot write the plots: no folder can be made in \/proc/,
    );
});

test("plots.auto_open of DVC's configuration opens the page", async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    '.dvc/config': '[plots]\n    auto_open = true\n',
    'dvc.yaml': 'plots: [loss.csv]\n',
    'loss.csv': LOSS,
    'bin/xdg-open': '#!/bin/sh\necho "$1" > opened.txt\n',
  });
  const env = { PATH: `${join(workspace.root, 'bin')}:${process.env['PATH']}` };
  const opens = async (): Promise<boolean> => {
    const { code, stderr } = await runPipeMostlyHere(workspace.root, ['plots', 'show'], env);
    assert.equal(code, 0, stderr);
    return existsSync(workspace.path('opened.txt'));
  };
  if (process.platform === 'linux') assert.ok(await opens());
  workspace.remove('opened.txt');
  workspace.write('.dvc/config', '[plots]\n    auto_open = false\n');
  assert.equal(await opens(), false);
  assert.ok(existsSync(workspace.path('dvc_plots/index.html')));
});
