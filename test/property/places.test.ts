// Random steps over clones of one project, their caches and a remote. After each the files, records and objects of all places are those
// of a second engine in memory (places/reference.ts).
import { test } from 'node:test';
import * as fc from 'fast-check';
import { makeWorkspace } from '../workspace.ts';
import { amount } from './amount.ts';
import { Places } from './places/places.ts';
import { day } from './places/day.ts';
import { PLAYS } from './places/play.ts';
import { someStep } from './places/steps.ts';

const { PIPE_PROPERTY_SEED } = process.env;

const story = fc.record({
  isShared: fc.nat(3).map((number) => number === 0),
  steps: fc.array(someStep, { minLength: 30, maxLength: 40 }),
});

test('each step does to every place what the reference does', async (t) => {
  await fc.assert(
    fc.asyncProperty(story, async ({ isShared, steps }) => {
      const workspace = makeWorkspace(t, {});
      const places = new Places(workspace.root, isShared);
      try {
        await places.begin();
        for (const step of steps)
          await PLAYS[step.kind](places, places.clones[step.who % places.clones.length]!, step);
      } catch (error) {
        throw new Error(`${places.log.slice(-12).join('\n')}\n${String(error)}`, { cause: error });
      }
      workspace.remove('.');
    }),
    {
      ...amount(2, 10),
      seed: Number(PIPE_PROPERTY_SEED ?? 1),
      examples: [[{ isShared: false, steps: [...day] }]],
    },
  );
});
