// The way without a server of one's own: a sending into the project's folder, then a plain `mlflow ui` there, looked at
// in a browser.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { freePort } from '../ports.ts';
import { assertEqualToRecord, readBack } from './read-back.ts';
import { writeProject } from './synthetic-record.ts';
import { mlflowPrograms } from './venv.ts';

const SHAPE = { configs: 3, folds: 2, epochs: 6 };
/** Screenshots stay here, to be looked at. */
const pictures = resolve(import.meta.dirname, '../../../node_modules/.cache/mlflow-ui');
let root: string;

before(() => {
  root = mkdtempSync(join(tmpdir(), 'mlflow-ui-'));
});
after(() => rmSync(root, { recursive: true }));

function sender(env: NodeJS.ProcessEnv, folder = root): ChildProcess {
  const { MLFLOW_TRACKING_URI: _uri, ...rest } = process.env;
  return spawn(process.execPath, [join(import.meta.dirname, 'send-once.ts'), folder, 'tracking.jsonl'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...rest, ...env },
  });
}

async function send(env: NodeJS.ProcessEnv, folder = root): Promise<{ outcome: string; log: string }> {
  const child = sender(env, folder);
  let [outcome, log] = ['', ''];
  child.stdout!.on('data', (chunk: Buffer) => (outcome += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await once(child, 'close');
  return { outcome: outcome.trim(), log };
}

async function databaseIn(folder: string, child: ChildProcess): Promise<void> {
  while (!existsSync(join(folder, 'mlflow.db'))) {
    assert.equal(child.exitCode, null, 'the sender ended early');
    await sleep(20);
  }
}

const withMlflow = (): NodeJS.ProcessEnv => ({
  PATH: `${mlflowPrograms()}${delimiter}${process.env['PATH']}`,
});
const withoutMlflow = (): NodeJS.ProcessEnv => ({ PATH: '/nowhere' });

/** Processes that were started in the project's folder. */
function processesIn(folder: string): string[] {
  const { stdout } = spawnSync('sh', ['-c', 'ls -l /proc/[0-9]*/cwd 2>/dev/null'], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.endsWith(`-> ${folder}`));
}

test('without MLflow everything stays pending, in one line that says how to send it', async () => {
  writeProject(root, SHAPE);
  const { outcome, log } = await send(withoutMlflow());
  assert.equal(outcome, 'pending');
  assert.match(
    log,
    /^tracking: 9 runs \(tracking.jsonl\) pending: there is no MLflow here\. .*Send with: npx denoising-autoencoder track\n$/,
  );
  assert.ok(!existsSync(join(root, 'mlflow.db')));
});

test(
  'a sender that is killed takes its server with it',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async () => {
    const child = sender(withMlflow());
    await databaseIn(root, child);
    assert.notDeepEqual(processesIn(root), []);
    child.kill('SIGKILL');
    await once(child, 'close');
    while (processesIn(root).length > 0) await sleep(50);
  },
);

test('a database whose creation was interrupted is created again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlflow-unfinished-'));
  try {
    writeProject(folder, { configs: 1, folds: 1, epochs: 1 });
    const child = sender(withMlflow(), folder);
    await databaseIn(folder, child);
    child.kill('SIGKILL');
    await once(child, 'close');
    while (processesIn(folder).length > 0) await sleep(50);
    // Whatever was there by then: a table that MLflow's own first making would make, of another shape.
    const database = new DatabaseSync(join(folder, 'mlflow.db'), { timeout: 10_000 });
    database.exec('DROP TABLE IF EXISTS experiments; CREATE TABLE experiments (half INTEGER)');
    database.exec('DROP TABLE IF EXISTS alembic_version');
    database.close();
    const { outcome, log } = await send(withMlflow(), folder);
    assert.equal(outcome, 'sent', log);
    assert.match(
      log,
      /mlflow\.db was left unfinished by an interrupted start; it is moved to mlflow\.db\.unfinished/,
    );
    assert.equal((await send(withoutMlflow(), folder)).outcome, 'up-to-date');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('runs sent into the folder are what a plain `mlflow ui` there shows', async () => {
  const record = writeProject(root, SHAPE);
  assert.equal((await send(withMlflow())).outcome, 'sent');
  // The server was stopped: the last of its processes may still be ending.
  while (processesIn(root).length > 0) await sleep(50);
  assert.ok(!existsSync(join(root, 'mlruns')));
  // Nothing pending: no server, so no MLflow is needed.
  assert.deepEqual(await send(withoutMlflow()), { outcome: 'up-to-date', log: '' });

  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const ui = spawn(join(mlflowPrograms(), 'mlflow'), ['ui'], {
    cwd: root,
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, MLFLOW_PORT: String(port), MLFLOW_WORKERS: '1' },
  });
  try {
    while (
      !(await fetch(`${url}/health`).then(
        (answer) => answer.ok,
        () => false,
      ))
    )
      await sleep(100);
    assertEqualToRecord(await readBack(url, 'denoising_cv'), record);
    await look(url, record.runs.length);
  } finally {
    process.kill(-ui.pid!, 'SIGTERM');
    await once(ui, 'exit');
  }
  // Deleting the database makes everything pending again.
  rmSync(join(root, 'mlflow.db'));
  assert.equal((await send(withoutMlflow())).outcome, 'pending');
});

async function look(url: string, runs: number): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 2400, height: 800 } });
    const experiment = await readBack(url, 'denoising_cv').then(() =>
      fetch(`${url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=denoising_cv`),
    );
    const { experiment: found } = (await experiment.json()) as { experiment: { experiment_id: string } };
    await page.goto(`${url}/#/experiments/${found.experiment_id}/runs`);
    const row = (name: string) => page.locator('.ag-row', { has: page.getByText(name, { exact: true }) });
    await row('grid_search_config_1').first().waitFor();
    await page.getByText(`${runs} matching runs`).waitFor();
    assert.equal(await row('fold_0').count(), 0, 'children are folded');
    await row('grid_search_config_1').getByRole('button').first().click();
    await row('fold_1').first().waitFor();
    assert.equal(await row('fold_0').count(), 1, 'the children of one configuration');
    await page.getByRole('button', { name: 'Columns', exact: true }).first().click();
    for (const metric of ['mean_val_loss', 'best_val_loss'])
      await page.getByTitle(metric, { exact: true }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('columnheader', { name: 'mean_val_loss' }).first().waitFor();
    await page.screenshot({ path: join(pictures, 'expanded.png') });
    const cells = await page.locator('.ag-cell').allInnerTexts();
    for (const value of ['0.25', '0.125'])
      assert.ok(
        cells.some((cell) => cell.trim() === value),
        `${value} is shown`,
      );
    await page.getByText('fold_0', { exact: true }).click();
    await page
      .getByText('model_fold_0', { exact: false })
      .or(page.getByText('val_ssim').first())
      .first()
      .waitFor();
    await page.screenshot({ path: join(pictures, 'run.png') });
  } finally {
    await browser.close();
  }
}

function chromiumPath(): string {
  const path = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    (candidate) => existsSync(candidate),
  );
  assert.ok(path, 'a Chromium is needed: apt-get install chromium');
  return path;
}
