// Tables in every form: what is best is bold, LaTeX gets nothing that it would choke on, CSV keeps numbers in full.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { varyingKeys } from '../../../stages/lib/tables/configuration-text.ts';
import { csvText } from '../../../stages/lib/tables/csv.ts';
import { differenceCsv, differenceTable } from '../../../stages/lib/tables/difference-table.ts';
import { gridCsv, gridTable } from '../../../stages/lib/tables/grid-table.ts';
import { latexTable, latexText } from '../../../stages/lib/tables/latex.ts';
import { markdownTable } from '../../../stages/lib/tables/markdown.ts';
import { percentNumber } from '../../../stages/lib/tables/number-text.ts';
import { testCsv, testTable } from '../../../stages/lib/tables/test-table.ts';
import { learningCurves } from '../../../stages/lib/measure/learning-curves.ts';
import { learningTable, learningTableCsv } from '../../../stages/lib/tables/learning-table.ts';
import { sampleCurves, sampleResults } from '../sample-results.ts';

const { levels } = sampleResults();

test('the grid table ranks within each noise level, with means and deviations over the folds', () => {
  const { columns, groups } = gridTable(levels);
  assert.deepEqual(
    columns.map(({ title }) => title),
    ['Rank', 'latent_dim', 'Parameters', 'Validation loss ↓', 'Validation SSIM ↑', 'To the best', 'Epochs'],
  );
  assert.deepEqual(
    groups.map(({ level, rows }) => [level, rows.map(({ cells }) => cells.slice(0, 2))]),
    ['0.3', '0.5'].map((level) => [
      level,
      [
        ['1', '64'],
        ['2', '8'],
      ],
    ]),
  );
  const { mean_val_loss: mean, std_val_loss: std } = levels[0]!.chosen;
  assert.deepEqual(groups[0]!.rows[0]!.cells[3], { mean: mean.toFixed(5), deviation: std.toFixed(5) });
});

test('each cell of the grid table is the value of its column', () => {
  const [entry] = levels[0]!.ranked;
  const own = {
    ...entry!,
    parameters: 123_456,
    mean_val_loss: 0.012345,
    std_val_loss: 0.000678,
    mean_val_ssim: 0.8765,
    std_val_ssim: 0.0123,
    epochs: 7,
    unfinished_folds: 1,
  };
  const difference = { mean: 0.00123, half_width: 0.00456, distinguished: false };
  const other = {
    ...entry!,
    rank: 2,
    chosen: false,
    difference,
    mean_val_ssim: 0.9,
    configuration: { ...entry!.configuration, latent_dim: 8 },
  };
  const [group] = gridTable([
    { name: '0.3', ranked: [own, other] },
    { name: '0.1', ranked: [{ ...own, mean_val_ssim: 0.95 }] },
  ]).groups;
  assert.deepEqual(group!.rows[0], {
    cells: [
      '1',
      '64',
      '123,456',
      { mean: '0.01235', deviation: '0.00068' },
      { mean: '0.876', deviation: '0.012' },
      '',
      '> 7',
    ],
    best: [0, 3],
  });
  // The best of the column, which is not the chosen row.
  assert.deepEqual(group!.rows[1]!.best, [4]);
  assert.deepEqual(group!.rows[1]!.cells.slice(-2), ['≈ 0.0012', String(entry!.epochs)]);
  // A smaller model may be chosen; the lowest loss stays that of the first rank.
  const smaller = [
    { ...own, chosen: false },
    { ...other, chosen: true },
  ];
  assert.deepEqual(
    gridTable([{ name: '0.3', ranked: smaller }]).groups[0]!.rows.map(({ best }) => best),
    [[3], [0, 4]],
  );
  const [head, row] = gridCsv([{ name: '0.3', ranked: [{ ...own, difference }] }]).split('\n');
  assert.deepEqual(head!.split(',').slice(-11), [
    'parameters',
    'mean_val_loss',
    'std_val_loss',
    'mean_val_ssim',
    'std_val_ssim',
    'final_epochs',
    'unfinished_folds',
    'loss_to_best',
    'loss_to_best_half_width',
    'distinguished',
    'chosen',
  ]);
  assert.equal(
    row!.split(',').slice(-11).join(' '),
    '123456 0.012345 0.000678 0.8765 0.0123 7 1 0.00123 0.00456 false true',
  );
});

test('each cell of the test table is the value of its method and measure', () => {
  const { rows } = testTable(levels).groups[0]!;
  assert.deepEqual(rows[0]!.cells, ['Noisy input', '0.1200', '0.400', '9.21', '88.00', '80.00']);
  assert.deepEqual(
    rows.map(({ cells }) => cells[0]),
    [
      'Noisy input',
      '+ calibration',
      'Gaussian filter',
      '+ calibration',
      'Median filter',
      '+ calibration',
      'Total variation',
      '+ calibration',
      'Non-local means',
      '+ calibration',
      'Learned filter',
      '+ calibration',
      'Autoencoder',
    ],
  );
  assert.deepEqual(rows.at(-1)!.cells.slice(1), [
    { mean: '0.0100', deviation: '0.0002' },
    { mean: '0.950', deviation: '0.001' },
    { mean: '20.00', deviation: '0.05' },
    { mean: '99.00', deviation: '0.04' },
    { mean: '95.00', deviation: '0.30' },
  ]);
});

test('the best of each measure is bold, the lowest error and the highest of all others, whoever has it', () => {
  const [level] = levels;
  for (const { rows } of testTable(levels).groups)
    assert.deepEqual(
      rows.map(({ best }) => best),
      [...Array.from({ length: 12 }, () => []), [1, 2, 3, 4, 5]],
    );
  // Each level has its own.
  const worse = { ...level!, model: { ...level!.model, mse: 0.011 } };
  assert.deepEqual(
    testTable([level!, worse]).groups.map(({ rows }) => rows[12]!.best),
    [
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ],
  );
  const baseline = { ...level!.baseline, tv_affine: { ...level!.baseline.tv_affine, ssim: 0.96 } };
  const { rows } = testTable([{ ...level!, baseline }]).groups[0]!;
  assert.deepEqual([rows[7]!.best, rows[12]!.best], [[2], [1, 3, 4, 5]]);
});

test('the caption of the test table says how many images the final models were trained on', () => {
  const on = (...numbers: readonly (number | 'all')[]): string =>
    testTable(
      numbers.map((train_on) => {
        const [level] = levels;
        const { chosen } = level!;
        return { ...level!, chosen: { ...chosen, configuration: { ...chosen.configuration, train_on } } };
      }),
    ).caption;
  assert.match(on('all', 'all'), /trained on all of these/);
  assert.match(on(1000, 1000), /trained on 1,000 of these/);
  assert.match(on('all', 1000), /trained on as many of these as each configuration says/);
});

test('a configuration is named by what differs anywhere among them', () => {
  const [entry] = levels[0]!.ranked;
  const withRate = (learning_rate: number) => ({
    ...entry!,
    configuration: { ...entry!.configuration, learning_rate },
  });
  assert.deepEqual(varyingKeys([entry!, entry!, withRate(0.5)]), ['learning_rate']);
});

test('small shares in percent keep a place behind the point', () => {
  assert.deepEqual([0.025, 0.25, 0, 1].map(percentNumber), ['2.5', '25', '0', '100']);
});

test('the learning table has a row for each number of images, and one for the fit', () => {
  const { levels } = sampleCurves();
  const [curve] = learningCurves(levels[0]!.ranked);
  const { points, reach, mse, dissimilarity } = curve!;
  const { rows } = learningTable(levels)!.groups[0]!;
  const pair = ({ mean, std }: { mean: number; std: number }, digits: number) => ({
    mean: mean.toFixed(digits),
    deviation: std.toFixed(digits),
  });
  assert.deepEqual(
    rows.map(({ cells }) => cells),
    [
      ...points.map((point, at) => [
        ['2', '4', '8'][at],
        pair(point.mse, 5),
        pair(point.ssim, 3),
        at === 0 ? '> 4' : '3',
      ]),
      ['fit: 40', pair(reach.mse, 5), pair(reach.ssim, 3), ''],
    ],
  );
  assert.equal(learningTable(sampleResults().levels), undefined);
  const [, first, , , last] = learningTableCsv(levels).split('\n');
  // Three points and a fit for each level, of its own runs.
  const rowsOfLevels = learningTableCsv(levels)
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => row.split(','));
  assert.deepEqual(
    rowsOfLevels
      .filter(([, , kind]) => kind === 'measured')
      .map(([level, , , , mean]) => [level, Number(mean)]),
    levels.flatMap(({ name, ranked }) =>
      learningCurves(ranked)[0]!.points.map((point) => [name, point.mse.mean]),
    ),
  );
  const { entry, mse: own, ssim } = points[0]!;
  assert.equal(
    first,
    ['0.3', entry.name, 'measured', 2, own.mean, own.std, ssim.mean, ssim.std, 4, 1, '', '', '', ''].join(),
  );
  assert.equal(
    last,
    [
      '0.3',
      points[2]!.entry.name,
      'fit',
      40,
      reach.mse.mean,
      reach.mse.std,
      reach.ssim.mean,
      reach.ssim.std,
      '',
      '',
      mse.a,
      mse.b,
      dissimilarity.a,
      dissimilarity.b,
    ].join(),
  );
});

test('the model of each level has its own name', () => {
  const [first, last] = levels as [(typeof levels)[0], (typeof levels)[0]];
  const { chosen } = last;
  const configuration = { ...chosen.configuration, model: 'unet' as const };
  const both = [first, { ...last, chosen: { ...chosen, configuration } }];
  assert.match(differenceTable(levels).caption, /^Autoencoder minus rival/);
  assert.match(differenceTable(both).caption, /^Autoencoder or U-Net minus rival/);
  assert.deepEqual(
    testTable(both).groups.map(({ rows }) => rows.at(-1)!.cells[0]),
    ['Autoencoder', 'U-Net'],
  );
});

test('differences are shown with their intervals, and a sign of their own', () => {
  const { rows } = differenceTable(levels).groups[0]!;
  assert.equal(rows.length, 12);
  assert.deepEqual(rows[0]!.cells, ['Noisy input', '−0.1100 [−0.1110, −0.1090]', '0.100 [0.090, 0.110]']);
  const other = {
    ...levels[1]!,
    comparisons: () => levels[1]!.comparisons().map((one) => ({ ...one, mse: one.ssim })),
  };
  assert.deepEqual(differenceTable([levels[0]!, other]).groups[1]!.rows[0]!.cells, [
    'Noisy input',
    '0.1000 [0.0900, 0.1100]',
    '0.100 [0.090, 0.110]',
  ]);
  const [head, first, second] = differenceCsv(levels).split('\n');
  assert.equal(head, 'noise_level,rival,measure,difference,low,high');
  assert.match(first!, /^0\.3,noisy,mse,-0\.11,-0\.111,-0\.109$/);
  assert.equal(second, '0.3,noisy,ssim,0.1,0.09,0.11');
});

test('LaTeX: booktabs, one group for each level, only ASCII, as many cells as columns', () => {
  for (const table of [gridTable(levels), testTable(levels), differenceTable(levels)]) {
    const text = latexTable(table);
    assert.match(text, /^[\n -~]+$/);
    for (const part of ['\\toprule', '\\midrule', '\\addlinespace', '\\bottomrule', `\\label{tab:`])
      assert.equal(text.split(part).length, 2, part);
    const rows = text.split('\n').filter((line) => line.endsWith('\\\\') && !line.includes('multicolumn'));
    assert.equal(rows.length, 1 + table.groups.flatMap((group) => group.rows).length);
    for (const row of rows) assert.equal(row.split(' & ').length, table.columns.length, row);
  }
  assert.match(latexTable(gridTable(levels)), /^\\label\{tab:grid-search-val-loss\}$/m);
  assert.match(latexTable(testTable(levels)), /\$\\mathbf\{0\.0100\} \\pm 0\.0002\$/);
  assert.match(latexTable(gridTable(levels)), /\$\\mathbf\{0\.0\d+\} \\pm 0\.0\d+\$/);
});

test('LaTeX: every character that has a meaning there is escaped', () => {
  assert.equal(
    latexText('a_b & 50 % {x} $y #1 ~ ^ \\ σ ± µ'),
    'a\\_b \\& 50 \\% \\{x\\} \\$y \\#1 \\textasciitilde{} \\textasciicircum{} \\textbackslash{} $\\sigma$ $\\pm$ ?',
  );
});

test('LaTeX: a difference keeps its sign', () => {
  assert.equal(latexText('−0.01 [−0.02, 0.01]'), '$-$0.01 [$-$0.02, 0.01]');
  assert.match(
    latexTable(differenceTable(levels)),
    /Noisy input & \$-\$0\.1100 \[\$-\$0\.1110, \$-\$0\.1090\] & 0\.100/,
  );
});

test('LaTeX: a mean that is about right has its sign', () => {
  const groups = [{ level: '0.3', rows: [{ cells: [{ mean: '≈ 0.5', deviation: '0.1' }], best: [] }] }];
  const table = { name: 'a', caption: 'a', columns: [{ title: 'a', number: true }], groups };
  assert.match(latexTable(table), /^\$\\approx 0\.5 \\pm 0\.1\$ /m);
});

test('Markdown has a table for each level, bars and underscores escaped', () => {
  const text = markdownTable(gridTable(levels));
  assert.match(text, /### σ = 0\.3\n\n\| Rank \| latent\\_dim \|/);
  assert.match(text, /\| \*\*1\*\* \| 64 \|/);
  assert.match(text, /latent\\_dim \|[^\n]*\n(?:\| ---:? ){3,}\|\n/);
  assert.deepEqual(text.match(/^### .*/gm), ['### σ = 0.3', '### σ = 0.5']);
  assert.match(markdownTable({ ...gridTable(levels), caption: 'a|b' }), /^a\\\|b\n/);
});

test('CSV keeps what was computed, to the last digit', () => {
  const [head, ...rows] = gridCsv(levels).trim().split('\n');
  const column = head!.split(',').indexOf('mean_val_loss');
  assert.deepEqual(
    rows.map((row) => Number(row.split(',')[column])),
    levels.flatMap(({ ranked }) => ranked.map((entry) => entry.mean_val_loss)),
  );
  const test = testCsv(levels).split('\n');
  assert.equal(
    test[0],
    'noise_level,method,settings,mse,ssim,psnr,pixel_accuracy,reading_accuracy,mse_std,ssim_std,psnr_std,pixel_accuracy_std,reading_accuracy_std',
  );
  assert.equal(test[1], '0.3,clean,,,,,,0.99,,,,,');
  assert.equal(test[4]!.split(',').slice(0, 4).join(), '0.3,gaussian,sigma 0.8,0.104');
  assert.ok(test[10]!.startsWith('0.3,nlm,"patch 5, distance 5, h 0.15, sigma 0.35",'), test[10]);
  assert.equal(test[14]!.split(',').slice(8).join(), '0.0002,0.001,0.05,0.0004,0.003');
  assert.equal(csvText(['a'], [['x,"y"'], ['"q"'], ['z']]), 'a\n"x,""y"""\n"""q"""\nz\n');
  // Each level has the reading of its own clean images.
  const [first, last] = levels;
  const apart = testCsv([first!, { ...last!, reading: { ...last!.reading, clean: 0.98 } }]);
  assert.deepEqual(apart.match(/^.*,clean,.*$/gm), ['0.3,clean,,,,,,0.99,,,,,', '0.5,clean,,,,,,0.98,,,,,']);
});
