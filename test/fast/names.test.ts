// Names for completion that an earlier question left: given while nothing that they were read from changed, and only then.
import assert from 'node:assert/strict';
import fs, { rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { MISSING, stampOf } from '../../src/disk/disk.ts';
import { answerNames, formatVerdict, NAMES_FILES } from '../../src/fast/fast.ts';
import { makeSpace } from '../hash/space.ts';
import { makeWorkspace } from '../workspace.ts';

const scope = globalThis as { PIPE_BUILD?: string };
const NAMES = { targets: ['prep', 'train'], remotes: ['near'] };

for (const place of NAMES_FILES)
  test(`names in ${place} are given while what they were read from is the same`, (t) => {
    const space = makeSpace(t);
    const [words, folder] = [process.argv, process.cwd()];
    t.after(() => {
      process.argv = words;
      process.chdir(folder);
      delete scope.PIPE_BUILD;
    });
    space.write('sub/deep/file', '');
    const kept = space.path(place);
    const keep = (): void => {
      const pipeline = space.write('pipeline.yaml', 'stages: {}\n');
      const params = space.path('params.yaml');
      rmSync(params, { force: true });
      const seen = new Map([
        [pipeline, stampOf(statSync(pipeline, { bigint: true }))],
        [params, MISSING],
      ]);
      const verdict = formatVerdict({ stages: 2, seen }, { build: 'b', args: [], cwd: space.root });
      space.write(place, `${JSON.stringify(NAMES)}\n${verdict}`);
    };
    /** Undefined where the project has to be loaded. */
    const ask = (kind: string, from = space.root): string | undefined => {
      process.argv = ['node', 'pipe', 'completion', 'names', kind];
      process.chdir(from);
      scope.PIPE_BUILD ??= 'b';
      let printed = '';
      const { mock } = t.mock.method(fs, 'writeSync', (_: number, text: string) => (printed += text).length);
      const answered = answerNames();
      mock.restore();
      return answered ? printed : (assert.equal(printed, ''), undefined);
    };
    keep();
    assert.equal(ask('targets'), 'prep\ntrain\n');
    assert.equal(ask('remotes'), 'near\n');
    assert.equal(ask('targets', space.path('sub/deep')), 'prep\ntrain\n');
    for (const kind of ['experiments', 'revisions']) assert.equal(ask(kind), undefined, kind);
    const whole = fs.readFileSync(kept);
    for (const [what, change] of [
      ['a file changed', () => space.write('pipeline.yaml', 'stages: {new: {cmd: x}}\n')],
      ['a file is gone', () => rmSync(space.path('pipeline.yaml'))],
      ['a file is new', () => space.write('params.yaml', '')],
      ['another engine', () => (scope.PIPE_BUILD = 'c')],
      ['half-written names', () => space.write(place, whole.subarray(0, -1).toString())],
      ['no names', () => rmSync(dirname(kept), { recursive: true })],
    ] as const) {
      keep();
      assert.notEqual(ask('targets'), undefined);
      change();
      assert.equal(ask('targets'), undefined, what);
      delete scope.PIPE_BUILD;
    }
  });

test('the command keeps the names that it read, and reads the project again once that changed', async (t) => {
  const { expect, read, write } = makeWorkspace(t, {
    'pipeline.yaml': 'include: {lib: lib.yaml}\n',
    'lib.yaml': 'stages: {one: {cmd: echo}}\n',
    'cache/state/of-a-run': '',
  });
  const names = async (): Promise<string> => (await expect(0, 'completion', 'names', 'targets')).stdout;
  assert.equal(await names(), 'lib.one\n');
  write(NAMES_FILES[0], read(NAMES_FILES[0]).replace('lib.one', 'kept'));
  assert.equal(await names(), 'kept\n');
  write('lib.yaml', 'stages: {two: {cmd: echo}}\n');
  assert.equal(await names(), 'lib.two\n');
});
