// What is said of a YAML text that cannot be read, and where its values are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PipeError, type Problem } from '../../src/base/base.ts';
import { parseLock } from '../../src/own/own.ts';
import { readYaml } from '../../src/yaml/yaml.ts';

function problemsOf(read: () => unknown): readonly Problem[] {
  try {
    read();
  } catch (error) {
    if (error instanceof PipeError) return error.problems;
    throw error;
  }
  return [];
}

const problemsIn = (text: string): readonly Problem[] => problemsOf(() => readYaml(text, 'f.yaml'));

test('markers of a merge are named, with any line ends, whichever of them are left', () => {
  for (const marker of ['<<<<<<< ours', '>>>>>>> theirs', '||||||| base', '<<<<<<<', '>>>>>>>', '|||||||'])
    for (const end of ['\n', '\r\n']) {
      const text = ['a: 1', marker, 'b: 2', ''].join(end);
      const conflict = (read: () => unknown): readonly unknown[] =>
        problemsOf(read).map(({ title, place }) => [/unresolved merge conflicts/.test(title), place?.line, place?.source]);
      assert.deepEqual(conflict(() => readYaml(text, 'f.yaml')), [[true, 2, marker]], JSON.stringify(text));
      assert.deepEqual(conflict(() => parseLock(text, 'pipeline.lock')), [[true, 2, marker]], JSON.stringify(text));
    }
  // Longer lines of these characters are none.
  assert.doesNotMatch(problemsIn('a: [\n<<<<<<<<\n')[0]!.title, /merge/);
}); // prettier-ignore

test('each line with a mistake is named, and shown without its end', () => {
  const text = 'a: @x\r\nb: 1\r\nc: `y\r\n';
  assert.deepEqual(
    problemsIn(text).map(({ place }) => [place?.line, place?.source]),
    [
      [1, 'a: @x'],
      [3, 'c: `y'],
    ],
  );
});

test('keys that are equal in Python are one key', () => {
  for (const [text, line] of [
    ['1: a\n1.0: b\n', 2],
    ['true: a\nb: c\n1: d\n', 3],
    ['"1": a\n1: b\n', undefined],
  ] as const)
    assert.deepEqual(
      problemsIn(text).map(({ code, place }) => [code, place?.line]),
      line === undefined ? [] : [['yaml-duplicate-key', line]],
      text,
    );
});

test('a key that is merged, too, is where the mapping has it itself', () => {
  const { place } = readYaml(
    'm: &m\n  a: 1\n  b: 2\nx:\n  a: 3\n  <<: *m\ny:\n  <<: *m\n  a: 4\n',
    'f.yaml',
  );
  assert.deepEqual(
    [['x', 'a'], ['x', 'b'], ['y', 'a'], ['y', 'b']].map((path) => place(path).line),
    [5, 3, 9, 3],
  );
}); // prettier-ignore
