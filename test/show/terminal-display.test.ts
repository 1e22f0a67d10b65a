import assert from 'node:assert/strict';
import test from 'node:test';
import { makeTerminalDisplay, type TerminalDisplay } from '../../src/show/show.ts';
import {
  cmdChanged,
  failed,
  fetching,
  fresh,
  output,
  progress,
  ran,
  restored,
  runEnd,
  runStart,
  skipped,
  start,
} from './events.ts';
import { address } from './stages.ts';
import { VirtualTerminal } from './virtual-terminal.ts';

interface Scene {
  readonly terminal: VirtualTerminal;
  readonly display: TerminalDisplay;
  /** Lets time pass, and draws. */
  readonly after: (seconds: number) => void;
}

interface SceneOptions {
  readonly verbose?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly estimates?: { readonly [stage: string]: number };
  readonly stages?: readonly string[];
}

function scene({
  verbose = false,
  columns = 80,
  rows = 24,
  estimates,
  stages = [],
}: SceneOptions = {}): Scene {
  let now = 0;
  const terminal = new VirtualTerminal(columns, rows);
  const display = makeTerminalDisplay({
    stream: terminal,
    verbose,
    colour: false,
    estimate: (stage) => estimates?.[stage],
    stages: stages.map(address),
    now: () => now,
  });
  const after = (seconds: number): void => {
    now += seconds;
    display.draw();
  };
  return { terminal, display, after };
}

test('what comes from a remote: bytes, rate and remaining time, until it is here', () => {
  const { terminal, display, after } = scene({ columns: 100 });
  display.event(runStart(2));
  display.event(fetching('train', 0, 0));
  after(2);
  display.event(fetching('train', 5, 40_000_000));
  after(2);
  const [line, whole] = terminal.text().split('\n');
  assert.equal(line, '⠋ train  fetching 5/20 objects, 40 MB of 100 MB, 10 MB/s, 6.0 s left');
  assert.match(whole!, /0\/2 stages/);
  display.event(restored('train'));
  after(1);
  assert.doesNotMatch(terminal.text(), /fetching/);
});

test('a line per running stage and one for all; finished stages scroll above', () => {
  const { terminal, display, after } = scene();
  display.event(runStart(4));
  display.event(fresh('download'));
  display.event(start('train@1', 1, [cmdChanged]));
  display.event(start('train@22'));
  display.event(progress('train@1', 25, 50, 'val 0.0101'));
  display.event(output('train@22', 'loading data'));
  after(12);
  assert.equal(
    terminal.text(),
    `⠋ train@1     12 s  ██████░░░░░░  25/50 epoch  val 0.0101
⠋ train@22    12 s  loading data
██████░░░░░░░░░░░░░░░░░░  1/4 stages, 2 running, 12 s so far`,
  );
  assert.equal(terminal.cursorShown, false);

  display.event(ran('train@1', 12.4, [cmdChanged]));
  after(0.5);
  assert.equal(
    terminal.text(),
    `ran      train@1  12 s  cmd: --epochs 50 → 40
⠴ train@22    13 s  loading data
████████████░░░░░░░░░░░░  2/4 stages, 1 running, 13 s so far`,
  );

  display.event(ran('train@22', 13));
  display.event(restored('select'));
  display.event(runEnd({ fresh: 1, ran: 2, restored: 1 }, 13.1));
  display.end();
  assert.equal(
    terminal.text(),
    `ran      train@1  12 s  cmd: --epochs 50 → 40
ran      train@22  13 s  new
restored select  0.1 s  cmd: --epochs 50 → 40
2 ran, 1 restored, 1 fresh, 13 s
`,
  );
  assert.equal(terminal.cursorShown, true);
});

test('each frame is one synchronised write that clears no line before it is written', () => {
  const { terminal, display, after } = scene();
  display.event(runStart(2));
  display.event(start('a'));
  after(1);
  after(0.1);
  assert.equal(terminal.writes.length, 2);
  assert.match(
    terminal.writes[1]!.replaceAll('\u001b', '␛'),
    /^␛\[\?2026h\r␛\[1A␛\[\?7l⠙ a .*␛\[K\n░.*␛\[K␛\[\?7h␛\[J␛\[\?2026l$/,
  );
});

test('a run with nothing to do draws no bar', () => {
  const { terminal, display } = scene();
  display.event(runStart(2));
  display.event(fresh('a'));
  display.event(fresh('b'));
  display.event(runEnd({ fresh: 2 }, 0.1));
  display.end();
  assert.deepEqual(terminal.writes, ['Everything is up to date. 2 fresh, 0.1 s\u001b[K\n']);
});

test('what stages took before gives bars and the time that is left', () => {
  const { terminal, display, after } = scene({
    stages: ['a', 'b', 'c'],
    estimates: { a: 40, b: 100, c: 60 },
  });
  display.event(runStart(3));
  display.event(start('a'));
  display.event(start('b'));
  after(20);
  assert.equal(
    terminal.text(),
    `⠋ a    20 s  ██████░░░░░░
⠋ b    20 s  ██▍░░░░░░░░░
░░░░░░░░░░░░░░░░░░░░░░░░  0/3 stages, 2 running, about 1 min 20 s left`,
  );
});

test('a stage that took no time before has no bar', () => {
  const { terminal, display, after } = scene({ stages: ['a'], estimates: { a: 0 } });
  display.event(runStart(1));
  display.event(start('a'));
  after(0);
  assert.equal(terminal.text().split('\n')[0], '⠋ a   0.1 s');
});

test('verbose: what stages print scrolls by, too', () => {
  const { terminal, display, after } = scene({ verbose: true });
  display.event(runStart(2));
  display.event(start('a'));
  display.event(output('a', 'one'));
  display.event(output('a', 'two'));
  after(1);
  assert.match(terminal.text(), /^a \| one\na \| two\n⠋ a   1\.0 s  two\n.*$/);
});

test('a stage that prints more between two frames than waits for one loses no line', () => {
  const written: string[] = [];
  const display = makeTerminalDisplay({
    stream: { write: (text) => written.push(text) },
    verbose: true,
    colour: false,
    estimate: () => undefined,
    now: () => 0,
  });
  display.event(runStart(1));
  display.event(start('a'));
  const lines = Array.from({ length: 1001 }, (_, n) => `line ${n}`);
  for (const line of lines) display.event(output('a', line));
  display.draw();
  assert.deepEqual(
    Array.from(written.join('').matchAll(/^.*?a \| (line \d+)/gm), ([, line]) => line),
    lines,
  );
  assert.ok(written.length > 1, 'some before the frame');
});

test('too many running stages for the terminal, too long names, a narrow terminal', () => {
  const { terminal, display, after } = scene({ columns: 30, rows: 6 });
  display.event(runStart(9));
  for (let index = 0; index < 9; index += 1) display.event(start(`a-rather-long-name-of-a-stage@${index}`));
  after(1);
  const lines = terminal.text().split('\n');
  assert.deepEqual(lines, [
    '⠋ a-rather-long-name-of-a-st…',
    '⠋ a-rather-long-name-of-a-st…',
    '⠋ a-rather-long-name-of-a-st…',
    '  and 6 more',
    '░░░░░░  0/9 stages, 9 running',
  ]);
});

test('a change of the width leaves nothing behind', () => {
  const { terminal, display, after } = scene({ columns: 70 });
  display.event(runStart(3));
  display.event(start('train@1'));
  display.event(start('train@2'));
  display.event(progress('train@1', 25, 50, 'a long note that fills the line to its end'));
  after(1);
  for (const columns of [40, 25, 90]) {
    terminal.resize(columns);
    after(1);
    assert.equal(terminal.text().split('\n').length, 3, terminal.text());
    assert.equal(terminal.text().match(/train@1/g)?.length, 1, terminal.text());
  }
});

test('waiting for another run, then going on', () => {
  const { terminal, display, after } = scene();
  display.event({ type: 'waiting', owner: 'run 12 on host a' });
  after(0);
  assert.equal(terminal.text(), '⠋ waiting for run 12 on host a');
  display.event(runStart(1));
  display.event(start('a'));
  after(1);
  assert.equal(terminal.text(), '⠋ a   1.0 s\n░░░░░░░░░░░░░░░░░░░░░░░░  0/1 stages, 1 running, 1.0 s so far');
});

test('a failure: the bar says so at once, the end says what it kept from running', () => {
  const { terminal, display, after } = scene();
  display.event(runStart(3));
  display.event(start('a'));
  display.event(start('b'));
  display.event(failed('a', { kind: 'code', code: 2 }, ['boom']));
  after(1);
  assert.match(
    terminal.text(),
    /^failed {3}a {2}3\.2 s {2}exit code 2\n.*\n.*1\/3 stages, 1 running, 1 failed, 1\.0 s so far$/,
  );
  display.event(skipped('c', 'a'));
  display.event(ran('b', 2));
  display.event(runEnd({ failed: 1, ran: 1, skipped: 1 }, 2));
  display.end();
  assert.equal(
    terminal.text(),
    `failed   a  3.2 s  exit code 2
ran      b  2.0 s  new

error[stage-failed]: the stage 'a' failed: exit code 2
  | boom
  log  cache/logs/a/1.log
  did not run  c

1 failed, 1 did not run, 1 ran, 2.0 s
`,
  );
});

test('long reasons are cut to the width of the terminal', () => {
  const { terminal, display, after } = scene({ columns: 75, stages: ['prep', 'train@1'] });
  const long = { kind: 'out-missing', path: 'a/rather/long/path/'.repeat(5) } as const;
  display.event(runStart(2));
  display.event(start('prep', 1, [long]));
  display.event(ran('prep', 65, [long], true));
  display.event(start('train@1'));
  after(1);
  assert.equal(
    terminal.text().split('\n')[0],
    'ran      prep     1 min 05 s  out missing: a/rather/lo…  outputs unchanged',
  );
});

test('Ctrl-C: what is waited for, and how to hurry it', () => {
  const { terminal, display, after } = scene();
  display.event(runStart(3));
  display.event(start('a'));
  display.event({ type: 'stopping', signal: 'SIGINT', grace: 10 });
  after(1);
  assert.equal(terminal.text(), '⠋ a   1.0 s\nSIGINT: waiting for 1 stage to end; Ctrl-C again kills it');
});

test('an end in the middle of everything gives the cursor back', () => {
  const { terminal, display, after } = scene();
  display.event(runStart(1));
  display.event(start('a'));
  after(1);
  display.end();
  assert.equal(terminal.cursorShown, true);
  assert.equal(terminal.text().trim(), '');
});

test('what stages and strangers write moves nothing on the screen', () => {
  const hostile = 'x\u001b]0;t\u0007\u001b[2K\u202e\u009b1A\nEVIL';
  const { terminal, display, after } = scene({ stages: [hostile] });
  display.event(runStart(2));
  display.event(start(hostile));
  display.event(output(hostile, hostile.replace('\n', '')));
  after(1);
  display.event(progress(hostile, 1, 2, hostile));
  after(1);
  display.event(ran(hostile, 1));
  display.event(skipped('b', hostile));
  display.event(runEnd({ ran: 1 }));
  const written = terminal.writes.join('');
  for (const part of ['\u001b]', '\u001b[2K', '\u202e', '\u009b', '\nEVIL', '\u0007'])
    assert.ok(!written.includes(part), JSON.stringify(part));
  assert.ok(written.includes('x\\u001b]0;t\\u0007'));
});
