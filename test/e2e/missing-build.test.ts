// The command without the files that it starts: a sentence with the cure, no stack trace.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';

const repository = resolve(import.meta.dirname, '../..');

/** The command's own files only. */
function makeFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-unbuilt-')));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(join(repository, 'bin'), join(folder, 'bin'), { recursive: true });
  cpSync(join(repository, 'package.json'), join(folder, 'package.json'));
  return folder;
}

function write(path: string): void {
  mkdirSync(resolve(path, '..'), { recursive: true });
  writeFileSync(path, '');
}

function printed(folder: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'bin/pipe.js'), 'status'], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout], [1, '']);
  return stderr;
}

test('a clone without packages', (t) => {
  const folder = makeFolder(t);
  write(join(folder, 'scripts/build.ts'));
  assert.equal(printed(folder), `pipe is not built: run \`npm ci\` in ${folder}/.\n`);
});

test('a clone whose packages were installed without their scripts', (t) => {
  const folder = makeFolder(t);
  write(join(folder, 'scripts/build.ts'));
  write(join(folder, 'node_modules/.package-lock.json'));
  assert.equal(printed(folder), `pipe is not built: run \`npm ci --ignore-scripts=false\` in ${folder}/.\n`);
});

for (const missing of ['fast.js', 'main.js'])
  test(`an installed package without dist/${missing}`, (t) => {
    const folder = makeFolder(t);
    cpSync(join(repository, 'dist'), join(folder, 'dist'), { recursive: true });
    rmSync(join(folder, 'dist', missing));
    assert.equal(printed(folder), 'This installation of pipe lacks files: install pipe again.\n');
  });
