// What `pipe plots` draws: which rows of which files and revisions, under which names, with which template and labels.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { copiesHere, makeHere, type Here } from './here.ts';
import { gitIn } from '../git.ts';

const ANCHORS = `{"data": {"values": "<DVC_METRIC_DATA>"}, "mark": "point", "title": "My <DVC_METRIC_TITLE> <DVC_METRIC_X_LABEL> <DVC_METRIC_Y_LABEL>",
  "encoding": {"x": {"field": "<DVC_METRIC_X>"}, "y": {"field": "<DVC_METRIC_Y>"}}}`;
const FILES = {
  'pipeline.yaml': `stages:
  a:
    cmd: 'true'
    plots:
      - loss.csv: {x: step, y: loss, title: The loss, x_label: steps, y_label: value}
      - bare.tsv: {header: false}
      - pic.png
plots:
  - both: {x: {loss.csv: step, more.json: at}, y: {loss.csv: loss, more.json: [val.acc]}}
  - more.json: {template: bar_horizontal_sorted, x: val.acc, y: at}
  - dir/b.yaml: {y: w}
  - dir/in: {y: w}
  - dir: {y: v}
  - last: {x: {loss.csv: step}, y: {bare.tsv: '1'}, template: scatter}
`,
  'loss.csv': 'step,loss,note\n0,5,"a ""b"""\n1,2\n',
  'bare.tsv': '1\t2\n3\t4\n',
  'pic.png': 'png',
  'more.json':
    '{"mixed": [{"at": 3, "val.acc": 1}, 4, 5], "rows": [{"at": 1, "val.acc": 0.5}, {"at": 2, "val.acc": 0.75}]}',
  'dir/a.yaml': '- {v: 1, w: 2}\n',
  'dir/b.yaml': '- {v: 1, w: 2}\n',
  'dir/in/c.yaml': '- {v: 1, w: 2}\n',
  'classes.csv': 'actual,predicted\nx,y\ny,y\n',
  'own.json': ANCHORS,
  '.gitignore': '/cache\n/pipe_plots\n',
};

const project = copiesHere(FILES, async ({ root, read, write }) => {
  const git = gitIn(root);
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'First');
  git('tag', 'v1');
  write('loss.csv', 'step,loss,note\n0,4,c\n');
  write('bare.tsv', '3\t4\n');
  write('pipeline.yaml', read('pipeline.yaml').replace('The loss', 'New loss'));
  await Promise.resolve();
});

interface Drawn {
  readonly type: string;
  readonly revisions: readonly string[];
  readonly url?: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly anchor_definitions: Readonly<Record<string, unknown>>;
}

/** The plots by name; anchors by their short names. */
async function drawn(
  here: Here,
  ...args: readonly string[]
): Promise<Readonly<Record<string, readonly Drawn[]>>> {
  const { data } = (await here.json('plots', ...args, '--split')) as { data: Record<string, Drawn[]> };
  const short = (anchors: Drawn['anchor_definitions'] = {}): Drawn['anchor_definitions'] =>
    Object.fromEntries(
      Object.entries(anchors).map(([name, value]) => [
        name.slice('<DVC_METRIC_'.length, -1).toLowerCase(),
        value,
      ]),
    );
  return Object.fromEntries(
    Object.entries(data).map(([name, shapes]) => [
      name,
      shapes.map((shape) => ({ ...shape, anchor_definitions: short(shape.anchor_definitions) })),
    ]),
  );
}

test('every declared plot: rows, labels and series', async (t) => {
  const here = await project(t);
  const plots = await drawn(here, 'show');
  assert.deepEqual(Object.keys(plots), [
    'both',
    'more.json',
    'dir/b.yaml',
    'dir/in/c.yaml',
    'dir/a.yaml',
    'last',

    'loss.csv',
    'bare.tsv',
    'pic.png',
  ]);
  const shown = Object.entries(plots).flatMap(([name, [shape]]) => {
    const { title, x_label, y_label, data } = shape!.anchor_definitions;
    return data === undefined ? [] : [[name, title, x_label, y_label, data] as const];
  });
  const rev = 'workspace';
  const names = { rev, 'filename::field': 'more.json::val.acc' };
  assert.deepEqual(shown, [
    ['both', 'both', 'x', 'y', [
      { step: '0', loss: '4', note: 'c', dvc_inferred_y_value: '4', dvc_inferred_x_value: '0', rev, 'filename::field': 'loss.csv::loss' },
      { at: 1, 'val.acc': 0.5, dvc_inferred_y_value: 0.5, dvc_inferred_x_value: 1, ...names },
      { at: 2, 'val.acc': 0.75, dvc_inferred_y_value: 0.75, dvc_inferred_x_value: 2, ...names },
    ]],
    ['more.json', 'more.json', 'val.acc', 'at', [
      { at: 1, 'val.acc': 0.5, rev },
      { at: 2, 'val.acc': 0.75, rev },
    ]],
    ['dir/b.yaml', 'dir/b.yaml', 'step', 'w', [{ v: 1, w: 2, step: 0, rev }]],
    ['dir/in/c.yaml', 'dir/in/c.yaml', 'step', 'w', [{ v: 1, w: 2, step: 0, rev }]],
    ['dir/a.yaml', 'dir/a.yaml', 'step', 'v', [{ v: 1, w: 2, step: 0, rev }]],
    ['last', 'last', 'step', '1', [{ 0: '3', 1: '4', step: '0', rev }]],
    ['loss.csv', 'New loss', 'steps', 'value', [{ step: '0', loss: '4', note: 'c', rev }]],
    ['bare.tsv', 'bare.tsv', 'step', '1', [{ 0: '3', 1: '4', step: 0, rev }]],
  ]); // prettier-ignore
  assert.deepEqual(plots['both']![0]!.anchor_definitions['stroke_dash'], {
    field: 'filename::field',
    scale: {
      domain: ['loss.csv::loss', 'more.json::val.acc'],
      range: [
        [1, 0],
        [8, 8],
      ],
    },
    legend: { symbolFillColor: 'transparent', symbolStrokeColor: 'grey' },
  });
  const { x, y } = plots['more.json']![0]!.content['encoding'] as Record<
    'x' | 'y',
    Readonly<Record<string, unknown>>
  >;
  assert.deepEqual([x['field'], y['field'], y['sort']], ['val\\.acc', 'at', '-x']);
  const [bare] = (await drawn(here, 'show', 'classes.csv', '--no-header'))['classes.csv']!;
  assert.deepEqual(bare!.anchor_definitions['data'], [
    { 0: 'actual', 1: 'predicted', step: 0, rev },
    { 0: 'x', 1: 'y', step: 1, rev },
    { 0: 'y', 1: 'y', step: 2, rev },
  ]);
  assert.match(plots['pic.png']![0]!.url!, /pipe_plots\/workspace_pic\.png$/);
  assert.equal(here.read('pipe_plots/workspace_pic.png'), 'png');
});

test('revisions: in the order of their colours, the workspace first', async (t) => {
  const here = await project(t);
  const rows = async (...args: readonly string[]): Promise<unknown> => {
    const [shape] = (await drawn(here, ...args))['loss.csv']!;
    const { data, color } = shape!.anchor_definitions as {
      readonly data: readonly Readonly<Record<string, unknown>>[];
      readonly color: { readonly scale: unknown };
    };
    return [shape!.revisions, color.scale, data.map(({ rev, step, loss, note }) => [rev, step, loss, note])];
  };
  const scale = (...domain: readonly string[]): object => ({
    domain,
    range: ['#945dd6', '#13adc7'].slice(0, domain.length),
  });
  const now = ['workspace', '0', '4', 'c'];
  const before = (rev: string): unknown[] => [
    [rev, '0', '5', 'a "b"'],
    [rev, '1', '2', null],
  ];
  const both = (rev: string): unknown => [['workspace', rev], scale('workspace', rev), [now, ...before(rev)]];
  assert.deepEqual(await rows('show', 'loss.csv'), [['workspace'], scale('workspace'), [now]]);
  assert.deepEqual(await rows('show', 'loss.csv', '--rev', 'v1'), [['v1'], scale('v1'), before('v1')]);
  assert.deepEqual(await rows('show', 'loss.csv', '--rev', 'v1', '--rev', 'workspace'), both('v1'));
  assert.deepEqual(await rows('diff', 'v1', '--targets', 'loss.csv'), both('v1'));
  const [joined] = (await drawn(here, 'diff', 'v1', '--targets', 'loss.csv'))['loss.csv']!;
  assert.equal(joined!.anchor_definitions['title'], 'New loss', 'what the first revision declares counts');
  assert.deepEqual(await rows('diff', '--targets', 'loss.csv'), both('HEAD'), 'the workspace differs');
  assert.deepEqual(await rows('diff', 'v1', 'HEAD', '--targets', 'loss.csv'), [
    ['v1', 'HEAD'],
    scale('v1', 'HEAD'),
    [...before('v1'), ...before('HEAD')],
  ]);
  here.write('empty.json', '{}');
  const options = ['--json', '--targets', 'loss.csv', '--template', 'empty.json'];
  const { errors } = JSON.parse(await here.out(1, 'plots', 'diff', 'v1', ...options)) as {
    readonly errors: readonly { readonly rev: string; readonly type: string }[];
  };
  assert.deepEqual(
    errors.map(({ rev, type }) => [rev, type]),
    ['workspace', 'v1'].map((rev) => [rev, 'BadTemplateError']),
  );
  // What git does not track is no difference.
  gitIn(here.root)('commit', '-qam', 'Second');
  assert.deepEqual((await drawn(here, 'diff', '--targets', 'loss.csv'))['loss.csv']![0]!.revisions, [
    'workspace',
  ]);
});

test('what a command line sets: templates, fields, labels; and which plots it names', async (t) => {
  const here = await project(t);
  const { out, err } = here;
  const own = ['--template', 'own.json', '--title', 'T', '--x-label', 'X', '--y-label', 'Y', '-x', 'note'];
  assert.deepEqual(JSON.parse(await out(0, 'plots', 'show', 'loss.csv', '--show-vega', ...own)), {
    data: {
      values: [{ step: '0', loss: '4', note: 'c', rev: 'workspace', filename: 'loss.csv', field: 'loss' }],
    },
    mark: 'point',
    title: 'My T X Y',
    encoding: { x: { field: 'note' }, y: { field: 'loss' } },
  });
  const matrix = async (name: string): Promise<Readonly<Record<string, Readonly<Record<string, unknown>>>>> =>
    JSON.parse(
      await out(
        0,
        'plots',
        'show',
        'classes.csv',
        '--show-vega',
        '-x',
        'actual',
        '-y',
        'predicted',
        '--template',
        name,
      ),
    ) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const { encoding, transform } = (await matrix('confusion'))['spec'] as {
    readonly encoding: Record<'x' | 'y', { readonly field: string }>;
    readonly transform: readonly unknown[];
  };
  assert.deepEqual([encoding.x.field, encoding.y.field], ['actual', 'predicted']);
  assert.deepEqual(transform.slice(0, 3), [
    { aggregate: [{ op: 'count', as: 'xy_count' }], groupby: ['predicted', 'actual'] },
    { impute: 'xy_count', groupby: ['rev', 'predicted'], key: 'actual', value: 0 },
    { impute: 'xy_count', groupby: ['rev', 'actual'], key: 'predicted', value: 0 },
  ]);
  const shares = ((await matrix('confusion_normalized'))['spec']!['transform'] as readonly unknown[]).slice(
    3,
  );
  assert.deepEqual(shares, [
    { joinaggregate: [{ op: 'sum', field: 'xy_count', as: 'sum_y' }], groupby: ['predicted'] },
    { calculate: 'datum.xy_count / datum.sum_y', as: 'percent_of_y' },
  ]);
  assert.deepEqual(Object.keys(await drawn(here, 'show', 'pipeline.yaml::bo')), ['both']);
  const [[name, [titled]]] = Object.entries(await drawn(here, 'show', 'los.*v', '--title', 'T')) as [
    [string, readonly Drawn[]],
  ];
  assert.deepEqual([name, titled!.anchor_definitions['title']], ['loss.csv', 'T']);
  assert.match(await err(1, 'plots', 'show', 'oss.csv'), /there is no plot and no file 'oss\.csv'/);
  await out(0, 'plots', 'show', 'more', 'mor.', '--json');
  const { stdout } = await here.both(1, 'plots', 'show', 'loss.csv', 'none.csv', '--json');
  assert.ok('loss.csv' in (JSON.parse(stdout) as { data: object }).data, 'the others are drawn');
  assert.equal(await out(1, 'plots', 'show', 'pic.png', '--show-vega'), '');
  // A template of the project has precedence over a built-in one of its name.
  here.write('.pipe/plots/simple.json', ANCHORS);
  const simple = await out(0, 'plots', 'show', 'loss.csv', '--show-vega', '--template', 'simple');
  assert.match(simple, /"title":"My New loss steps value"/);
  // And over a file of the current folder; a path is relative to that.
  here.write('.pipe/plots/own.json', ANCHORS.replace('My', 'Their'));
  for (const name of ['at.json', 'own.json']) here.write(`sub/${name}`, ANCHORS.replace('My', 'Sub'));
  for (const [template, title] of [
    ['own.json', 'Their'],
    ['at.json', 'Sub'],
  ] as const) {
    const args = ['plots', 'show', '../loss.csv', '--show-vega', '--template', template];
    assert.match(await here.at('sub').out(0, ...args), new RegExp(`"title":"${title} `));
  }
  // A name is meant as it is written, too; an image without bytes is none.
  here.write('a+b.csv', 'm,n\n1,2\n');
  here.write('none.png', '');
  here.write('pipeline.yaml', 'plots:\n  - a+b.csv: {x: n, y: m, title: Sum}\n  - none.png\n');
  const [sum] = (await drawn(here, 'show', 'a+b'))['a+b.csv'] as readonly Drawn[];
  assert.equal(sum!.anchor_definitions['title'], 'Sum');
  assert.match(await err(1, 'plots', 'show', 'none.png'), /nothing to plot/);
  for (const [name, text] of Object.entries({
    'plain.json': '{"a": 1}',
    'list.json': '[]',
    'wrong.json': '{"data": {"values": "<DVC_METRIC_DATA>"}, "mark": "none"}',
    'page.html': '<html></html>',
    'pipeline.yaml': `plots: [{both: {x: {loss.csv: step, a+b.csv: m}, y: {loss.csv: loss}}}]\n`,
  }))
    here.write(name, text);
  for (const [args, said] of [
    [['plain.json'], /plain\.json has no rows/],
    [['plain.json', '-y', 'a'], /has no list of objects with the same keys/],
    [['both'], /Found 2 x and 1 y data sources/],
    [['loss.csv', '-x', 'none'], /loss\.csv has no field 'none'/],
    [['loss.csv', '--template', 'list.json'], /a template is a JSON object.*\n.*list\.json/],
    [['loss.csv', '--html-template', 'page.html'], /the page template lacks/],
    [['loss.csv', '--html-template', 'sub'], /cannot read the page template \(EISDIR\)/],
    [['loss.csv', 'a+b.csv', '--svg', '--template', 'wrong.json'], /'loss\.csv' cannot be drawn: [^]*'a\+b\.csv' cannot be drawn: /], // prettier-ignore
  ] as const)
    assert.match(await err(1, 'plots', 'show', ...args), said);
  assert.match(
    await err(0, 'plots', 'diff', 'v1', '-x', 'none'),
    /bare\.tsv has no field 'none'\n.*\n {2}plot {6}last\n {2}revision {2}v1\n/,
  );
});

test('files: pages and drawings replace their own kind only', async (t) => {
  const { at, out, err, read, write, path } = await project(t);
  const drawing = `New loss: value
4.4 ┤
    │
    │
    │
    │
    │                                     ⠁
    │
    │
    │
3.6 ┤
    └──────────────────────────────────────────────────────────────────────────
     -1                                 steps                                 1
     ━━ workspace

`;
  const svg = ['plots', 'show', '--svg', '--out', 'svg', 'loss.csv', 'pic.png'];
  process.env['LC_ALL'] = 'C.UTF-8';
  assert.equal(await out(0, ...svg), `${drawing}svg/loss.csv.svg\nsvg/workspace_pic.png\n`);
  assert.equal(await out(0, ...svg, '-q'), '');
  write('made/in/pic.png', 'png');
  assert.equal(
    await out(0, 'plots', 'show', '--svg', '--out', 'svg', 'made/in/pic.png'),
    'svg/workspace_made_in_pic.png\n',
  );
  write('made/in/gap.csv', 'loss\n4\nnan\n5\n');
  const gap = await out(0, 'plots', 'show', '--svg', '--out', 'svg', 'made/in/gap.csv');
  assert.match(
    gap,
    /^5 ┤ {40,}⣀[^]*\n\nsvg\/made_in_gap\.csv\.svg\n$/m,
    'a line from the first to the third',
  );
  write('big.json', '[{"n": 12345678901234567890}]');
  assert.match(await out(0, 'plots', 'show', '--json', 'big.json'), /"n":12345678901234567890\b/);
  write('empty.csv', '');
  await out(1, 'plots', 'show', '--json', 'loss.csv', 'empty.csv');
  write('svg/loss.csv.svg', 'mine');
  assert.match(await err(1, ...svg), /svg\/loss\.csv\.svg exists, and is not a plot/);
  assert.equal(read('svg/loss.csv.svg'), 'mine');
  const page = ['plots', 'show', '--out', 'page', 'loss.csv', 'pic.png', 'made/in/gap.csv'];
  // Empty counts as not set.
  Object.assign(process.env, { LC_ALL: '', LC_CTYPE: 'C', LANG: 'C.UTF-8' });
  assert.match(await out(0, ...page), /^New loss: value\n4\.4 \+\n[^]* o workspace\n\npage\/index\.html\n$/);
  assert.deepEqual(readdirSync(path('page')), ['index.html']);
  const data = /id="plots-data">(.*?)<\/script>/.exec(read('page/index.html'))![1]!;
  assert.deepEqual(
    (
      JSON.parse(data) as { readonly plots: readonly { readonly name: string; readonly images?: unknown }[] }
    ).plots.map(({ name, images }) => [name, images]),
    [
      ['loss.csv', undefined],
      ['made/in/gap.csv', undefined],
      ['pic.png', [{ revision: 'workspace', source: 'data:image/png;base64,cG5n' }]],
    ],
  );
  await out(0, ...page);
  write('page/index.html', '<html>\n<title>DVC Plot</title>\n');
  await out(0, ...page);
  assert.match(read('page/index.html'), /gap\.csv/);
  write('page/index.html', 'mine');
  assert.match(await err(1, ...page), /page\/index\.html exists, and is not a page of plots/);
  assert.equal(read('page/index.html'), 'mine');
  // Paths are those of the current folder, and a folder may have a point in its name.
  write('made/page.html', '<p>{plot_divs}</p>');
  const own = ['--out', 'v1.5', '--html-template', 'page.html'];
  assert.match(await at('made').out(0, 'plots', 'show', 'in/gap.csv', ...own), /\nv1\.5\/index\.html\n$/);
  assert.match(read('made/v1.5/index.html'), /^<p>/);
  const none = await err(1, 'plots', 'show', 'nope', 'loss.csv', 'nada', '--out', 'page.html');
  for (const name of ['nope', 'nada']) assert.ok(none.includes(`no plot and no file '${name}'`), none);
  assert.ok(!existsSync(path('pipe_plots')));
});

test('a plot of a stage in a folder, of which the pipeline file has one of the same name', async (t) => {
  const here = makeHere(t, {
    'pipeline.yaml': `stages: {s: {wdir: sub, cmd: x, plots: [l.csv: {title: Of the stage}, m.csv]}}
plots: [sub/l.csv: {title: Of the file}]
`,
    'sub/l.csv': 'a,b\n1,2\n',
    'sub/m.csv': 'a,c\n1,3\n',
    'in/pipeline.yaml': 'plots: [l.csv: {title: In, x: a}, both: {x: {l.csv: a}, y: {l.csv: b}}]\n',
    'in/l.csv': 'a,b\n5,6\n',
  });
  const titles = async (folder: Here | ReturnType<Here['at']>, ...targets: string[]): Promise<unknown> => {
    const { data } = (await folder.json('plots', 'show', '--split', ...targets)) as {
      data: Record<string, Drawn[]>;
    };
    return Object.entries(data).map(([name, [one]]) => [name, one!.anchor_definitions['<DVC_METRIC_TITLE>']]);
  };
  assert.deepEqual(await titles(here), [
    ['pipeline.yaml::sub/l.csv', 'Of the file'],
    ['in/l.csv', 'In'],
    ['both', 'both'],
    ['sub/l.csv', 'Of the stage'],
    ['sub/m.csv', 'sub/m.csv'],
  ]);
  assert.deepEqual(await titles(here.at('sub')), [
    ['../sub/l.csv', 'Of the file'],
    ['../in/l.csv', 'In'],
    ['both', 'both'],
    ['l.csv', 'Of the stage'],
    ['m.csv', 'm.csv'],
  ]);
  assert.deepEqual(await titles(here.at('sub'), '../pipeline.yaml::m'), [['m.csv', 'm.csv']]);
  const [both] = (await drawn(here, 'show', 'both'))['both']!;
  assert.deepEqual(both!.anchor_definitions['data'], [{ a: '5', b: '6', rev: 'workspace' }]);
});
