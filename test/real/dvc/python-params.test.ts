// Python files as parameter files: the standard library of the machine's Python, every constant in it, as DVC reads it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { test } from 'node:test';
import { PipeError, canonicalJson, isMap, type Problem, type ValueMap } from '../../../src/base/base.ts';
import { readText } from '../../../src/yaml/yaml.ts';
import { readPython } from '../../../src/pipeline/pipeline.ts';
import { decode, type Encoded } from '../../lock/encoded-value.ts';
import { dvcPrograms } from './twins.ts';

interface Read {
  readonly path: string;
  readonly values?: Encoded;
  readonly error?: string;
  readonly line?: number | null;
  readonly byte?: number;
}

function python(input: string): string {
  const script = join(import.meta.dirname, 'python_params.py');
  const { stdout, stderr, status } = spawnSync(join(dvcPrograms(), 'python'), [script], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

function read(path: string): ValueMap | Problem {
  try {
    return readPython(readText(readFileSync(path), path, 'params-unreadable'), path).value;
  } catch (error) {
    if (error instanceof PipeError) return error.problems[0]!;
    throw error;
  }
}

test(
  'every module-level constant of the standard library is read as DVC reads it',
  { timeout: 600_000 },
  () => {
    const library = python('');
    const files = globSync('**/*.py', { cwd: library })
      .filter((file) => !file.includes('site-packages'))
      .map((file) => join(library, file));
    assert.ok(files.length > 500, String(files.length));
    const refused: string[] = [];
    let constants = 0;
    for (const line of python(files.join('\n')).split('\n')) {
      const theirs = JSON.parse(line) as Read;
      const ours = read(theirs.path);
      if (!theirs.values) {
        // What is no text, or not this Python; places are compared below, on texts of our own.
        assert.ok(!isMap(ours as ValueMap), `${theirs.path} is refused by Python: ${theirs.error}`);
        if (theirs.byte !== undefined)
          assert.match((ours as Problem).title, new RegExp(`at offset ${theirs.byte}$`), theirs.path);
        continue;
      }
      if (!isMap(ours as ValueMap)) {
        refused.push(theirs.path.slice(library.length + 1));
        continue;
      }
      const expected = decode(theirs.values) as ValueMap;
      const actual = ours as ValueMap;
      assert.deepEqual([...actual.keys()], [...expected.keys()], theirs.path);
      for (const [name, value] of expected) {
        constants += 1;
        assert.equal(
          canonicalJson(actual.get(name)!),
          canonicalJson(value),
          `${theirs.path}: ${String(name)}`,
        );
      }
    }
    assert.ok(constants > 5000, String(constants));
    // Python's tests of its own grammar have what is seen nowhere else.
    assert.deepEqual(
      refused.filter((file) => !file.split(sep).some((part) => part === 'test' || part === 'tests')),
      [],
    );
    assert.ok(refused.length <= files.length / 200, refused.join('\n'));
  },
);
