// The documentation uses plain technical English: these words have plainer ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pages, proseOf, readPage } from './page.ts';

/** Made from the sources of the program, whose texts are not of this folder. */
const made = new Set(['docs/cli.md', 'docs/errors.md']);

for (const page of pages.filter((name) => !made.has(name)))
  test(page, () => {
    const lines = proseOf(readPage(page)).split('\n');
    const found = lines.filter((line) => /\b(?:tells?|told|stands|lies|nobody|anew)\b/i.test(line));
    assert.deepEqual(found, []);
  });
