// Whatever decides reads the file system where a witness sees it: else the fast answer would rest on less than the walk.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const source = join(dirname(dirname(import.meta.dirname)), 'src');

/** What looks at files without deciding anything by them, or behind a look of its own: why it may. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'pipeline/witnessed-fs.ts': 'is the place itself',
  'hash/state.ts': 'the stat database saves time and decides nothing',
  'hash/walk-directory.ts':
    'real paths of symlinks, whose targets were read before: a verdict is given up there',
  'hash/file-task.ts': 'reads what was looked at before',
  'graph/aliases.ts': 'real paths of symlinks: a verdict is given up where there are any',
  'pipeline/escapes.ts': 'the same',
  'lock/dvc-env.ts': 'DVC repositories, which have no fast answer',
  'hash/legacy-digest.ts': 'DVC repositories, which have no fast answer',
  'lock/other-locks.ts': 'garbage collection',
  'plan/folder-memory.ts': 'tells people more, decides nothing',
};

const READS =
  /\b(?:existsSync|statSync|lstatSync|readFileSync|readdirSync|readlinkSync|realpathSync|openSync|accessSync|opendirSync|globSync)\b/;

test('deciding reads files through the witness only', () => {
  const found = globSync('{pipeline,graph,hash,lock,plan}/*.ts', { cwd: source }).filter((file) => {
    const text = readFileSync(join(source, file), 'utf8');
    const imports = [...text.matchAll(/import (?!type )([^;]*?) from 'node:fs(?:\/promises)?'/g)];
    return imports.some(([statement, names]) => READS.test(names!) || /\* as|promises/.test(statement));
  });
  assert.deepEqual(found.sort(), Object.keys(EXCEPTIONS).sort());
});
