// What the page keeps safe: texts of the project are no markup, secrets of before are no part of it, and a look at garbage removes none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportedHtml, openPageServer, type PageDocument } from '../../src/ui/ui.ts';
import { makeHere } from '../cli/here.ts';
import { NOW, stage, view } from './hand-made.ts';

test('texts of the project are no markup in an exported page, and it asks nobody', () => {
  const evil = '</title></script><img src=x>';
  const document = {
    view: view({ project: evil, time: NOW, stages: [stage('a', { desc: evil })] }),
    details: { a: { name: evil } },
    tables: [],
    sizes: [],
    plots: { revisions: [], plots: [] },
  };
  const html = exportedHtml(document as unknown as PageDocument);
  assert.doesNotMatch(html, /<img src=x>/);
  assert.equal(html.match(/<\/title>/g)!.length, 1);
  assert.match(html, /Content-Security-Policy" content="default-src 'none'; [^"]*connect-src 'none'/);
  assert.match(html, /<meta name="referrer" content="no-referrer">/);
});

test('values of variables that were recorded before are not shown, and garbage is only listed', async (t) => {
  const here = makeHere(t, {});
  const declare = (value: string): void =>
    here.write(
      'pipeline.yaml',
      `stages:\n  a: {cmd: 'echo "$TOKEN" said; echo "$TOKEN" > a', env: {TOKEN: ${value}}, outs: [a]}\n`,
    );
  for (const value of ['first-secret', 'second-secret']) {
    declare(value);
    await here.out(0, 'repro', '-q');
  }
  declare('third-secret');
  const folder = process.cwd();
  t.after(() => process.chdir(folder));
  process.chdir(here.root);
  const server = await openPageServer(0, {});
  t.after(() => server.close());
  const headers = { authorization: server.url.replace(/.*token=/, 'Bearer ') };
  const get = async (path: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${server.port}/api/${path}`, { headers })).text();
  const shown = await get('view');
  const runs = (JSON.parse(shown) as [{ view: { runs: readonly { run: string }[] } }])[0].view.runs;
  assert.equal(runs.length, 2);
  const log = await get('log?stage=a&from=0');
  assert.match(log, /said/);
  const texts = [shown, await get('detail?stage=a'), log];
  for (const { run } of runs) texts.push(await get(`run?run=${encodeURIComponent(run)}`));
  assert.match(texts.slice(3).join(''), /TOKEN/);
  for (const text of texts) assert.doesNotMatch(text, /(first|second|third)-secret/);
  const garbage = await get('garbage?workspace=1');
  assert.ok((JSON.parse(garbage) as { count: number }).count > 0);
  assert.equal(await get('garbage?workspace=1'), garbage);
});
