// What a stage of an experiment reads: results of the experiment before anything in the workspace.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkspacePath } from '../../src/base/base.ts';
import type { Content, Digest } from '../../src/hash/hash.ts';
import { experimentContents, Results } from '../../src/run/run.ts';
import { makeStore } from '../cache/store-space.ts';

const at = (path: string): WorkspacePath => path as WorkspacePath;

test('a result at, in or around a path counts, and an edited parameter file', async (t) => {
  const space = makeStore(t);
  space.write('made', 'made');
  space.write('folder/part', 'part');
  space.write('folder/in/deep', 'deep');
  const [made, folder] = [await space.keep('made'), await space.keep('folder')];
  const results = new Results();
  const stage = { address: 's' } as unknown as Parameters<Results['add']>[0];
  results.add(stage, undefined, [
    { at: at('made'), content: made },
    { at: at('folder'), content: folder },
    { at: at('around/it'), content: made },
    { at: at('tuned'), content: folder },
  ]);
  const asked: string[] = [];
  const named = (digest: string, size = 0): Content => ({ digest: digest as Digest, size });
  const workspace = {
    get: async (path: WorkspacePath) => named(`output of the workspace ${path}`),
    input: async (path: WorkspacePath) => named(`workspace ${path}`),
    written: () => undefined,
  };
  const contents = experimentContents({
    workspace,
    store: space.store,
    results,
    texts: new Map([[at('params.yaml'), 'lr: 2\n'], [at('conf/a.yaml'), 'b: 1\n'], [at('tuned/p.yaml'), ''], [at('tuned/part'), '']]),
    assembled: async (path) => {
      asked.push(path);
      return named(`assembled ${path}`);
    },
  }); // prettier-ignore
  const found = async (path: string): Promise<string | undefined> => (await contents.input(at(path)))?.digest;
  const part = (name: string): string | undefined => {
    const entry = space.store.entries(folder)!.find(({ path }) => path === name)!;
    return entry.kind === 'file' ? entry.digest : undefined;
  };
  assert.equal(await found('made'), made.digest);
  assert.equal(await found('folder'), folder.digest);
  assert.equal(await found('folder/part'), part('part'));
  assert.equal(await found('folder/in/deep'), part('in/deep'));
  assert.equal(await found('folder/in'), 'assembled folder/in');
  assert.equal(await found('around'), 'assembled around');
  assert.equal(await found('params.yaml'), 'assembled params.yaml');
  assert.equal(await found('conf'), 'assembled conf');
  assert.equal(await found('tuned'), 'assembled tuned', 'a result with an edited file in it');
  assert.equal(await found('tuned/part'), 'assembled tuned/part', 'an edited file in a result');
  assert.equal(await found('.'), 'assembled .');
  for (const other of ['madeup', 'fold', 'folder2/part', 'conf2', 'params'])
    assert.equal(await found(other), `workspace ${other}`);
  await found('around');
  assert.deepEqual(
    asked,
    ['folder/in', 'around', 'params.yaml', 'conf', 'tuned', 'tuned/part', '.'],
    'each is looked at once',
  );
});
