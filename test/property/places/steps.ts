// What happens to a project in several places, at random.
import * as fc from 'fast-check';

const WEIGHTS = {
  edit: 10,
  add: 2,
  'add a file': 1,
  move: 1,
  remove: 1,
  repro: 5,
  commit: 1,
  'git commit': 4,
  'git pull': 4,
  push: 4,
  pull: 4,
  fetch: 1,
  checkout: 2,
  status: 2,
  'status -c': 2,
  diff: 2,
  gc: 2,
  'gc -c': 1,
  'exp run': 2,
  'exp apply': 2,
  'exp remove': 1,
  'exp push': 1,
  'exp pull': 1,
  get: 1,
  import: 2,
  'cache restore': 1,
  'remove outputs': 1,
  hurt: 2,
  'killed push': 1,
  'killed pull': 1,
} as const;

export type Kind = keyof typeof WEIGHTS;

export interface Step {
  readonly kind: Kind;
  readonly who: number;
  /** What of many is meant. */
  readonly a: number;
  readonly b: number;
}

const kinds = Object.entries(WEIGHTS).flatMap(([kind, weight]) => Array<Kind>(weight).fill(kind as Kind));

export const someStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...kinds),
  who: fc.nat(5),
  a: fc.nat(1000),
  b: fc.nat(1000),
});
