// Pieces of the report: pictures, charts, escaping.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from 'fast-png';
import { picture } from '../../stages/lib/picture.ts';
import { barChart, lineChart } from '../../stages/lib/report/charts.ts';
import { escape, table } from '../../stages/lib/report/html.ts';

test('a picture shows images in a grid, values as grey, gaps transparent', () => {
  const row = new Float32Array(3 * 784).map((_, at) => [0, 0.5, 2][Math.floor(at / 784)]!);
  const { width, height, channels, data } = decode(picture([row, row], 2));
  assert.deepEqual([width, height, channels], [3 * 60 - 4, 2 * 60 - 4, 2]);
  const pixel = (x: number, y: number): number[] =>
    Array.from(data.slice(2 * (y * width + x), 2 * (y * width + x) + 2));
  assert.deepEqual(pixel(0, 0), [0, 255]);
  assert.deepEqual(pixel(60, 61), [128, 255]);
  assert.deepEqual(pixel(175, 115), [255, 255], 'cut to white');
  assert.equal(pixel(57, 0)[1], 0);
});

test('lines lie inside the chart, also where there is one epoch and one value', () => {
  for (const values of [[0.1, 0.05, 0.02], [0.1]]) {
    const svg = lineChart({
      title: 't',
      description: 'd',
      lines: [{ values, kind: 'mean' }],
      epochs: values.length,
      low: Math.min(...values) * 0.95,
      high: Math.max(...values) * 1.05,
    });
    const points = /points="([^"]*)"/
      .exec(svg)![1]!
      .split(' ')
      .map((point) => point.split(',').map(Number));
    for (const [x, y] of points) assert.ok(x! >= 0 && x! <= 380 && y! >= 0 && y! <= 215, svg);
    assert.ok(!svg.includes('NaN'));
  }
});

test('bars never go below zero', () => {
  const svg = barChart('d', [{ label: '0', values: [-0.2, 0.5] }], ['a', 'b']);
  const heights = [...svg.matchAll(/height="([-\d.]+)" rx/g)].map(([, height]) => Number(height));
  assert.equal(heights[0], 0);
  assert.ok(heights[1]! > 50);
});

test('text is escaped', () => {
  assert.equal(escape('<a href="x">&'), '&#60;a href=&#34;x&#34;&#62;&#38;');
  assert.match(table('c', [1], [{ title: '<', cell: String }]), /<th scope="col">&#60;<\/th>/);
});
