// Tables in every form: what is best is bold, LaTeX gets nothing that it would choke on, CSV keeps numbers in full.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvText } from '../../../stages/lib/tables/csv.ts';
import { gridCsv, gridTable } from '../../../stages/lib/tables/grid-table.ts';
import { latexTable, latexText } from '../../../stages/lib/tables/latex.ts';
import { markdownTable } from '../../../stages/lib/tables/markdown.ts';
import { testCsv, testTable } from '../../../stages/lib/tables/test-table.ts';
import { sampleResults } from '../sample-results.ts';

const { levels } = sampleResults();

test('the grid table ranks within each noise level, with means and deviations over the folds', () => {
  const { columns, groups } = gridTable(levels);
  assert.deepEqual(
    columns.map(({ title }) => title),
    ['Rank', 'latent_dim', 'Parameters', 'Validation loss ↓', 'Validation SSIM ↑', 'Epochs'],
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
  };
  const other = { ...entry!, rank: 2, configuration: { ...entry!.configuration, latent_dim: 8 } };
  const [group] = gridTable([{ name: '0.3', ranked: [own, other] }]).groups;
  assert.deepEqual(group!.rows[0], {
    cells: [
      '1',
      '64',
      '123,456',
      { mean: '0.01235', deviation: '0.00068' },
      { mean: '0.876', deviation: '0.012' },
      '7',
    ],
    best: [3],
    marked: true,
  });
  assert.deepEqual([group!.rows[1]!.best, group!.rows[1]!.marked], [[], false]);
  const [head, row] = gridCsv([{ name: '0.3', ranked: [own] }]).split('\n');
  assert.deepEqual(head!.split(',').slice(-6), [
    'parameters',
    'mean_val_loss',
    'std_val_loss',
    'mean_val_ssim',
    'std_val_ssim',
    'final_epochs',
  ]);
  assert.deepEqual(row!.split(',').slice(-6), ['123456', '0.012345', '0.000678', '0.8765', '0.0123', '7']);
});

test('each cell of the test table is the value of its method and measure', () => {
  const [group] = testTable(levels).groups;
  assert.deepEqual(
    group!.rows.map(({ cells }) => cells),
    [
      ['Noisy input', '0.1200', '0.400', '9.21', '88.00', '80.00'],
      ['Gaussian filter, 0.8 px', '0.0600', '0.700', '12.22', '94.00', '85.00'],
      ['Gaussian for SSIM, 0.6 px', '0.0630', '0.685', '12.01', '93.70', '84.00'],
      ['Gaussian + calibration, 1.1 px', '0.0300', '0.850', '15.23', '97.00', '90.00'],
      ['Autoencoder', '0.0100', '0.950', '20.00', '99.00', '95.00'],
    ],
  );
  assert.deepEqual(
    group!.rows.map(({ marked }) => marked),
    [false, false, false, false, true],
  );
});

test('the best of each measure is marked, the lowest error and the highest of all others', () => {
  for (const { rows } of testTable(levels).groups) {
    assert.equal(rows.length, 5);
    assert.deepEqual(
      rows.map(({ best }) => best),
      [[], [], [], [], [1, 2, 3, 4, 5]],
    );
  }
});

test('LaTeX: booktabs, one group for each level, only ASCII, as many cells as columns', () => {
  for (const table of [gridTable(levels), testTable(levels)]) {
    const text = latexTable(table);
    assert.match(text, /^[\n -~]+$/);
    for (const part of ['\\toprule', '\\midrule', '\\addlinespace', '\\bottomrule', `\\label{tab:`])
      assert.equal(text.split(part).length, 2, part);
    const rows = text.split('\n').filter((line) => line.endsWith('\\\\') && !line.includes('multicolumn'));
    assert.equal(rows.length, 1 + table.groups.flatMap((group) => group.rows).length);
    for (const row of rows) assert.equal(row.split(' & ').length, table.columns.length, row);
  }
  assert.match(latexTable(testTable(levels)), /\\textbf\{0\.0100\}/);
  assert.match(latexTable(gridTable(levels)), /\$\\mathbf\{0\.0\d+\} \\pm 0\.0\d+\$/);
});

test('LaTeX: every character that has a meaning there is escaped', () => {
  assert.equal(
    latexText('a_b & 50 % {x} $y #1 ~ ^ \\ σ ± µ'),
    'a\\_b \\& 50 \\% \\{x\\} \\$y \\#1 \\textasciitilde{} \\textasciicircum{} \\textbackslash{} $\\sigma$ $\\pm$ ?',
  );
});

test('Markdown has a table for each level, bars and underscores escaped', () => {
  const text = markdownTable(gridTable(levels));
  assert.match(text, /### σ = 0\.3\n\n\| Rank \| latent\\_dim \|/);
  assert.match(text, /\| \*\*1\*\* \| 64 \|/);
  assert.equal(text.match(/^### /gm)!.length, 2);
});

test('CSV keeps what was computed, to the last digit', () => {
  const [head, ...rows] = gridCsv(levels).trim().split('\n');
  const column = head!.split(',').indexOf('mean_val_loss');
  assert.deepEqual(
    rows.map((row) => Number(row.split(',')[column])),
    levels.flatMap(({ ranked }) => ranked.map((entry) => entry.mean_val_loss)),
  );
  const test = testCsv(levels).split('\n');
  assert.equal(test[0], 'noise_level,method,filter_sigma,mse,ssim,psnr,pixel_accuracy,reading_accuracy');
  assert.equal(test[1], '0.3,clean,,,,,,0.99');
  assert.equal(test[3]!.split(',').slice(0, 4).join(), '0.3,gaussian,0.8,0.06');
  assert.equal(csvText(['a'], [['x,"y"'], ['z']]), 'a\n"x,""y"""\nz\n');
});
