// Steps that lead to what random ones meet seldom: a sample has to come to each command in a state in which it matters.
import type { Kind, Step } from './steps.ts';

const [ADA, BOB] = [0, 1];
/** No targets, no flags. */
const [ALL, PLAIN] = [8, 17];
/** `-f`; all commits. */
const [FORCE, COMMITS] = [18, 1];

const step = (kind: Kind, who: number, a = ALL, b = PLAIN): Step => ({ kind, who, a, b });
/** @param what the number of the path in play.ts, @param how that of the text. */
const edit = (who: number, what: number, how: number): Step => step('edit', who, what, how);

export const day: readonly Step[] = [
  // What was added by hand comes to the other clone, as a part of its folder.
  edit(ADA, 5, 0),
  step('add a file', ADA, 1),
  step('repro', ADA),
  step('git commit', ADA),
  step('push', ADA, ALL, 0),
  step('git pull', BOB),
  step('pull', BOB, ALL, COMMITS),
  // Nothing that was edited by hand is replaced, but with `-f`, which saves it.
  edit(BOB, 8, 0),
  step('checkout', BOB),
  step('checkout', BOB, ALL, FORCE),
  step('cache restore', BOB, 0),
  edit(BOB, 4, 4),
  step('checkout', BOB, 4, FORCE),
  // An experiment keeps its results; applying it saves what git does not have.
  step('exp run', BOB, 1),
  edit(BOB, 0, 1),
  edit(BOB, 5, 1),
  step('repro', BOB),
  step('gc', BOB, 0, 3),
  edit(BOB, 1, 1),
  step('exp push', BOB, 0),
  step('exp apply', BOB, 0),
  step('status', BOB),
  step('diff', BOB, 0),
  step('repro', BOB),
  step('git commit', BOB),
  step('status -c', BOB),
  step('push', BOB, ALL, 0),
  step('move', BOB),
  step('import', ADA, 0),
  // The other clone has an older folder, and what was shared before.
  step('git pull', ADA),
  step('pull', ADA),
  step('gc', ADA, 0, 2),
  step('gc', ADA, 0, 3),
  step('gc -c', ADA, 0, 2),
  step('get', ADA, 1, 0),
  step('gc -c', ADA, 0, 3),
  step('fetch', BOB, ALL, COMMITS),
  step('push', BOB, ALL, 0),
  step('import', ADA, 0),
  // Two states of a file that differ in their mode alone.
  edit(ADA, 4, 4),
  step('add', ADA, 0),
  step('git commit', ADA),
  edit(ADA, 4, 0),
  step('add', ADA, 0),
  step('git pull', ADA),
  step('checkout', ADA),
];
