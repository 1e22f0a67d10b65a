// Where MLflow, its database and its notes are, and what the files of a run are to it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ignoreOutputs } from '../../../stages/cli/ignored-root.ts';
import { liveRuns } from '../../../stages/cli/live-runs.ts';
import { findMlflow } from '../../../stages/cli/mlflow-command.ts';
import { noteMade, noteMaking, setUnfinishedAside } from '../../../stages/cli/mlflow-database.ts';
import { readParameters } from '../../../stages/cli/parameters.ts';
import { fileIdentity, openSentNotes } from '../../../stages/cli/sent-notes.ts';
import { experimentNames, trackingOptions } from '../../../stages/cli/tracking-names.ts';
import { uiCommand } from '../../../stages/cli/ui-command.ts';
import { folder } from './tracking-folder.ts';

test('a parameter file has an experiment and a model of its own: as it says, or by its name', (t) => {
  const root = folder(t);
  const write = (file: string, text: string): void => {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const full = 'Data/autoencoder/params/denoising_params.yaml';
  write(full, 'tracking: {experiment: cv, model: ae}\npaths: {root: Data/autoencoder}\n');
  const quick = 'Data/autoencoder/params/quickstart_params.yaml';
  write(quick, 'tracking: {experiment: cv_quick, model: ae-quick}\npaths: {root: Data/quick/}\n');
  write('own dir/my try_params.yaml', 'paths: {root: Data/mine}\n');
  const optionsOf = (file: string, ...set: string[]): readonly string[] =>
    trackingOptions(file, readParameters(root, file), (name) => set.includes(name));
  assert.deepEqual(optionsOf(full), []);
  assert.deepEqual(optionsOf(quick), []);
  const mine = 'own dir/my try_params.yaml';
  assert.deepEqual(optionsOf(mine), [
    '-S',
    'tracking.experiment=cv_my_try',
    '-S',
    'tracking.model=ae-my_try',
  ]);
  // The user's own -S is left as it is.
  assert.deepEqual(optionsOf(mine, 'tracking.experiment'), ['-S', 'tracking.model=ae-my_try']);

  const names = experimentNames(root, [mine]);
  assert.equal(names.full, 'cv');
  assert.deepEqual(
    [...names.byOutputs],
    [
      ['Data/autoencoder', 'cv'],
      ['Data/quick', 'cv_quick'],
      ['Data/mine', 'cv_my_try'],
    ],
  );
});

test('MLflow is looked for in .venv, then on PATH, and fetched only when asked', (t) => {
  const root = folder(t);
  const program = (path: string): string => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), '');
    chmodSync(join(root, path), 0o755);
    return join(root, path);
  };
  // An empty entry would be the working folder.
  const path = `:${join(root, 'empty')}::${join(root, 'programs')}`;
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(root);
  program('mlflow');
  // A folder of that name is no program.
  mkdirSync(join(root, 'empty/mlflow'), { recursive: true });
  assert.equal(findMlflow(root, true, path), undefined);
  program('programs/uvx');
  assert.equal(findMlflow(root, false, path), undefined);
  assert.deepEqual(findMlflow(root, true, path), ['uvx', 'mlflow']);
  const onPath = program('programs/mlflow');
  assert.deepEqual(findMlflow(root, true, path), [onPath]);
  const own = program('.venv/bin/mlflow');
  assert.deepEqual(findMlflow(root, true, path), [own]);
});

test('the command that shows the runs fits the version and the files in the folder', (t) => {
  const root = folder(t);
  const named = 'mlflow ui --backend-store-uri sqlite:///mlflow.db';
  assert.deepEqual(
    ['3.17.2', '4.0.0', '3.7.0', '3.6.0', '2.22.0', ''].map((version) =>
      uiCommand(root, version, ['mlflow']),
    ),
    ['mlflow ui', 'mlflow ui', 'mlflow ui', named, named, named],
  );
  mkdirSync(join(root, 'mlruns/0'), { recursive: true });
  writeFileSync(join(root, 'mlruns/0/meta.yaml'), '');
  assert.equal(uiCommand(root, '3.17.2', ['mlflow']), named);
  assert.equal(uiCommand('/p', '3.17.2', ['/p/.venv/bin/mlflow']), '.venv/bin/mlflow ui');
});

test('each place has a note of its own', (t) => {
  const path = join(folder(t), 'notes/sent.json');
  const note = { record: 'a', experimentId: '1', registered: false };
  openSentNotes(path).set('one', note);
  openSentNotes(path).set('other', { ...note, registered: true });
  assert.deepEqual([openSentNotes(path).get('one'), openSentNotes(path).get('none')], [note, undefined]);
});

test('only a database that no server has started on is set aside', (t) => {
  const root = folder(t);
  const database = join(root, 'mlflow.db');
  const write = (): void => writeFileSync(database, 'runs');
  // Of an earlier version: nothing says that it is unfinished.
  write();
  noteMaking(root);
  assert.equal(setUnfinishedAside(root), undefined);
  rmSync(database);
  noteMaking(root);
  write();
  noteMade(root);
  assert.equal(setUnfinishedAside(root), undefined);
  rmSync(database);
  noteMaking(root);
  write();
  for (const part of ['-journal', '-wal', '-shm']) writeFileSync(database + part, 'of the unfinished one');
  assert.equal(setUnfinishedAside(root), 'mlflow.db.unfinished');
  assert.equal(readFileSync(join(root, 'mlflow.db.unfinished'), 'utf8'), 'runs');
  // The next database would be read together with them.
  assert.deepEqual(
    readdirSync(root).filter((name) => name.startsWith('mlflow.db')),
    ['mlflow.db.unfinished'],
  );
});

test('outputs that git does not ignore are ignored, and a file of the user stays', (t) => {
  const root = folder(t);
  spawnSync('git', ['init', '-q'], { cwd: root, env: { ...process.env, PATH: '/usr/bin:/bin' } });
  const file = join(root, 'Data/new/.gitignore');
  ignoreOutputs(root, 'Data/new');
  assert.equal(readFileSync(file, 'utf8'), '*\n');
  writeFileSync(file, '!*.html\n');
  ignoreOutputs(root, 'Data/new');
  assert.equal(readFileSync(file, 'utf8'), '!*.html\n');
});

test('a database that took another’s place is another one', (t) => {
  const root = folder(t);
  const path = join(root, 'x');
  assert.equal(fileIdentity(path), undefined);
  writeFileSync(path, '');
  const first = fileIdentity(path);
  writeFileSync(path, 'more');
  assert.equal(fileIdentity(path), first);
  writeFileSync(join(root, 'y'), '');
  assert.notEqual(fileIdentity(join(root, 'y')), first);
});

test('a live file is its configuration and its fold, as far as they have come', () => {
  const configuration = { noise_level: 0.5, filters: [4, 8, 8], backend: 'wasm', threads: 1 };
  const lines = [
    { fold: 1, configuration, started: 1000, host: 'h', process: 1 },
    { epoch: 1, time: 1100, values: { val_loss: 0.5 } },
    { epoch: 2, time: 1200, values: { val_loss: 0.25 } },
  ].map((line) => JSON.stringify(line));
  const [parent, fold] = liveRuns('64-0.002-0.5-1', lines);
  assert.deepEqual(
    [parent.key, parent.params, parent.metrics],
    ['train/64-0.002-0.5', { noise_level: '0.5', filters: '4,8,8', backend: 'wasm', threads: '1' }, {}],
  );
  assert.deepEqual(
    [fold.key, fold.parent, fold.start, fold.params['fold']],
    ['train/64-0.002-0.5/fold_1', parent.key, 1000, '1'],
  );
  assert.deepEqual(fold.metrics, {
    val_loss: [
      [1, 1100, 0.5],
      [2, 1200, 0.25],
    ],
  });
});
