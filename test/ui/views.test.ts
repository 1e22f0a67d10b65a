// The whole of what the page is given and shows, of a project that has one of everything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportedHtml, pageDocument } from '../../src/ui/ui.ts';
import { assertRecorded, laidOut } from '../recorded.ts';
import { openPage } from './browser.ts';
import { makeRichProject, NOW, withoutDots } from './rich-project.ts';

/** Addresses by the names of their texts. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  graph: [
    '#/graph',
    '#/graph?at=train',
    '#/graph?all=1&at=held',
    '#/graph?q=TRAIN%20small',
    '#/graph?state=failed',
    '#/graph?at=none',
  ],
  grid: [
    '#/graph?open=train',
    '#/graph?open=train&metric=loss',
    '#/graph?open=train&metric=:time&across=net',
  ],
  stages: [
    'prepare',
    'train@0.1-small',
    'train@0.01-größe',
    'collect',
    'held',
    'bad',
    'photo.jpg',
    'none',
  ].map((name) => `#/stage/${encodeURIComponent(name)}`),
  timeline: ['#/timeline', '#/timeline?run=run+60', '#/timeline?run=none'],
  tables: [
    '#/table',
    '#/table/train?over=net&sort=loss&desc=1',
    '#/table/train?cols=net%2C%253Cb%253E',
    '#/table/train?q=loss%3C0.1+net%3Dsmall+none%3D1&chart=parallel',
    '#/table/train?chart=scatter&x=lr&y=loss&colour=net&sort=loss',
    '#/table/train?chart=importance&of=loss',
    '#/table/:experiments?pick=large,small&chart=importance',
    '#/table/:stages?cols=%20',
    '#/table/none',
  ],
  plots: ['#/plots', '#/plots?rev=workspace&q=loss', '#/plots?rev=large'],
  data: ['#/data', '#/data?by=output&q=W-0'],
};

test('an exported page has everything of the project, and shows it', async (t) => {
  const project = await makeRichProject(t);
  const folder = process.cwd();
  t.after(() => process.chdir(folder));
  process.chdir(project.root);
  const made = await pageDocument({}, { logs: 'tail', plots: true });
  const document = { ...made, view: { ...made.view, time: NOW, pipe: 'VERSION' } };
  assertRecorded(import.meta.dirname, 'document.txt', `${withoutDots(laidOut(document))}\n`);

  const page = await openPage(exportedHtml(document), NOW);
  for (const [name, addresses] of Object.entries(ADDRESSES)) {
    let shown = '';
    for (const address of addresses) shown += `${address}\n${withoutDots(await page.show(address))}\n`;
    assertRecorded(import.meta.dirname, `${name}.txt`, shown);
  }
  await page.show('#/none');
  assertRecorded(import.meta.dirname, 'frame.txt', await page.whole());
  assertRecorded(import.meta.dirname, 'paper.txt', await page.print());
  assert.equal(page.title(), '✕ 2 failed · demo');

  // The same run, a minute after the second attempt of a stage began.
  const { run } = document.view;
  const started = run.findIndex((event) => event.type === 'start' && event.attempt === 2);
  const goesOn = [
    ...run.slice(0, started + 1),
    { type: 'job', stage: 'train@0.1-small', id: '7', state: 'queued', reason: 'Resources' },
    { type: 'progress', stage: 'bad', progress: { done: 1, total: 4, note: 'again' } },
  ] as const;
  const now = run[0]?.type === 'run-start' ? run[0].time + 210_000 : 0;
  const live = await openPage(
    exportedHtml({ ...document, view: { ...document.view, running: true, run: goesOn } }),
    now,
  );
  let shown = '';
  for (const address of ['#/timeline', '#/graph?state=running', '#/stage/bad', '#/stage/prepare'])
    shown += `${address}\n${withoutDots(await live.show(address))}\n`;
  await live.show('#/none');
  assertRecorded(import.meta.dirname, 'running.txt', `${shown}${await live.whole()}`);
  assert.equal(live.title(), '▶ 1/15 demo');
});
