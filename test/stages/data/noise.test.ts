// Noise: its statistics, its cut, its seed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addNoise } from '../../../stages/lib/data/noise.ts';
import { random, shuffle } from '../../../stages/lib/data/random.ts';

const COUNT = 200_000;
const grey = new Float32Array(COUNT).fill(0.5);

test('has the mean 0 and the deviation asked for, where nothing is cut', () => {
  const noise = addNoise(grey, 0.05, 42).map((value) => value - 0.5);
  const mean = noise.reduce((a, b) => a + b, 0) / COUNT;
  const deviation = Math.sqrt(noise.reduce((sum, value) => sum + (value - mean) ** 2, 0) / COUNT);
  // Four standard errors.
  assert.ok(Math.abs(mean) < (4 * 0.05) / Math.sqrt(COUNT), `mean ${mean}`);
  assert.ok(Math.abs(deviation - 0.05) < (4 * 0.05) / Math.sqrt(2 * COUNT), `deviation ${deviation}`);
});

test('is cut to 0 … 1: as many on each side as the normal distribution says', () => {
  const noisy = addNoise(grey, 0.5, 42);
  const share = (value: number): number => noisy.filter((pixel) => pixel === value).length / COUNT;
  // P(N > 1) = 0.158655
  for (const end of [0, 1])
    assert.ok(Math.abs(share(end) - 0.158655) < 0.0033, `share ${share(end)} at ${end}`);
  assert.ok(noisy.every((value) => value >= 0 && value <= 1));
});

test('depends on the seed alone', () => {
  assert.deepEqual(addNoise(grey, 0.3, 42), addNoise(grey, 0.3, 42));
  assert.notDeepEqual(addNoise(grey, 0.3, 42), addNoise(grey, 0.3, 43));
  assert.deepEqual(addNoise(grey, 0, 42), grey);
});

test('streams of different purposes are unlike', () => {
  const draw = (...purpose: (string | number)[]): number[] => {
    const source = random(1, ...purpose);
    return Array.from({ length: 4 }, () => source.uniform());
  };
  assert.notDeepEqual(draw('order', 1), draw('order', 2));
  assert.notDeepEqual(draw('order', 12), draw('order', 1, 2));
});

test('numbers below a limit are even, a shuffle keeps every number', () => {
  const source = random(3, 'below');
  const counts = [0, 0, 0];
  for (let at = 0; at < 30_000; at++) counts[source.below(3)]! += 1;
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 330, String(counts));
  const order = Array.from({ length: 100 }, (_, at) => at);
  shuffle(order, random(3, 'order'));
  assert.notEqual(order[0], 0);
  assert.deepEqual(
    order.toSorted((a, b) => a - b),
    [...order.keys()],
  );
});

test('the sequences stay what they are: results of another day can be had again', () => {
  const source = random(42, 'noise');
  const drawn = [source.uniform(), source.uniform(), source.normal(), source.normal()];
  const expected = [0.926005628425628, 0.6590558825992048, 0.27593227000556564, 0.5254633895698312];
  for (const [at, value] of drawn.entries())
    assert.ok(Math.abs(value - expected[at]!) < 1e-15, `${at}: ${value}`);
  assert.deepEqual([source.below(10), source.below(1000)], [7, 178]);
  const order = [...Array(8).keys()];
  shuffle(order, random(42, 'order', 3));
  assert.deepEqual(order, [2, 4, 7, 1, 3, 0, 5, 6]);
  const noisy = [0.37658342719078064, 0.3080529570579529, 0.5275932550430298, 0.5525463223457336];
  assert.deepEqual([...addNoise(new Float32Array(4).fill(0.5), 0.1, 42)], noisy);
});
