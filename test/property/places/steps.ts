// What happens to a project in several places, at random.
import * as fc from 'fast-check';

const KINDS = {
  edit: 8,
  add: 2,
  repro: 4,
  commit: 3,
  'git pull': 3,
  push: 3,
  pull: 4,
  fetch: 1,
  checkout: 2,
  'remove outputs': 1,
  hurt: 2,
} as const;

export interface Step {
  readonly kind: keyof typeof KINDS;
  readonly who: number;
  /** What of many is meant. */
  readonly a: number;
  readonly b: number;
}

const kinds = Object.entries(KINDS).flatMap(([kind, weight]) =>
  Array<Step['kind']>(weight).fill(kind as Step['kind']),
);

export const someStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...kinds),
  who: fc.nat(5),
  a: fc.nat(1000),
  b: fc.nat(1000),
});
