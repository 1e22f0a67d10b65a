// Random projects of everything that can be declared live through random edits and commands. After each command the files, the lock
// files, the cache and what ran are those of a second engine in memory (projects/reference.ts).
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { isWhole, testInWhole } from '../amount.ts';
import { makeWorkspaceHere } from '../cli/here.ts';
import { Life } from './projects/life.ts';
import { someChapter, someWorld } from './projects/arbitraries.ts';
import { amount } from './amount.ts';

const story = fc.record({
  world: someWorld,
  chapters: fc.array(someChapter, { minLength: 4, maxLength: 8 }),
});

type Amount = Pick<fc.Parameters, 'numRuns' | 'seed' | 'endOnFailure'>;

async function play(t: TestContext, parameters: Amount): Promise<void> {
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
    parameters,
  );
}

test('each command does to every project what the reference does', (t) =>
  play(t, { seed: 1, ...amount(2, 20) }));

testInWhole('and to other projects each time', (t) => play(t, amount(1, 15)));
