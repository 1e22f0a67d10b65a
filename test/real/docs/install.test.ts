// The installation from a clone, as README.md and docs/getting-started.md show it, and the first pipeline with what it installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import { blocksOf, readPage, repository } from '../../docs/page.ts';
import { temporaryFolder } from '../../docs/session.ts';

const packing = (page: string): string => {
  const block = blocksOf(readPage(page)).find(({ text }) => text.includes('npm pack'));
  assert.ok(block, page);
  return block.text;
};

test('both pages show the same commands, and they install a command that works', (t) => {
  const commands = packing('README.md');
  assert.equal(packing('docs/getting-started.md'), commands);
  const folder = temporaryFolder(t);
  const prefix = join(folder, 'prefix');
  const run = (cwd: string, script: string): string => {
    const { status, stdout, stderr } = spawnSync('sh', ['-ec', script], {
      cwd,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      env: {
        ...process.env,
        NODE_TEST_CONTEXT: undefined,
        NPM_CONFIG_PREFIX: prefix,
        PATH: [join(prefix, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
      },
    });
    assert.equal(status, 0, `${script}\n${stdout}${stderr}`);
    return stdout;
  };
  run(folder, `git clone -q '${repository}' clone`);
  run(join(folder, 'clone'), commands);

  const project = join(folder, 'project');
  mkdirSync(project);
  const [first] = blocksOf(readPage('README.md')).filter(({ title }) => title === 'pipeline.yaml');
  writeFileSync(join(project, 'pipeline.yaml'), first!.text);
  assert.match(run(project, 'command -v pipe'), /prefix\/bin\/pipe$/m);
  assert.match(run(project, 'echo one > poem.txt && pipe repro'), /^1 ran/m);
});
