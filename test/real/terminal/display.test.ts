// The display of a run in a real terminal: what moves, what stays, and that a change of the size spoils neither.
import assert from 'node:assert/strict';
import test from 'node:test';
import { cmdChanged, failed, progress, ran, runEnd, runStart, skipped, start } from '../../show/events.ts';
import { startPuppet } from './puppet.ts';
import { haveTmux } from './tmux.ts';

const missing = haveTmux() ? false : 'tmux is not installed';

test('running stages move, finished ones stay above', { skip: missing }, async (t) => {
  const { terminal, send, end } = await startPuppet(t, 80, 12);
  send(
    runStart(4),
    start('train@1', 1, [cmdChanged]),
    start('train@2'),
    progress('train@1', 25, 50, 'val 0.0101'),
  );
  await terminal.until(
    /^. train@1 .*██████░░░░░░ {2}25\/50 epoch {2}val 0\.0101\n. train@2 .*\n░{24} {2}0\/4 stages, 2 running, [^\n]* so far$/,
  );
  assert.equal(terminal.cursorShown(), false);

  send(ran('train@1', 12.3, [cmdChanged]));
  await terminal.until(
    /^ran {6}train@1 {2}12 s {2}cmd: --epochs 50 → 40\n. train@2 .*\n██████░+ {2}1\/4 stages, 1 running, [^\n]* so far$/,
  );

  send(
    failed('train@2', { kind: 'code', code: 2 }, ['boom']),
    skipped('select', 'train@2'),
    runEnd({ ran: 1, failed: 1, skipped: 1 }),
  );
  end();
  const text = await terminal.until(/did not run, 1 ran, 12 s\n\[code 0\]$/);
  assert.equal(
    text,
    `ran      train@1  12 s  cmd: --epochs 50 → 40
failed   train@2  3.2 s  exit code 2

error[stage-failed]: the stage 'train@2' failed: exit code 2
  | boom
  log  cache/logs/train@2/1.log
  did not run  select

1 failed, 1 did not run, 1 ran, 12 s
[code 0]`,
  );
  assert.equal(terminal.cursorShown(), true);
});

test('a terminal that gets narrower, wider, lower and higher', { skip: missing }, async (t) => {
  const { terminal, send, end } = await startPuppet(t, 90, 20);
  const stages = ['a', 'b', 'c', 'd'].map((name) => `train@${name}`);
  send(runStart(40), ...stages.map((stage) => start(stage)));
  for (const stage of stages)
    send(progress(stage, 3, 50, 'a note that is long enough to fill a line of the terminal'));
  await terminal.until(/0\/40 stages, 4 running, [^\n]* so far$/);
  for (const [columns, rows] of [
    [50, 20],
    [30, 20],
    [120, 20],
    [120, 5],
    [60, 20],
  ] as const) {
    terminal.resize(columns, rows);
    // Whatever the size, once the next frame is drawn each line stands there once.
    const lines = rows === 5 ? 2 : 4;
    await terminal.until(
      new RegExp(
        `^(. train@[a-d] [^\\n]*\\n){${lines}}( {2}and 2 more\\n)?[^\\n]*0/40 stages, 4 running[^\\n]*$`,
      ),
    );
  }
  send(...stages.map((stage) => ran(stage, 5)), runEnd({ ran: 4 }));
  end();
  await terminal.until(/4 ran, 12 s\n\[code 0\]$/);
  assert.doesNotMatch(terminal.everything(), /stages, /);
});

test(
  'many finished stages scroll out of a low terminal and stay in its memory',
  { skip: missing },
  async (t) => {
    const { terminal, send, end } = await startPuppet(t, 60, 8);
    const stages = Array.from({ length: 60 }, (_, index) => `train@${index}`);
    send(runStart(60));
    for (const stage of stages) send(start(stage), ran(stage, 1));
    send(start('last'));
    await terminal.until(/train@59 .*\n. last .*\n.*60\/60 stages, 1 running, [^\n]* so far$/);
    send(ran('last', 1), runEnd({ ran: 61 }));
    end();
    await terminal.until(/61 ran, 12 s\n\[code 0\]$/);
    assert.deepEqual(
      terminal.everything().split('\n'),
      [...stages, 'last'].map((stage) => `ran      ${stage}  1.0 s  new`).concat('61 ran, 12 s', '[code 0]'),
    );
  },
);
