// The built-in templates, and what makes old ones work in a newer Vega-Lite.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import {
  BUILT_IN,
  fillTemplate,
  modernSelections,
  newRow,
  stillSpec,
  withLoessFields,
} from '../../src/plots/plots.ts';
import { pageScript } from '../../src/show/show.ts';
import { assertRecorded, laidOut } from '../recorded.ts';

test('there are DVC’s nine, each as it was recorded', () => {
  const names =
    'simple linear confusion confusion_normalized scatter scatter_jitter smooth bar_horizontal_sorted';
  assert.deepEqual([...BUILT_IN.keys()], [...names.split(' '), 'bar_horizontal']);
  const texts = Array.from(BUILT_IN, ([name, template]) => `${name}\n${laidOut(template)}\n`);
  assertRecorded(import.meta.dirname, 'templates.txt', texts.join('\n'));
});

test('a selection of Vega-Lite 4 becomes a parameter, and every mention of it', () => {
  const old = {
    selection: {
      label: { type: 'single', on: 'mouseover', empty: 'none' },
      brush: { type: 'interval', bind: 'scales' },
    },
    data: { values: [{ selection: 'a value' }] },
    encoding: {
      opacity: { condition: { selection: 'label', value: 1 }, value: 0 },
      size: { condition: { selection: { or: ['label', 'brush'] }, value: 2 } },
    },
    transform: [{ filter: { selection: { not: 'brush' } } }],
  };
  assert.deepEqual(modernSelections(old), {
    params: [
      { name: 'label', select: { type: 'point', on: 'mouseover', toggle: false } },
      { name: 'brush', select: { type: 'interval' }, bind: 'scales' },
    ],
    data: { values: [{ selection: 'a value' }] },
    encoding: {
      opacity: { condition: { param: 'label', empty: false, value: 1 }, value: 0 },
      size: { condition: { test: { or: [{ param: 'label', empty: false }, { param: 'brush' }] }, value: 2 } },
    },
    transform: [{ filter: { not: { param: 'brush' } } }],
  });
});

test('parameters of a template stay beside those that its selections become', () => {
  const spec = {
    params: [{ name: 'smooth', value: 0 }],
    selection: { brush: { type: 'interval' } },
    mark: 'line',
  };
  assert.deepEqual(modernSelections(spec)['params'], [
    { name: 'smooth', value: 0 },
    { name: 'brush', select: { type: 'interval' } },
  ]);
});

test('a template without selections stays the same object', () => {
  const simple = BUILT_IN.get('simple')!;
  assert.equal(modernSelections(simple), simple);
});

test('a picture has no marks that only show under the pointer', () => {
  for (const [name, template] of BUILT_IN) {
    const still = stillSpec(modernSelections(template));
    const text = JSON.stringify(still);
    assert.equal(/"hover"|"label"|lightpink/.test(text), false, name);
    assert.equal(text.includes('"mark"'), true, name);
    if (['simple', 'scatter', 'bar_horizontal'].includes(name)) assert.deepEqual(still, template);
  }
});

test('what something else refers to stays', () => {
  const spec = {
    layer: [
      {
        mark: 'rule',
        params: [{ name: 'hover', select: 'point' }],
        encoding: { opacity: { condition: { param: 'hover', empty: false, value: 1 }, value: 0 } },
      },
      { mark: 'line', encoding: { size: { condition: { param: 'hover', value: 2 }, value: 1 } } },
    ],
  };
  assert.equal(stillSpec(spec), spec);
});

test('colours begin again after the last; a field is one name, whatever is in it', () => {
  const content = { data: { values: '<DVC_METRIC_DATA>' }, color: '<DVC_METRIC_COLOR>', x: '<DVC_METRIC_X>', y: '<DVC_METRIC_Y>' };
  const revisions = Array.from({ length: 9 }, (_, at) => `r${at}`);
  const axes = { x: 'at[0]', y: 'val.acc', xLabel: 'x', yLabel: 'y', series: [{ filename: 'a', field: 'val.acc' }] };
  const rows = [newRow({ 'at[0]': 1, 'val.acc': 2, rev: 'r0' })];
  const filled = fillTemplate({ name: 't', content }, { rows, axes, title: 'T', revisions }).content;
  assert.deepEqual([filled['x'], filled['y']], ['at\\[0\\]', 'val\\.acc']);
  const { range } = (filled['color'] as { readonly scale: { readonly range: readonly string[] } }).scale;
  assert.equal(new Set(range).size, 7);
  assert.deepEqual(range.slice(7), range.slice(0, 2));
}); // prettier-ignore

test('smoothed fields have the names that axes read, unless they are given some', () => {
  const spec = { transform: [{ loess: 'val\\.loss', on: 'at\\[0\\]' }, { loess: 'a', on: 'b', as: ['c', 'd'] }], data: { values: [{ loess: 'a', on: 'b' }] } };
  assert.deepEqual(withLoessFields(spec), {
    transform: [{ loess: 'val\\.loss', on: 'at\\[0\\]', as: ['at[0]', 'val.loss'] }, spec.transform[1]!],
    data: spec.data,
  });
}); // prettier-ignore

test('a title is put in as it is; a template without a place for the data is refused', () => {
  const axes = { x: 'a', y: 'b', xLabel: 'x', yLabel: 'y', series: [{ filename: 'f', field: 'b' }] };
  const filling = {
    rows: [newRow({ a: 1, b: 2, rev: 'r' }), newRow({ a: 2, rev: 'r' })],
    axes,
    title: "cost $& of $$ and $'",
    revisions: ['r'],
  };
  const fill = (content: Parameters<typeof fillTemplate>[0]['content']): unknown =>
    fillTemplate({ name: 'own', content }, filling).content;
  assert.deepEqual(fill({ data: { values: '<DVC_METRIC_DATA>' }, title: 'Of <DVC_METRIC_TITLE>' }), {
    data: { values: filling.rows },
    title: `Of ${filling.title}`,
  });
  assert.throws(() => fill({ title: '<DVC_METRIC_TITLE>' }), /'own' is not using '<DVC_METRIC_DATA>' anchor/);
});

test('an image of several revisions is beside each other’s name on a page', () => {
  interface Fake {
    readonly name: string;
    readonly children: Fake[];
    readonly [property: string]: unknown;
  }
  const make = (name: string): Fake => ({
    name,
    children: [],
    appendChild(child: Fake): Fake {
      this.children.push(child);
      return child;
    },
    querySelector: () => null,
  });
  const main = make('main');
  const images = ['v1', 'v2'].map((revision) => ({ revision, source: `data:of ${revision}` }));
  const plots = [{ name: 'pic', images, problems: ['one <b>', 'two'] }];
  const document = {
    body: { dataset: {} },
    createElement: make,
    querySelector: (selector: string) => (selector === '#plots' ? main : null),
    getElementById: () => ({ textContent: JSON.stringify({ plots }) }),
  };
  const matchMedia = (): object => ({ matches: false, addEventListener: () => undefined });
  runInContext(
    pageScript(),
    createContext({ document, matchMedia, structuredClone, setTimeout, setInterval }),
  );
  const shown = ({ name, children, alt, src, textContent }: Fake): unknown => [
    name,
    ...[alt, src, textContent].filter((text) => text !== undefined),
    ...children.map(shown),
  ];
  assert.deepEqual(shown(main), [
    'main',
    [
      'figure',
      ['figcaption', 'pic'],
      [
        'div',
        ['div', ['img', 'pic, v1', 'data:of v1'], ['p', 'v1']],
        ['div', ['img', 'pic, v2', 'data:of v2'], ['p', 'v2']],
      ],
      ['p', 'one <b>'],
      ['p', 'two'],
    ],
  ]);
});
