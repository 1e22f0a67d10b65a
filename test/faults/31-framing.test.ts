import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import test from 'node:test';
import { makeSpace } from '../hash/space.ts';

test('directories that differ only in where one thing ends and another begins are different', async (t) => {
  const space = makeSpace(t);
  const make = async (
    name: string,
    files: Readonly<Record<string, string>>,
    folders: readonly string[] = [],
  ): Promise<string> => {
    mkdirSync(space.path(name));
    for (const folder of folders) mkdirSync(space.path(`${name}/${folder}`), { recursive: true });
    for (const [path, text] of Object.entries(files)) space.write(`${name}/${path}`, text);
    return (await space.hasher().look(space.path(name)))!.digest;
  };
  const digests = [
    await make('d1', { a: 'ab', b: 'c' }),
    await make('d2', { a: 'a', b: 'bc' }),
    await make('d3', { ab: 'abc' }),
    await make('d4', { 'a b': 'x', c: 'y' }),
    await make('d5', { a: 'x', 'b c': 'y' }),
    await make('d6', { 'a\nb': 'x' }),
    await make('d7', { 'a\\nb': 'x' }),
    await make('d8', { 'a","size":1}\n{"path":"b': 'x' }),
    await make('d9', { 'a/b': 'x' }),
    await make('e1', { 'a\\b': 'x' }),
    await make('e2', { empty: '' }),
    await make('e3', {}, ['empty']),
    await make('e4', {}),
    await make('e5', {}, ['empty/empty']),
  ];
  assert.equal(new Set(digests).size, digests.length);
  assert.equal(await space.hasher().look(space.path('missing')), undefined);
});
