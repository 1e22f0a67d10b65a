import assert from 'node:assert/strict';
import test from 'node:test';
import type { RunEvent } from '../../src/run/run.ts';
import { makeJsonLog, makePlainLog, type PlainLogOptions } from '../../src/show/show.ts';
import {
  cmdChanged,
  failed,
  fresh,
  isNew,
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

function log(events: readonly RunEvent[], options: Partial<PlainLogOptions> = {}): string {
  let text = '';
  const renderer = makePlainLog({
    stream: { write: (piece: string) => (text += piece) },
    quiet: false,
    verbose: false,
    colour: false,
    github: false,
    now: () => 0,
    ...options,
  });
  for (const event of events) renderer.event(event);
  renderer.end();
  return text;
}

const twoStages = [
  runStart(4),
  fresh('download'),
  { type: 'vanished', stage: 'train@9', path: 'models/9' },
  start('train@1', 1, [cmdChanged]),
  start('train@2'),
  output('train@1', 'epoch 1/2'),
  output('train@2', '\u001b[32mgreen\u001b[0m\ttab\u0007'),
  ran('train@1', 12.3, [cmdChanged]),
  ran('train@2', 65, [isNew], true),
  restored('select'),
  runEnd({ fresh: 1, ran: 2, restored: 1 }, 78),
] as const satisfies readonly RunEvent[];

test('a run, line by line', () => {
  assert.equal(
    log(twoStages),
    `removed  models/9  train@9 no longer declares it
start    train@1  cmd: --epochs 50 → 40
start    train@2  new
train@1 | epoch 1/2
train@2 | green    tab\\u0007
ran      train@1  12 s
ran      train@2  1 min 05 s  outputs unchanged
restored select  0.1 s  cmd: --epochs 50 → 40
2 ran, 1 restored, 1 fresh, 1 min 18 s
`,
  );
});

test('a run that was ended before anything ran is not up to date', () => {
  assert.equal(
    log([runStart(2), fresh('a'), runEnd({ fresh: 1 }, 1, 'SIGINT')]),
    'Ended by SIGINT. 1 fresh, 1.0 s; the next run continues from here\n',
  );
});

test('of the stages that another one needs and that failed the first three', () => {
  const names = (...because: readonly string[]): string =>
    log([runStart(6), skipped('x', ...because)], { verbose: true }).replace(/.*needs /, '');
  assert.match(log([runStart(6), skipped('x')], { verbose: true }), / x .*the run was ended/);
  assert.deepEqual([names('a', 'b', 'c'), names('a', 'b', 'c', 'd')], ['a, b, c\n', 'a, b, c, +1 more\n']);
});

test('of many reasons the first three, and how many more there are', () => {
  const missing = (...paths: readonly string[]) =>
    paths.map((path) => ({ kind: 'out-missing', path }) as const);
  const [four, five, six] = log([
    runStart(3),
    start('a', 1, missing('1', '2', '3', '4')),
    start('b', 1, missing('1', '2', '3', '4', '5')),
    start('c', 1, missing('1', '2', '3', '4', '5', '6')),
  ])
    .split('\n')
    .map((line) => line.slice(line.indexOf('out missing')).replaceAll('out missing: ', ''));
  assert.deepEqual([four, five, six], ['1; 2; 3; 4', '1; 2; 3; 2 more', '1; 2; 3; 3 more']);
});

test('verbose tells of fresh stages too; quiet of nothing that went well', () => {
  assert.match(log(twoStages, { verbose: true }), /^fresh    download\n/);
  assert.equal(log(twoStages, { quiet: true }), '');
});

test('on GitHub what a stage printed is one group, even if stages ran side by side', () => {
  assert.equal(
    log(twoStages, { github: true }),
    `removed  models/9  train@9 no longer declares it
start    train@1  cmd: --epochs 50 → 40
start    train@2  new
::group::train@1 (12 s)
epoch 1/2
::endgroup::
ran      train@1  12 s
::group::train@2 (1 min 05 s)
green    tab\\u0007
::endgroup::
ran      train@2  1 min 05 s  outputs unchanged
restored select  0.1 s  cmd: --epochs 50 → 40
2 ran, 1 restored, 1 fresh, 1 min 18 s
`,
  );
});

test('on GitHub a failure is an annotation, and nothing that a stage prints is a command', () => {
  const failure = failed('a', { kind: 'code', code: 2 });
  const place = { file: 'pipe,line: a.yaml', line: 3, column: 5 };
  const events: RunEvent[] = [
    runStart(1),
    start('a'),
    output('a', '  ::add-mask::secret'),
    output('a', 'x ##[add-mask]secret ##[error]y'),
    failure.type === 'failed'
      ? { ...failure, problem: { ...failure.problem, place, hint: '50% or\n100%' } }
      : failure,
  ];
  assert.deepEqual(log(events, { github: true }).split('\n').slice(1), [
    '::group::a (3.2 s)',
    '|   ::add-mask::secret',
    'x # #[add-mask]secret # #[error]y',
    '::endgroup::',
    'failed   a  3.2 s  exit code 2',
    "::error file=pipe%2Cline%3A a.yaml,line=3,col=5::the stage 'a' failed: exit code 2%0A50%25 or\\n100%25",
    '',
  ]);
});

test('a group keeps the last lines of a flood', () => {
  const flood = Array.from({ length: 6000 }, (_, index) => output('a', `line ${index}`));
  const lines = log([runStart(1), start('a'), ...flood, ran('a', 1)], { github: true }).split('\n');
  assert.deepEqual(lines.slice(1, 4), [
    '::group::a (1.0 s)',
    '… 1000 earlier lines are in the log of the stage',
    'line 1000',
  ]);
});

test('nothing to do', () => {
  assert.equal(
    log([runStart(96), fresh('a'), runEnd({ fresh: 96 }, 0.41)]),
    'Everything is up to date. 96 fresh, 0.4 s\n',
  );
  assert.doesNotMatch(log([runStart(1), skipped('a'), runEnd({ skipped: 1 }, 1)]), /up to date/);
});

test('a failure repeats the last lines of its stage', () => {
  const tail = Array.from({ length: 12 }, (_, index) => `line ${index}`);
  const told = log([
    runStart(1),
    start('a'),
    failed('a', { kind: 'code', code: 2 }, tail),
    runEnd({ failed: 1 }, 1),
  ]);
  assert.deepEqual(told.match(/(?<=\| )line \d+$/gm), tail.slice(2));
});

test('what was only restored was not up to date', () => {
  assert.match(log([runStart(1), restored('a'), runEnd({ restored: 1 }, 1)]), /\n1 restored, 1\.0 s\n$/);
});

test('failures are told where they happen and, with their consequences, at the end', () => {
  assert.equal(
    log([
      runStart(6),
      start('prep'),
      output('prep', 'reading'),
      failed('prep', { kind: 'code', code: 2 }, ['reading', 'Traceback: no such file']),
      start('other'),
      failed('other', { kind: 'signal', signal: 'SIGKILL' }),
      skipped('train', 'prep'),
      skipped('report', 'train', 'other'),
      skipped('last'),
      runEnd({ failed: 2, skipped: 3 }, 3.4),
    ]),
    `start    prep  new
prep | reading
failed   prep  3.2 s  exit code 2
start    other  new
failed   other  3.2 s  killed by SIGKILL (out of memory?)

error[stage-failed]: the stage 'prep' failed: exit code 2
  | reading
  | Traceback: no such file
  log  cache/logs/prep/1.log
  did not run  train, report

error[stage-failed]: the stage 'other' failed: exit code 2
  exit  killed by SIGKILL (out of memory?)
  log  cache/logs/other/1.log
  did not run  report

2 failed, 3 did not run, 3.4 s
`,
  );
});

test('of many that did not run the first eight, and none is left out that would take no more room', () => {
  const last = (count: number): string => {
    const names = Array.from({ length: count }, (_, at) => `s${at}`);
    const events = [runStart(count), failed('a', { kind: 'code', code: 1 }), ...names.map((name) => skipped(name, 'a')), runEnd({ failed: 1 }, 1)];
    return /did not run {2}(.*)/.exec(log(events))![1]!;
  };
  assert.equal(last(9), 's0, s1, s2, s3, s4, s5, s6, s7, s8');
  assert.equal(last(10), 's0, s1, s2, s3, s4, s5, s6, s7 and 2 more');
}); // prettier-ignore

test('what keeps several stages from starting is one failure that names them', () => {
  const unreachable = (stage: string, url: string): RunEvent => ({
    type: 'failed',
    time: 0,
    stage: address(stage),
    problem: { code: 'source-unreachable', title: `'${url}' cannot be reached` },
    tail: [],
    seconds: 0.01,
  });
  const text = log([
    runStart(6),
    unreachable('a', 'http://h/x'),
    unreachable('c', 'http://h/y'),
    unreachable('b', 'http://h/x'),
    skipped('d', 'a'),
    skipped('e', 'b'),
    skipped('f', 'd', 'e'),
    runEnd({ failed: 3, skipped: 3 }),
  ]);
  assert.deepEqual(text.split('\n').slice(4), [
    "error[source-unreachable]: 'http://h/x' cannot be reached",
    '  failed  a, b',
    '  did not run  d, e, f',
    '',
    "error[source-unreachable]: 'http://h/y' cannot be reached",
    '',
    '3 failed, 3 did not run, 12 s',
    '',
  ]);
});

test('quiet still tells what was saved and what failed', () => {
  const saved = { type: 'saved', stage: 'a', path: 'out', id: '0123abcd' } as RunEvent;
  const text = log(
    [runStart(1), start('a'), saved, failed('a', { kind: 'code', code: 2 }), runEnd({ failed: 1 })],
    { quiet: true },
  );
  assert.match(text, /^saved .*out.*pipe cache restore 0123abcd.*\nfailed {3}a {2}3\.2 s {2}exit code 2\n/);
  assert.match(text, /log {2}cache\/logs\/a\/1\.log/);
});

test('an interrupted run names what it interrupted and what had not begun, and says that the next one continues', () => {
  assert.equal(
    log([runStart(3), start('a'), skipped('a'), skipped('b'), runEnd({ skipped: 2 }, 1, 'SIGINT')]),
    `start    a  new
interrupted  a
not begun    b
Ended by SIGINT. 2 did not run, 1.0 s; the next run continues from here
`,
  );
});

test('a signal: how long stages may take to end', () => {
  const events: RunEvent[] = [
    runStart(3),
    start('a'),
    start('b'),
    { type: 'stopping', signal: 'SIGTERM', grace: 10 },
  ];
  assert.match(
    log(events),
    /\nSIGTERM: waiting for 2 stages to end \(10 s at most\); SIGTERM again kills them\n$/,
  );
});

test('paths of logs below the folder are told relative to it', () => {
  const events = [runStart(1), start('a'), failed('a', { kind: 'code', code: 2 }), runEnd({ failed: 1 })];
  const deep = events.map((event) =>
    event.type === 'failed' ? { ...event, log: '/home/me/p/cache/logs/a.log' } : event,
  );
  assert.match(log(deep, { folder: '/home/me/p' }), / log {2}cache\/logs\/a\.log\n/);
  assert.match(log(deep, { folder: '/home/me/pp' }), / log {2}\/home\/me\/p\/cache/);
});

test('another attempt, and progress now and then', () => {
  let now = 0;
  let text = '';
  const renderer = makePlainLog({
    stream: { write: (piece: string) => (text += piece) },
    quiet: false,
    verbose: false,
    colour: false,
    github: false,
    now: () => now,
  });
  renderer.event(runStart(1));
  renderer.event(start('a', 2));
  for (; now < 25; now += 1) renderer.event(progress('a', now, 26, `val 0.${now}`));
  renderer.event(progress('a', 26, 26));
  assert.equal(
    text,
    `start    a  attempt 2  new
a | 0/26 epoch  val 0.0
a | 10/26 epoch  val 0.10
a | 20/26 epoch  val 0.20
a | 26/26 epoch
`,
  );
});

test('a dry run says what would be done', () => {
  assert.equal(
    log([
      runStart(5, 1, true),
      { type: 'vanished', stage: 'train@9', path: 'models/9' },
      { type: 'decided', time: 0, stage: address('a'), decision: { kind: 'fresh' } },
      { type: 'decided', time: 0, stage: address('e'), decision: { kind: 'fresh' } },
      { type: 'decided', time: 0, stage: address('b'), decision: { kind: 'run', reasons: [cmdChanged] } },
      {
        type: 'decided',
        time: 0,
        stage: address('c'),
        decision: { kind: 'restore', reasons: [isNew], outs: [], from: 'run cache' },
      },
      {
        type: 'decided',
        time: 0,
        stage: address('d'),
        decision: { kind: 'blocked', on: [address('b')], reasons: [] },
      },
      runEnd({}),
    ]),
    `remove   models/9  train@9 no longer declares it
run      b  cmd: --epochs 50 → 40
restore  c  new
perhaps  d  waits for b
1 to run, 1 to restore, 1 that depend on their outputs, 2 fresh
`,
  );
});

test('JSON: one event per line, values exact', () => {
  const lines: string[] = [];
  const renderer = makeJsonLog({ stream: { write: (piece: string) => lines.push(piece) } });
  renderer.event(
    start('a', 1, [
      {
        kind: 'changed',
        change: {
          kind: 'param',
          key: ['params.yaml', 'a.b'],
          status: 'modified',
          old: new Map([['k', 1n]]),
          new: 2n ** 70n,
        },
      },
    ]),
  );
  renderer.event({
    type: 'decided',
    time: 5,
    stage: address('a'),
    decision: { kind: 'blocked', on: [address('b')], reasons: [isNew, { kind: 'out-missing', path: 'o' }] },
  });
  renderer.event(output('a', 'x\ny'));
  renderer.end();
  assert.deepEqual(lines, [
    '{"type":"start","time":0,"stage":"a","cmd":"make a","reasons":[{"kind":"param","key":["params.yaml","a.b"],"status":"modified","old":{"k":1},"new":1180591620717411303424,"text":"params: a.b {\'k\': 1} → 1180591620717411303424"}],"log":"cache/logs/a/1.log","attempt":1}\n',
    '{"type":"decided","time":5,"stage":"a","decision":{"kind":"blocked","on":["b"],"reasons":[{"kind":"new","text":"new"},{"kind":"out-missing","path":"o","text":"out missing: o"}]}}\n',
    '{"type":"output","stage":"a","stream":"stdout","line":"x\\ny"}\n',
  ]);
});
