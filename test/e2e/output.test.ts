// What stages print and what they are given as arguments: nothing is lost or cut on the way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeWorkspace, runPipe } from '../workspace.ts';

test('a line of any length is shown whole, its parts marked, in the output, the log and the events', async (t) => {
  const length = 200 * 1024;
  const workspace = makeWorkspace(t, {
    'print.js': `process.stdout.write('@'.repeat(${length}) + '\\nshort\\n' + '='.repeat(${length}));`,
    'pipeline.yaml': 'stages:\n  s:\n    cmd: node print.js\n    always_changed: true\n',
  });
  const count = (text: string, sign: string): number => text.split(sign).length - 1;
  const { stdout } = await workspace.expect(0, 'repro');
  assert.deepEqual([count(stdout, '@'), count(stdout, '=')], [length, length]);
  const shown = stdout.split('\n').filter((line) => line.startsWith('s | @'));
  assert.ok(shown.length > 1);
  assert.deepEqual(
    shown.map((line) => line.endsWith('…')),
    shown.map((_, index) => index < shown.length - 1),
  );
  assert.equal(
    (await workspace.expect(0, 'logs', 's')).stdout,
    `${'@'.repeat(length)}\nshort\n${'='.repeat(length)}\n`,
  );
  const { events } = await workspace.repro();
  const outputs = events.filter(({ type }) => type === 'output') as unknown as {
    line: string;
    more?: true;
  }[];
  const lines = outputs.map(({ line, more }) => line + (more ? '' : '\n')).join('');
  assert.equal(lines, `${'@'.repeat(length)}\nshort\n${'='.repeat(length)}\n`);
});

test('what was printed before a daemon took the output over is shown, a line without an end too', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  s:\n    cmd: printf unfinished; sleep 600 & true\n    always_changed: true\n',
  });
  const { stdout } = await workspace.expect(0, 'repro');
  assert.match(stdout, /^s \| unfinished$/m);
});

for (const file of ['pipeline.yaml', 'dvc.yaml'])
  test(`a text with a line end becomes one argument of a flag, in ${file}`, async (t) => {
    const workspace = makeWorkspace(t, {
      'params.yaml': 'opt: {note: "a\\nb\'c", list: ["x\\r\\ny", 2]}\n',
      'print.js': 'console.log(JSON.stringify(process.argv.slice(2)))',
      [file]:
        'stages:\n  d:\n    cmd: |\n      node print.js ${opt} > o\n      echo second >> o\n    outs: [o]\n',
    });
    await workspace.expect(0, 'repro');
    assert.equal(workspace.read('o'), '["--note","a\\nb\'c","--list","x\\r\\ny","2"]\nsecond\n');
    assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  });

test('colours that a stage prints are kept where colours are wanted', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:\n  s:\n    cmd: printf '\\033[31mred\\033[0m\\033[2K\\n'\n    always_changed: true\n`,
  });
  assert.match((await workspace.expect(0, 'repro')).stdout, /^s \| red\\u001b\[2K$/m);
  for (const args of [['repro'], ['logs', 's']]) {
    const { stdout } = await runPipe(workspace.root, args, { FORCE_COLOR: '1' });
    assert.ok(stdout.includes('\u001b[31mred\u001b[0m\\u001b[2K\u001b[0m\n'), JSON.stringify(stdout));
  }
});

test('a command that DVC would cut at its lines warns wherever stages are decided about', async (t) => {
  const workspace = makeWorkspace(t, {
    'dvc.yaml': 'stages:\n  s:\n    cmd: |\n      echo a \\\n        > o\n      touch o\n    outs: [o]\n',
  });
  const warning = /warning\[split-command\]: line 1 of the command ends in a backslash[^]*dvc\.yaml:4:7/;
  assert.match((await workspace.expect(0, 'status')).stderr, warning);
  assert.match((await workspace.expect(0, 'repro', '--dry')).stdout, warning);
  assert.match((await workspace.expect(0, 'repro')).stdout, warning);
});
