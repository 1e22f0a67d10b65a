// The folders of `PIPE_TMP`: an empty one becomes that of a later stage, and no stage finds anything of another one.
import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ScratchFolders } from '../../src/run/run.ts';

test('only an untouched scratch folder is used again', (t) => {
  const parent = mkdtempSync(join(tmpdir(), 'pipe-scratch-'));
  t.after(() => rmSync(parent, { recursive: true }));
  const at = (name: string): string => join(parent, name);
  const { mode } = statSync((mkdirSync(at('as new')), at('as new')));
  rmSync(at('as new'), { recursive: true });
  const scratch = new ScratchFolders(parent);
  const make = (name: string): number => {
    scratch.make(at(name));
    const stats = statSync(at(name));
    assert.equal(stats.mode, mode, name);
    return stats.ino;
  };

  const first = make('first');
  scratch.clear(at('first'), true);
  assert.equal(make('second'), first);
  assert.deepEqual(readdirSync(parent), ['second']);
  // Of a further attempt.
  writeFileSync(at('second/part'), '1');
  scratch.make(at('second'));
  assert.deepEqual(readdirSync(at('second')), ['part']);

  const spoil: Record<string, () => void> = {
    'has a file': () => writeFileSync(at('it/x'), ''),
    'has another mode': () => chmodSync(at('it'), 0o700 ^ 0o001),
    'is gone': () => rmSync(at('it'), { recursive: true }),
    'is a file': () => {
      rmSync(at('it'), { recursive: true });
      writeFileSync(at('it'), '');
    },
    'is a link': () => {
      rmSync(at('it'), { recursive: true });
      symlinkSync(at('second'), at('it'));
    },
  };
  for (const [what, how] of Object.entries(spoil)) {
    make('it');
    how();
    scratch.clear(at('it'), true);
    assert.deepEqual(readdirSync(parent), ['second'], what);
    make('next');
    assert.deepEqual(readdirSync(at('next')), [], what);
    rmSync(at('next'), { recursive: true });
  }
  assert.deepEqual(readdirSync(at('second')), ['part']);

  // A process on another machine may still have it.
  make('remote');
  scratch.clear(at('remote'), false);
  assert.deepEqual(readdirSync(parent), ['second']);

  // What an attempt of an earlier run left stays, though one is free.
  make('free');
  scratch.clear(at('free'), true);
  mkdirSync(at('failed'));
  writeFileSync(at('failed/part'), '1');
  scratch.make(at('failed'));
  assert.deepEqual(readdirSync(at('failed')), ['part']);

  symlinkSync(at('second'), at('linked'));
  assert.throws(() => scratch.make(at('linked')), /is a symbolic link/);
  rmSync(at('linked'));

  scratch.close();
  assert.deepEqual(readdirSync(parent), ['failed', 'second']);
});
