// The exported page in a browser, by keyboard and by its controls.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from './pages.ts';
import { flagship, go, makeFlagship, opened, removeFlagship } from './flagship.ts';

before(makeFlagship);
after(removeFlagship);

test('by keyboard alone: the list, the graph along its lines, a stage, search, the help', async () => {
  const { page, complaints } = await opened(flagship, '#/graph');
  const at = (): Promise<string> => page.evaluate('decodeURIComponent(location.hash)');
  await page.keyboard.press('/');
  await page.keyboard.type('train@0.3-0.01');
  assert.match(await at(), /q=train/);
  assert.equal(await page.locator('.list .of-group').count(), 12);
  assert.equal(await page.locator('.node.faint').count(), 6);
  await page.locator('input[type=search]').fill('');
  await page.locator('.node[tabindex="0"]').focus();
  await page.keyboard.press('Home');
  assert.match(await at(), /at=download/);
  const isRight = (await page.locator('.drawing').getAttribute('data-direction')) === 'right';
  const way = [await at()];
  while (!/at=report/.test(way.at(-1)!)) {
    await page.keyboard.press(isRight ? 'ArrowRight' : 'ArrowDown');
    await until(page, `decodeURIComponent(location.hash) !== ${JSON.stringify(way.at(-1))}`);
    way.push(await at());
  }
  assert.ok(way.length >= 4 && way.length <= 6, way.join(' '));
  await until(page, `document.activeElement.querySelector('title')?.textContent === 'report'`);
  await page.keyboard.press('f');
  assert.equal(await page.locator('.node.faint').count(), 0);
  await page.keyboard.press('Enter');
  await until(page, `location.hash === '#/stage/report'`);
  // What was chosen is gone with its view.
  await until(page, `document.activeElement.textContent === 'report'`);
  await page.keyboard.press('Shift+?');
  await page.locator('dialog[open]').waitFor();
  await page.keyboard.press('Escape');
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('by keyboard alone: all of a view is reached, seen and left; what is closed gives the focus back', async () => {
  const shown = await opened(flagship, '#/graph');
  const { page, complaints } = shown;
  const views = [
    '#/graph',
    '#/graph?open=noise',
    '#/stage/classifier',
    '#/table/noise?chart=parallel',
    '#/data',
    '#/plots',
  ];
  for (const view of views) {
    await go(shown, view);
    await page.locator('.skip').focus();
    const reached: string[] = [];
    for (;;) {
      await page.keyboard.press('Tab');
      const place = await page.evaluate<string | null>(FOCUSED);
      if (place === null) break;
      assert.match(place, /^visible /, `${view}, after ${reached.at(-1)}`);
      reached.push(place);
      assert.ok(reached.length < 60, `${view}: ${reached.join(', ')}`);
    }
    assert.deepEqual(
      reached.slice(0, 5).map((place) => place.replace('visible A ', '')),
      ['Graph', 'Timeline', 'Table', 'Plots', 'Data'],
    );
    // The drawing is one place: its arrows go on from there.
    assert.equal(
      reached.filter((place) => place.startsWith('visible g ')).length,
      view === '#/graph' ? 1 : 0,
    );
  }
  await go(shown, '#/graph?open=noise');
  await page.locator('.matrix-tools a').first().focus();
  await page.keyboard.press('Enter');
  await until(page, `document.activeElement.matches('.node.selected')`);
  await page.locator('.panel a', { hasText: 'Close' }).focus();
  await page.keyboard.press('Enter');
  await until(page, `document.activeElement.title === 'noise'`);
  await page.keyboard.press('Enter');
  await page.locator('.panel').waitFor();
  await go(shown, '#/table/train');
  await page.keyboard.press('/');
  await page.keyboard.type('fold=1');
  await page.getByRole('status').filter({ hasText: '18 of 108 rows' }).waitFor();
  await page.getByRole('button', { name: 'lr' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('th[aria-sort=ascending]', { hasText: 'lr' }).waitFor();
  await page.keyboard.press('Space');
  await page.locator('th[aria-sort=descending]', { hasText: 'lr' }).waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

/** What has the focus, and whether it can be seen that it has. Null behind the last. */
const FOCUSED = `(() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const isMarked = (one) => one && (parseFloat(getComputedStyle(one).outlineWidth) > 0 && getComputedStyle(one).outlineStyle !== 'none');
  const box = at.querySelector(':scope > .box');
  const { top, bottom, left, right } = at.getBoundingClientRect();
  const isSeen = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
  const isShown = isSeen && (isMarked(at) || (box && parseFloat(getComputedStyle(box).strokeWidth) >= 2));
  return (isShown ? 'visible ' : 'hidden ') + at.localName.replace(/^a$/, 'A') + ' ' + (at.getAttribute('aria-label') ?? at.textContent.slice(0, 40));
})()`;

test('the table: sorted, filtered, averaged, drawn and compared, by its controls', async () => {
  const { page, complaints } = await opened(flagship, '#/table/train');
  const rows = page.locator('section:last-child .values tbody tr');
  const first = async (): Promise<string | null> => rows.first().locator('th').textContent();
  await page.locator('.values thead').waitFor();
  assert.equal(await rows.count(), 108);
  await page.getByRole('button', { name: 'loss' }).click();
  await page.locator('th[aria-sort=ascending]', { hasText: 'loss' }).waitFor();
  assert.match((await first())!, /^train@0\.3-0\.01-/);
  await page.getByRole('button', { name: 'loss' }).click();
  await page.locator('th[aria-sort=descending]', { hasText: 'loss' }).waitFor();
  assert.match((await first())!, /^train@0\.3-0\.03-/);
  await page.getByRole('searchbox').fill('loss<0.025 ch=64');
  await page.getByRole('status').filter({ hasText: '36 of 108 rows' }).waitFor();
  const means = page.locator('.choices', { hasText: 'Means over' });
  await means.locator('summary').click();
  await means.getByRole('checkbox', { name: 'fold' }).check();
  await page.getByRole('status').filter({ hasText: '6 of 18 rows' }).waitFor();
  assert.match((await rows.first().textContent())!, /0\.02 ± 0/);
  await page.getByRole('combobox', { name: 'Chart' }).selectOption('parallel');
  assert.equal(await page.locator('path.row-line').count(), 18);
  assert.equal(await page.locator('path.row-line.faint').count(), 12);
  await page.getByRole('combobox', { name: 'Chart' }).selectOption('scatter');
  assert.equal(await page.locator('circle.point').count(), 6);
  await page.getByRole('combobox', { name: 'Chart' }).selectOption('importance');
  const importance = page.getByRole('region', { name: 'Importance for loss' });
  assert.ok((await importance.locator('tbody tr').count()) > 0);
  await rows.nth(0).getByRole('checkbox').check();
  await rows.nth(5).getByRole('checkbox').check();
  const comparison = page.getByRole('region', { name: 'Comparison' });
  assert.match((await comparison.locator('h3').textContent())!, /^2 compared: [34] of 5 values differ/);
  assert.equal(await comparison.locator('tr.changed', { hasText: 'noise' }).count(), 1);
  assert.equal(await comparison.locator('tbody tr', { hasText: 'ch axis' }).count(), 0);
  await page.getByRole('button', { name: 'Equal values too' }).click();
  await comparison.locator('tbody tr:not(.changed)', { hasText: 'ch axis' }).waitFor();
  // All of it is in the address.
  const address = await page.evaluate<string>('location.href');
  await page.evaluate(`location.hash = '#/graph'`);
  await page.locator('.node').first().waitFor();
  await page.goto(address);
  await page.reload();
  await comparison.locator('tbody tr:not(.changed)', { hasText: 'ch axis' }).waitFor();
  await page.locator('select').first().selectOption(':experiments');
  await rows.nth(1).waitFor();
  assert.deepEqual(await rows.locator('th').allTextContents(), ['workspace', 'longer']);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('what is large: by group and by output, searched; nothing that needs a server', async () => {
  const { page, complaints } = await opened(flagship, '#/data');
  const rows = page.locator('section tbody tr');
  assert.match((await page.locator('h3').first().textContent())!, /^121 outputs, [\d.]+ k?B$/);
  assert.match((await rows.filter({ hasText: 'train' }).first().textContent())!, /^train108 outputs/);
  await page.getByRole('combobox', { name: 'By' }).selectOption('output');
  assert.equal(await rows.count(), 100);
  await page.getByRole('button', { name: 'Show all 121' }).click();
  assert.equal(await rows.count(), 121);
  await page.getByRole('searchbox').fill('sel_');
  assert.equal(await rows.count(), 3);
  assert.equal(await page.getByRole('button').count(), 0);
  assert.deepEqual(complaints, []);
  await page.context().close();
});
