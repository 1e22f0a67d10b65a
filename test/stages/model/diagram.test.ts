import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parameters, type Architecture } from '../../../stages/lib/model/architecture.ts';
import { architectureDiagram } from '../../../stages/lib/model/diagram.ts';

test('the diagram shows every shape on the way, and accounts for every trained weight', () => {
  const architecture = { model: 'cdae', filters: [32, 64, 128], latentDim: 64 } as const;
  const svg = architectureDiagram(architecture);
  const shapes = [...svg.matchAll(/text-anchor="end">([^<]+)</g)].map(([, shape]) => shape);
  assert.deepEqual(shapes, [
    '28×28×1',
    '14×14×32',
    '7×7×64',
    '3×3×128',
    '64',
    '3×3×128',
    '6×6×64',
    '12×12×32',
    '24×24×32',
    '24×24×1',
    '28×28×1',
  ]);
  assertAllWeights(svg, architecture);
});

test('that of the U-Net, too, with a line for each joint', () => {
  const architecture = { model: 'unet', filters: [16, 32, 64] } as const;
  const svg = architectureDiagram(architecture);
  for (const shape of ['28×28×16', '14×14×32', '7×7×64', '14×14×64', '28×28×32', '28×28×1'])
    assert.ok(svg.includes(shape), shape);
  // Each joint begins at the row of its level, the inner one nearer to the drawing.
  assert.deepEqual(
    [...svg.matchAll(/joined with (\S+)</g)].map(([, name]) => name),
    ['encoder.level2', 'encoder.level1'],
  );
  const middle = (row: number): number => 20 + row * 60 + 23;
  assert.deepEqual(
    [...svg.matchAll(/<path d="M20 (\d+)H\S+V(\d+)/g)].map(([, from, to]) => [Number(from), Number(to)]),
    [
      [middle(2), middle(4)],
      [middle(1), middle(6)],
    ],
  );
  assertAllWeights(svg, architecture);
});

test('that of the residual U-Net ends with a subtraction', () => {
  const svg = architectureDiagram({ model: 'residual_unet', filters: [2, 3, 4] });
  assert.ok(svg.includes('noisy image − output') && !svg.includes('sigmoid'));
});

function assertAllWeights(svg: string, architecture: Architecture): void {
  const shown = [...svg.matchAll(/([\d,]+) weights/g)].map(([, count]) => Number(count!.replaceAll(',', '')));
  const trained = parameters(architecture).reduce(
    (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );
  assert.equal(
    shown.reduce((a, b) => a + b, 0),
    trained,
  );
}
