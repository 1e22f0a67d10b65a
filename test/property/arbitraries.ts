// Random pipelines of the model, and random things that happen to them.
import * as fc from 'fast-check';
import type { ModelInputs, ModelPipeline, ModelStage } from './model.ts';

export const SOURCES = 3;
/** Few values, so that earlier states come back. */
const VALUES = 3;
const ITEMS = 4;

export const someText = fc.integer({ min: 0, max: VALUES - 1 }).map((value) => `text ${value}\n`);
const someValue = fc.integer({ min: 0, max: VALUES - 1 });
const someGrid = fc.uniqueArray(fc.integer({ min: 1, max: ITEMS }), { minLength: 1, maxLength: ITEMS });

const someStage = (index: number): fc.Arbitrary<ModelStage> =>
  fc.record({
    sources: fc.uniqueArray(fc.nat(SOURCES - 1), { maxLength: 2 }),
    stages: index === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(index - 1), { maxLength: 3 }),
    out: fc.constantFrom('file', 'folder'),
    width: fc.constantFrom(1, 64),
    param: fc.constantFrom('cmd', 'params'),
    via: fc.constantFrom('path', 'path', 'links', 'chains'),
  });

export const someStages = (count: number): fc.Arbitrary<ModelPipeline> =>
  fc.tuple(...Array.from({ length: count }, (_, index) => someStage(index))).map((stages) => ({ stages }));

export const somePipeline = (most: number): fc.Arbitrary<ModelPipeline> =>
  fc.integer({ min: 1, max: most }).chain(someStages);

export const someInputs = ({ stages }: ModelPipeline): fc.Arbitrary<ModelInputs> =>
  fc.record({
    sources: fc.array(someText, { minLength: SOURCES, maxLength: SOURCES }),
    executable: fc.array(fc.boolean(), { minLength: SOURCES, maxLength: SOURCES }),
    params: fc.array(someValue, { minLength: stages.length, maxLength: stages.length }),
    grid: someGrid,
  });

/** `pick` chooses among what there is at that moment. */
export type Happening =
  | { readonly kind: 'source'; readonly pick: number; readonly text: string }
  | { readonly kind: 'mode'; readonly pick: number }
  | { readonly kind: 'param'; readonly pick: number; readonly value: number }
  | { readonly kind: 'grid'; readonly grid: readonly number[] }
  | { readonly kind: 'edit output' | 'delete output' | 'touch'; readonly pick: number }
  | { readonly kind: 'delete object' | 'damage object'; readonly pick: number }
  | { readonly kind: 'lose'; readonly what: 'pipeline.lock' | 'cache/state/stat.db' }
  /** A run dies before its step of this number. */
  | { readonly kind: 'crash'; readonly at: number; readonly jobs: number };

const pick = fc.nat(1000);

export const someHappening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('source' as const), pick, text: someText }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mode' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('param' as const), pick, value: someValue }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('grid' as const), grid: someGrid }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('edit output' as const, 'delete output' as const, 'touch' as const),
      pick,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('delete object' as const, 'damage object' as const), pick }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('lose' as const),
      what: fc.constantFrom('pipeline.lock' as const, 'cache/state/stat.db' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      at: fc.integer({ min: 1, max: 120 }),
      jobs: fc.integer({ min: 1, max: 4 }),
    }),
  },
);

/** What happens between two runs, and with how many jobs the second is made. */
export const someChapter = fc.record({
  happenings: fc.array(someHappening, { minLength: 1, maxLength: 3 }),
  jobs: fc.integer({ min: 1, max: 4 }),
});
