// The members of a product of axes: each is a list of settings. The first axis changes slowest.
import { PipeError } from '../../base/problem.ts';
import { makeRandom, type Random } from './random.ts';
import type { Axis, Choice } from './sweep.ts';
import { sweepProblem } from './sweep-problem.ts';

export type Member = readonly string[];

/** More than anybody waits for; a mistyped range has more. */
const MOST = 100_000;

/** All members. @throws PipeError for an interval, which has no end of them. */
export function allMembers(axes: readonly Axis[]): readonly Member[] {
  const size = sizeOf(axes);
  if (size > MOST)
    throw new PipeError({
      code: 'bad-sweep',
      title: `this product has ${size} experiments, more than ${MOST}`,
      hint: 'give fewer values, or take a random part of them (--random 100)',
    });
  return Array.from({ length: size }, (_, index) => memberAt(axes, index));
}

/** `count` different members; all where there are no more. The same for the same seed. */
export function randomMembers(axes: readonly Axis[], count: number, seed: number): readonly Member[] {
  const random = makeRandom(seed);
  if (axes.some(({ kind }) => kind === 'interval'))
    return Array.from({ length: count }, () => axes.flatMap((axis) => sample(axis, random)));
  const size = sizeOf(axes);
  if (count >= size) return allMembers(axes);
  const indices = new Set<number>();
  while (indices.size < count) indices.add(Math.floor(random() * size));
  return [...indices].map((index) => memberAt(axes, index));
}

const sample = (axis: Axis, random: Random): Choice =>
  axis.kind === 'interval' ? axis.sample(random) : axis.choices[Math.floor(random() * axis.choices.length)]!;

function sizeOf(axes: readonly Axis[]): number {
  return axes.reduce((size, axis) => size * choicesOf(axis).length, 1);
}

function choicesOf(axis: Axis): readonly Choice[] {
  if (axis.kind === 'choices') return axis.choices;
  throw sweepProblem(axis.text, 'an interval has any number of values');
}

function memberAt(axes: readonly Axis[], index: number): Member {
  let rest = index;
  return axes
    .toReversed()
    .map((axis) => {
      const choices = choicesOf(axis);
      const choice = choices[rest % choices.length]!;
      rest = Math.floor(rest / choices.length);
      return choice;
    })
    .reverse()
    .flat();
}
