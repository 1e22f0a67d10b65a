// Where values of templates and stages come from: parameter files, texts in place of them, and no packages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkspacePath } from '../../src/base/base.ts';
import { paramSources, readingTexts, readParamsFile } from '../../src/pipeline/pipeline.ts';
import { makeSpace } from '../hash/space.ts';

test('a text in place of a file has the values that the file would have, whatever its line ends', (t) => {
  const space = makeSpace(t);
  for (const [name, text] of [
    ['p.yaml', 'a: |\n  x\n  y\nb: "x\n\n  y"\n'],
    ['p.toml', 'a = """x\ny\n"""\n'],
    ['p.json', '{"a":\n"x"}\n'],
    ['p.py', 'a = """x\ny\n"""\n'],
  ] as const) {
    const path = space.write(name, text);
    const { value } = readParamsFile(path, name)!;
    const windows = text.replaceAll('\n', '\r\n');
    const inPlace = readingTexts(new Map([[path, windows]]), () => readParamsFile(path, name)!);
    assert.deepEqual(inPlace.value, value, name);
    space.write(name, windows);
    assert.deepEqual(readParamsFile(path, name)!.value, value, name);
  }
});

test('the version of an imported package is no parameter', (t) => {
  const space = makeSpace(t);
  const at = (path: string): { readonly at: WorkspacePath } => ({ at: path as WorkspacePath });
  const files = ['p.yaml', 'q.yaml', 'node_modules/x/package.json', 'sub/node_modules/y/package.json'];
  for (const name of files) space.write(name, '{"version": "1"}');
  const sources = paramSources({
    root: space.root,
    files: [],
    variableFiles: ['q.yaml' as WorkspacePath],
    stages: [{ params: files.filter((name) => name !== 'q.yaml').map(at) }] as never,
  });
  assert.deepEqual(
    sources.map(({ file }) => file),
    ['q.yaml', 'p.yaml'],
  );
});
