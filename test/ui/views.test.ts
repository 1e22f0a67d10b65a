// The whole of what the page is given and shows, of a project that has one of everything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportedHtml, pageDocument } from '../../src/ui/ui.ts';
import { assertRecorded, laidOut } from '../recorded.ts';
import { openPage, type OpenPage } from './browser.ts';
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
  await assertChoices(page);
  await assertSearched(page);

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

const DRAWING = 'Graph of stages';

/** What somebody chooses is in the address, beside what was chosen before. */
async function assertChoices(page: OpenPage): Promise<void> {
  const table = '#/table/train?cols=lr,loss';
  const [one, two] = ['train@0.1-small', 'train@0.01-größe'];
  const both = `${table}&pick=${one},${two}`;
  const grid = '#/graph?open=train';
  const choices = [
    [table, 'change', 'Of', { value: ':stages' }, '#/table/:stages'],
    [table, 'input', 'Filter rows', { value: 'lr>0' }, `${table}&q=lr>0`],
    [`${table}&q=1`, 'input', 'Filter rows', { value: '' }, table],
    ['#/table/train?pick=a', 'change', 'seed', { checked: true }, '#/table/train?pick=a&cols=lr,net,seed,loss,<b>,nan,extra,seconds'], // prettier-ignore
    [table, 'change', 'loss', { checked: false }, '#/table/train?cols=lr'],
    ['#/table/train?cols=loss', 'change', 'loss', { checked: false }, '#/table/train?cols=+'],
    [table, 'change', 'Chart', { value: 'scatter' }, `${table}&chart=scatter`],
    [table, 'click', 'loss', {}, `${table}&sort=loss`],
    [`${table}&sort=loss`, 'click', 'loss ▲', {}, `${table}&sort=loss&desc=1`],
    [`${table}&sort=loss&desc=1`, 'click', 'loss ▼', {}, table],
    [`${table}&sort=loss&desc=1`, 'click', 'lr', {}, `${table}&sort=lr`],
    [table, 'change', `Compare ${one}`, {}, `${table}&pick=${one}`],
    [`${table}&pick=${one}`, 'change', `Compare ${two}`, {}, both],
    [`${table}&pick=${one},b`, 'change', `Compare ${one}`, {}, `${table}&pick=b`],
    [`${table}&chart=scatter`, 'click', one, {}, `${table}&chart=scatter&pick=${one}`],
    [`${table}&chart=scatter`, 'change', 'Up', { value: 'lr' }, `${table}&chart=scatter&y=lr`],
    [`${table}&chart=scatter`, 'change', 'Colour', { value: 'lr' }, `${table}&chart=scatter&colour=lr`],
    [`${table}&chart=parallel`, 'click', one, {}, `${table}&chart=parallel&pick=${one}`],
    [
      `${table}&chart=importance`,
      'change',
      'Importance: Of',
      { value: 'extra' },
      `${table}&chart=importance&of=extra`,
    ],
    [both, 'click', 'Equal values too', {}, `${both}&same=1`],
    [`${both}&same=1`, 'click', 'Equal values too', {}, both],
    [both, 'click', 'Choose none', {}, table],
    [`${table}&pick=a`, 'change', 'Means over: net', { checked: true }, `${table}&over=net`],
    ['#/plots', 'change', 'large', { checked: false }, '#/plots?rev=workspace,small'],
    ['#/plots?rev=small', 'change', 'small', { checked: false }, '#/plots?rev=+'],
    ['#/plots', 'input', 'Search plots', { value: 'loss' }, '#/plots?q=loss'],
    ['#/data', 'change', 'By', { value: 'output' }, '#/data?by=output'],
    ['#/data?by=output', 'input', 'Search data', { value: 'w' }, '#/data?by=output&q=w'],
    ['#/timeline', 'change', 'Run', { value: 'run 60' }, '#/timeline?run=run+60'],
    [grid, 'change', 'Colour', { value: 'loss' }, `${grid}&metric=loss`],
    [`${grid}&metric=loss`, 'change', 'Colour', { value: '' }, grid],
    [grid, 'change', 'Across', { value: 'net' }, `${grid}&across=net`],
    ['#/graph?q=x', 'input', 'Search stages', { value: 'bad' }, '#/graph?q=bad'],
    ['#/graph?all=1', 'click', '2 failed', {}, '#/graph?all=1&state=failed'],
    ['#/graph?state=failed', 'click', '2 failed', {}, '#/graph'],
    ['#/graph?all=1&at=bad', 'click', 'held', {}, '#/graph?all=1&at=held'],
    ['#/graph', 'focus', 'held', {}, '#/graph?at=held'],
    ['#/graph?at=bad', 'dblclick', 'held', {}, '#/stage/held'],
    ['#/graph?q=a&at=bad', 'dblclick', 'train ×6', {}, '#/graph?q=a&open=train'],
    ...(
      [
        ['prepare', 'ArrowDown', 'train'],
        ['train', 'ArrowUp', 'prepare'],
        ['prepare', 'ArrowRight', 'held'],
        ['held', 'ArrowLeft', 'prepare'],
        ['held', 'Home', 'photo.jpg'],
        ['held', 'End', 'never'],
      ] as const
    ).map(([at, key, to]) => [`#/graph?at=${at}`, 'keydown', DRAWING, { key }, `#/graph?at=${to}`] as const),
    ['#/graph?at=train', 'keydown', DRAWING, { key: 'Enter' }, grid],
    ['#/graph?at=held', 'keydown', DRAWING, { key: 'End', ctrlKey: true }, '#/graph?at=held'],
  ] as const;
  // Lists are encoded once more.
  const plain = (address: string): string => decodeURIComponent(decodeURIComponent(address));
  const addresses: string[] = [];
  for (const [from, event, name, value] of choices) {
    await page.show(from);
    addresses.push(plain(await page.act(event, name, value)));
  }
  assert.deepEqual(
    addresses,
    choices.map((choice) => choice.at(-1)),
  );
  assert.equal(await page.press('Escape'), '#/graph');
}

/** What is not in the address, and where a part of a long log was found. */
async function assertSearched(page: OpenPage): Promise<void> {
  const drawn = async (): Promise<string> => page.show('#/graph?at=prepare');
  const faint = async (): Promise<number> => (await drawn()).match(/class="node [^"]*faint"/g)?.length ?? 0;
  await drawn();
  await page.press('f');
  assert.equal(await faint(), 5, 'what does not lead to or from it');
  await page.act('click', 'Focus');
  assert.equal(await faint(), 0);
  const zoom = async (): Promise<string> => / scale\((.*?)\)/.exec(await drawn())![1]!;
  const whole = await zoom();
  for (const key of ['+', '-', '-']) await page.act('keydown', DRAWING, { key });
  assert.ok(Number(await zoom()) < Number(whole));
  await page.act('keydown', DRAWING, { key: '0' });
  assert.equal(await zoom(), whole);

  const found = async (): Promise<(string | undefined)[]> => {
    const shown = await page.show('#/stage/prepare');
    return [
      /role="status">(.*?)</.exec(shown)?.[1],
      /<mark class="at">(.*?<\/mark>\s*.)/.exec(shown)?.[1]?.replace(/\s*(.)$/, '$1'),
    ];
  };
  const steps = [
    ['input', { value: 'E 1' }, '1 of 10', 'e 1</mark>0'],
    ['keydown', { key: 'Enter' }, '2 of 10', 'e 1</mark>1'],
    ['input', { value: 'ne 1' }, '1 of 10', 'ne 1</mark>0'],
    ['keydown', { key: 'Enter', shiftKey: true }, '10 of 10', 'ne 1</mark>9'],
    ['keydown', { key: 'Enter' }, '1 of 10', 'ne 1</mark>0'],
    ['input', { value: 'none' }, 'not found', undefined],
    ['input', { value: '' }, undefined, undefined],
  ] as const;
  await found();
  for (const [event, value, ...expected] of steps) {
    await page.act(event, 'Search the log', value);
    assert.deepEqual(await found(), expected);
  }
}
