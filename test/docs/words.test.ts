// The documentation uses plain technical English: these words have plainer ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pages, proseOf, readPage } from './page.ts';

for (const page of pages)
  test(page, () => {
    const lines = proseOf(readPage(page)).split('\n');
    const found = lines.filter((line) => /\b(?:tells?|told|stands|lies|nobody|anew)\b/i.test(line));
    assert.deepEqual(found, []);
  });
