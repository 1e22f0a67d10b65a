// Random projects of everything that can be declared live through random edits and commands. After each command the files, the lock
// files, the cache and what ran are those of a second engine in memory (projects/reference.ts).
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isWhole } from '../amount.ts';
import { makeWorkspaceHere } from '../cli/here.ts';
import { Life } from './projects/life.ts';
import { someChapter, someWorld } from './projects/arbitraries.ts';
import { amount } from './amount.ts';

const { PIPE_PROPERTY_SEED } = process.env;

const story = fc.record({
  world: someWorld,
  chapters: fc.array(someChapter, { minLength: 4, maxLength: 8 }),
});

test('each command does to every project what the reference does', async (t) => {
  await fc.assert(
    fc.asyncProperty(story, async ({ world, chapters }) => {
      const workspace = makeWorkspaceHere(t, {});
      const life = new Life(workspace, world, !isWhole);
      await life.build();
      for (const { edits, command } of chapters) {
        for (const edit of edits) life.edit(edit);
        if (command) await life.command(command);
        await life.build();
      }
      workspace.remove('.');
    }),
    // Not all other seeds have been played since the last features were added.
    { ...amount(2, 25), seed: Number(PIPE_PROPERTY_SEED ?? 1) },
  );
});
