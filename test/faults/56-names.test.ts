import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import { makeStore } from '../cache/store-space.ts';

const names = [
  'space d',
  "quote'd",
  'double"d',
  'new\nline',
  'tab\tbed',
  '-leading',
  '--help',
  '$(touch x)',
  '`x`',
  '*',
  '?',
  '[a]',
  '!x',
  '#x',
  '~',
  '%s',
  '&',
  '|',
  ';',
  '\\',
  'é',
  'e\u0301',
  '😀',
  '\u202e',
  '\ufffd',
  '\u0001',
  ' ',
  '.hidden',
  '...',
  'con',
  'n'.repeat(255),
  'é'.repeat(127),
  '\u{10FFFF}',
  '\ufeffbom',
];

for (const layout of ['pipe', 'dvc'] as const) {
  test(`${layout}: any name comes back byte for byte, of a file and of a folder`, async (t) => {
    const space = makeStore(t, { layout });
    for (const name of names) {
      space.write(`out/files/${name}`, name);
      space.write(`out/folders/${name}/${name}`, name);
    }
    const raw = (): string[] =>
      ['files', 'folders']
        .flatMap((folder) =>
          readdirSync(space.path(`out/${folder}`), { encoding: 'buffer' }).map((name) =>
            name.toString('hex'),
          ),
        )
        .sort();
    const before = raw();
    assert.equal(before.length, 2 * names.length);
    const content = await space.keep('out');
    assert.equal(content.nfiles, 2 * names.length);
    rmSync(space.path('out'), { recursive: true });
    assert.equal(await space.store.restore(content, space.path('out')), 'restored');
    assert.deepEqual(raw(), before);
    assert.deepEqual(await space.files.look(space.path('out')), content);
  });
}

test('an output itself may have such a name', async (t) => {
  const space = makeStore(t);
  for (const name of names) {
    if (name === '...' || name === '~') continue;
    space.write(`x/${name}`, name);
    const content = await space.keep(`x/${name}`);
    rmSync(space.path(`x/${name}`));
    assert.equal(await space.store.restore(content, space.path(`x/${name}`)), 'restored');
    assert.deepEqual(await space.files.look(space.path(`x/${name}`)), content);
  }
});

test(
  'names that are not UTF-8 are refused, and nothing is stored',
  { skip: process.platform !== 'linux' && 'file systems elsewhere refuse them' },
  async (t) => {
    const space = makeStore(t);
    for (const name of ['out/first', 'out/sub/a', 'out/sub/z']) space.write(name, 'x');
    writeFileSync(
      Buffer.concat([Buffer.from(`${space.path('out/sub')}/`), Buffer.from([0x61, 0xff, 0x62])]),
      'x',
    );
    await assert.rejects(
      space.keep('out'),
      (error) =>
        error instanceof PipeError &&
        error.problems[0]?.code === 'bad-name' &&
        error.message.includes('UTF-8'),
    );
    assert.deepEqual(space.list('cache'), []);
    execFileSync('rm', ['-rf', space.path('out')]);
  },
);
