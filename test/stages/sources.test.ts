// Each stage of pipeline.yaml names exactly the source files that it uses: itself and what it imports, near or far. One file too few
// and an edit is missed; one too many and an edit costs more than it should.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

const root = dirname(dirname(import.meta.dirname));

interface Declared {
  readonly cmd: string;
  readonly deps: readonly (string | { readonly [path: string]: { readonly imports?: boolean } })[];
}

const pipeline = parse(readFileSync(join(root, 'pipeline.yaml'), 'utf8')) as {
  readonly stages: { readonly [name: string]: Declared & { readonly do?: Declared } };
};

function sources(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  // Imports of types are gone when the program runs.
  const text = readFileSync(join(root, file), 'utf8').replaceAll(/(?:import|export) type [^;]*;/g, '');
  for (const [, path] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g))
    sources(normalize(join(dirname(file), path!)), found);
  return found;
}

for (const [name, stage] of Object.entries(pipeline.stages)) {
  const { cmd, deps } = stage.do ?? stage;
  const followed = deps.some(
    (dep) => typeof dep !== 'string' && Object.values(dep).some(({ imports }) => imports),
  );
  if (followed) continue;
  test(`${name} depends on the sources that it uses`, () => {
    const program = /stages\/\w+\.ts/.exec(cmd)![0];
    const listed = deps.filter((dep): dep is string => typeof dep === 'string' && dep.startsWith('stages/'));
    assert.deepEqual(listed.toSorted(), [...sources(program)].toSorted());
  });
}
