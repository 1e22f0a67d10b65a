import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parameters, type Architecture } from '../../../stages/lib/model/architecture.ts';
import { architectureDiagram } from '../../../stages/lib/model/diagram.ts';

test('the diagram shows every shape on the way, and accounts for every trained weight', () => {
  const architecture = { model: 'cdae', filters: [32, 64, 128], latentDim: 64 } as const;
  const svg = architectureDiagram(architecture);
  for (const shape of [
    '28×28×1',
    '14×14×32',
    '7×7×64',
    '3×3×128',
    '>64<',
    '6×6×64',
    '12×12×32',
    '24×24×32',
    '24×24×1',
  ])
    assert.ok(svg.includes(shape), shape);
  assertAllWeights(svg, architecture);
});

test('that of the U-Net, too, with a line for each joint', () => {
  const architecture = { model: 'unet', filters: [16, 32, 64] } as const;
  const svg = architectureDiagram(architecture);
  for (const shape of ['28×28×16', '14×14×32', '7×7×64', '14×14×64', '28×28×32', '28×28×1'])
    assert.ok(svg.includes(shape), shape);
  assert.equal(svg.match(/<path d="M20 /g)?.length, 2);
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
