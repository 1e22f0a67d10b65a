// What an edit of the experiment costs: for each, exactly which stages run. The experiment itself, with its own stages, at
// a size where a training takes no time. A sample does without: before the first edit all stages run.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, globSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { isWhole, testInWhole } from '../amount.ts';
import {
  compiledOnce,
  editFile,
  makeTinyExperiment,
  paramsFile as params,
  runCommand,
} from '../tiny-experiment.ts';
import { runPipe, type Event } from '../workspace.ts';

let root: string;

interface Settled {
  readonly ran: readonly string[];
  readonly restored: readonly string[];
}

if (isWhole) {
  before(async () => {
    root = makeTinyExperiment();
    const first = await repro();
    assert.deepEqual(first.ran, everything);
  });
  after(() => rmSync(root, { recursive: true, force: true }));
}

const edit = (file: string, from: RegExp, to: string): void => editFile(join(root, file), from, to);
const append = (file: string, text: string): void => appendFileSync(join(root, file), text);
const touch = (file: string): void => utimesSync(join(root, file), new Date(), new Date());

function splits(from: number, to: number): void {
  const folds = (n: number): string => `[${Array.from({ length: n }, (_, fold) => fold).join(', ')}]`;
  edit(params, new RegExp(`n_splits: ${from}`), `n_splits: ${to}`);
  edit(params, new RegExp(`folds: \\[${folds(from).slice(1, -1)}\\]`), `folds: ${folds(to)}`);
}

async function repro(): Promise<Settled> {
  const { code, stdout, stderr } = await runPipe(root, ['repro', '--json'], compiledOnce(root));
  assert.equal(code, 0, stdout.slice(-3000) + stderr);
  const events = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event);
  const named = (type: string): string[] =>
    events
      .filter((event) => event.type === type)
      .map((event) => event.stage!)
      .sort();
  return { ran: named('ran'), restored: named('restored') };
}

const sorted = (stages: readonly string[] = []): string[] => [...stages].sort();
const level = (names: readonly string[], noise: string): string[] => names.map((name) => `${name}@${noise}`);
/** The folds of one configuration. */
const train = (configuration: string, folds: number): string[] =>
  Array.from({ length: folds }, (_, fold) => `train@2-${configuration}-${fold}`);
const allTrain = (folds: number): string[] => [...train('0.001-0.5', folds), ...train('0.005-0.5', folds)];

const perLevel = ['noise', 'split', 'retrain', 'noise_test', 'evaluate', 'baseline', 'reading'];
const once = [
  'download@train',
  'download@test',
  'classifier',
  'select',
  'best_model',
  'tables',
  'figures',
  'draw_page',
  'report',
  'track',
];
const everything = sorted([...once, ...allTrain(2), ...level(perLevel, '0.5')]);

interface Row {
  readonly edit: string;
  readonly make: () => void;
  readonly ran?: readonly string[];
  readonly restored?: readonly string[];
}

/** What is made of results of any kind. */
const shown = ['tables', 'figures', 'report', 'track'];
/** What follows when another configuration is chosen; the noisy test images come out as before, so the filters stay. */
const chosen = [
  'select',
  ...level(['retrain', 'noise_test', 'evaluate', 'reading'], '0.5'),
  'best_model',
  'draw_page',
  ...shown,
];
/** What follows when the choice rests on other folds and the final model comes out as before: what it denoises can be read as before. */
const refolded = chosen.filter((stage) => !/^(?:reading|draw_page)/.test(stage));
/** What follows when the table of configurations changes and the choice does not. */
const listed = ['select', 'evaluate@0.5', ...shown];

/** What follows when the grid gets another noise level, whose loss is lower: what was measured at the first one stays. */
const added = ['select', 'best_model', 'draw_page', ...shown];

/** One after the other, each on top of those before it. */
const table: readonly Row[] = [
  { edit: 'nothing', make: () => {} },
  { edit: 'a comment in pipeline.yaml', make: () => append('pipeline.yaml', '\n# a comment\n') },
  {
    edit: 'touch of everything',
    make: () => globSync('{pipeline.*,stages/**/*,Data/**/*}', { cwd: root }).forEach(touch),
  },
  {
    edit: 'one learning rate replaced',
    make: () => edit(params, /\[0.001, 0.005\]/, '[0.001, 0.004]'),
    ran: [...train('0.004-0.5', 2), ...chosen],
  },
  {
    edit: 'one learning rate replaced, back again',
    make: () => edit(params, /\[0.001, 0.004\]/, '[0.001, 0.005]'),
    restored: [...train('0.005-0.5', 2), ...chosen],
  },
  {
    edit: 'one learning rate added',
    make: () => edit(params, /\[0.001, 0.005\]/, '[0.001, 0.005, 0.002]'),
    ran: [...train('0.002-0.5', 2), ...listed],
  },
  { edit: 'one learning rate removed', make: () => edit(params, /, 0.002\]/, ']'), restored: listed },
  {
    edit: 'base.epochs',
    make: () => edit(params, /epochs: 1\b/, 'epochs: 2'),
    ran: [...allTrain(2), ...chosen],
  },
  {
    edit: 'base.epochs, back again',
    make: () => edit(params, /epochs: 2\b/, 'epochs: 1'),
    restored: [...allTrain(2), ...chosen],
  },
  { edit: 'a base value that the grid shadows', make: () => edit(params, /latent_dim: 4/, 'latent_dim: 8') },
  {
    edit: 'one noise level added',
    make: () => edit(params, /noise_level: \[0.5\]/, 'noise_level: [0.5, 0.3]'),
    ran: [...level(perLevel, '0.3'), ...train('0.001-0.3', 2), ...train('0.005-0.3', 2), ...added],
  },
  {
    edit: 'one noise level removed',
    make: () => edit(params, /noise_level: \[0.5, 0.3\]/, 'noise_level: [0.5]'),
    restored: added,
  },
  { edit: 'n_splits', make: () => splits(2, 3), ran: ['split@0.5', ...allTrain(3), ...refolded] },
  {
    edit: 'n_splits, back again',
    make: () => splits(3, 2),
    restored: ['split@0.5', ...allTrain(2), ...refolded],
  },
  {
    edit: 'train.ts',
    make: () => append('stages/train.ts', '// edited\n'),
    ran: [...allTrain(2), 'report', 'track'],
  },
  { edit: 'report.ts', make: () => append('stages/report.ts', '// edited\n'), ran: ['report'] },
  {
    edit: 'a module that several stages share',
    make: () => append('stages/lib/measure/ssim.ts', '// edited\n'),
    ran: [
      ...allTrain(2),
      ...level(['retrain', 'evaluate', 'baseline'], '0.5'),
      'draw_page',
      'report',
      'track',
    ],
  },
  {
    // One more section, which programs ignore: still a module of the same sources. And a layer, which the page uses, too.
    edit: 'the compiled kernels and a layer of packages/tensorflow',
    make: () => {
      append('packages/tensorflow/src/wasm/assembly/kernels.wasm', '\0\u0002\u0001x');
      append('packages/tensorflow/src/conv.ts', '// edited\n');
    },
    ran: [
      ...allTrain(2),
      ...level(['retrain', 'evaluate', 'reading'], '0.5'),
      'classifier',
      'draw_page',
      'report',
      'track',
    ],
  },
  {
    edit: 'a parameter of the classifier',
    make: () => edit(params, /channels: \[2, 2\]/, 'channels: [2, 3]'),
    ran: ['classifier', 'reading@0.5', 'draw_page', ...shown],
  },
  {
    edit: 'a parameter of the classifier, back again',
    make: () => edit(params, /channels: \[2, 3\]/, 'channels: [2, 2]'),
    restored: ['classifier', 'reading@0.5', 'draw_page', ...shown],
  },
  {
    edit: 'what only figures and the page draw with',
    make: () => append('stages/lib/figures/bars.ts', '// edited\n'),
    ran: ['figures', 'report'],
  },
  {
    edit: 'what only tables are written with',
    make: () => append('stages/lib/tables/latex.ts', '// edited\n'),
    ran: ['tables'],
  },
  {
    edit: 'one output deleted',
    make: () => rmSync(join(root, 'Data/autoencoder/noisy/train_noise0.5.npy')),
    restored: ['noise@0.5'],
  },
  {
    edit: 'one output edited by hand',
    make: () => append('Data/autoencoder/select/configurations.json', ' '),
    restored: ['select'],
  },
];

testInWhole(
  'denoise finds everything up to date, says where the report is, and a server that is down costs one line',
  () => {
    const run = (...args: readonly string[]): string => {
      const { status, output } = runCommand(root, args);
      assert.equal(status, 0, output);
      return output;
    };
    const output = run('denoise');
    assert.match(output, /up to date/);
    const report = join(root, 'Data/autoencoder/report/report.html');
    assert.ok(output.includes(`The report: ${report}`), output);
    assert.match(output, /^backend wasm /m);
    assert.match(output, /^tracking: .*pending.*npx denoising-autoencoder track/m);
    assert.match(run('info'), /^ {2}4 of 4 trainings done\n {2}σ 0\.5: MSE 0\./m);
  },
);

for (const row of table) {
  testInWhole(row.edit, async () => {
    row.make();
    const { ran, restored } = await repro();
    assert.deepEqual([ran, restored], [sorted(row.ran), sorted(row.restored)]);
  });
}

testInWhole('every link of the report leads to a file', () => {
  const folder = join(root, 'Data/autoencoder/report');
  for (const page of ['report.html', 'draw.html']) {
    const html = readFileSync(join(folder, page), 'utf8');
    const links = [...html.matchAll(/<a (?:class="\w+" )?href="([^"#]+)"/g)].map(([, link]) => link!);
    assert.ok(links.length > 0);
    for (const link of links) assert.ok(existsSync(join(folder, link)), `${page}: ${link}`);
  }
});
