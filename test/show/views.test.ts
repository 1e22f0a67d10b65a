// Graphs in every form, and runs as every display shows them, held whole to recorded texts.
import { test } from 'node:test';
import {
  dagDot,
  dagJson,
  dagMermaid,
  dagText,
  dagView,
  makeJsonLog,
  makePlainLog,
  makeTerminalDisplay,
  makeTrace,
  recordedEvent,
} from '../../src/show/show.ts';
import type { RunEvent } from '../../src/run/run.ts';
import { assertRecorded, laidOut } from '../recorded.ts';
import {
  cmdChanged,
  failed,
  fetching,
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
import { address, graphOf, makeStage } from './stages.ts';
import { VirtualTerminal } from './virtual-terminal.ts';

/** Chains, a fan, two groups, one of them with different outputs, parts without edges to others, odd names. */
const graph = graphOf([
  makeStage('data/in', { outs: ['in/raw', 'in/more "quoted".csv'] }),
  makeStage('split', { deps: ['in/raw'], outs: ['a.txt', 'b.txt'] }),
  makeStage('fit@1', { deps: ['a.txt'], outs: ['m/1/model.bin', 'm/1/log.csv'] }),
  makeStage('fit@2', { deps: ['a.txt'], outs: ['m/2/model.bin', 'm/2/log.csv'] }),
  makeStage('fit@10', { deps: ['a.txt'], outs: ['m/10/model.bin', 'm/10/log.csv'] }),
  makeStage('test@a', { deps: ['m/1/model.bin', 'b.txt'], outs: ['aa.json'] }),
  makeStage('test@b', { deps: ['m/2/model.bin'], outs: ['aaa.json', 'extra.json'] }),
  makeStage('report', {
    deps: ['aa.json', 'aaa.json', 'm/10/log.csv', 'a.txt', 'in/raw'],
    outs: ['report größe.html'],
  }),
  makeStage('x', { outs: ['x1'] }),
  makeStage('y', { deps: ['x1'], outs: ['y1'] }),
  makeStage('z', { deps: ['x1', 'y1'], outs: ['z1'] }),
  makeStage('back\\slash', { outs: ['w'] }),
  makeStage('日本', { deps: ['w'] }),
  makeStage('none'),
]);

test('a graph: boxes, outputs, targets, as text, for Graphviz, Mermaid and as JSON', () => {
  const states: Readonly<Record<string, 'fresh' | 'stale' | 'blocked' | 'frozen'>> = {
    split: 'stale',
    'fit@1': 'blocked',
    'fit@2': 'fresh',
    'fit@10': 'fresh',
    'test@a': 'fresh',
    'test@b': 'frozen',
    x: 'frozen',
  };
  const all = { expand: false, outs: false } as const;
  const views = {
    folded: dagView(graph, all),
    expanded: dagView(graph, { ...all, expand: true }),
    'with states': dagView(graph, { ...all, state: ({ address: name }) => states[name] ?? 'fresh' }),
    outputs: dagView(graph, { ...all, outs: true }),
    'outputs of all': dagView(graph, { expand: true, outs: true }),
    'what test@a needs': dagView(graph, { ...all, targets: [graph.stage(address('test@a'))!] }),
    'all that y belongs to': dagView(graph, { ...all, targets: [graph.stage(address('y'))!], full: true }),
  };
  const texts = Object.entries(views).map(([name, view]) =>
    [
      `# ${name}\n`,
      ...[120, 60, 24].map((width) => `## ${width} columns\n${dagText(view, { width })}`),
      `## all edges, coloured\n${dagText(view, { width: 120, all: true, colour: true })}`.replaceAll(
        '\u001b',
        'ESC',
      ),
      `## dot\n${dagDot(view)}`,
      `## mermaid\n${dagMermaid(view)}`,
      `## json\n${laidOut(dagJson(view))}\n`,
    ].join('\n'),
  );
  assertRecorded(import.meta.dirname, 'graphs.txt', texts.join('\n'));
});

const NAMES = [
  'prepare',
  'fit@1',
  'fit@2',
  'a stage with a long name, größer than others',
  'bad',
  'after',
  'last',
];
const job = (state: 'queued' | 'running', more: { reason?: string; node?: string } = {}): RunEvent => ({
  type: 'job',
  time: 0,
  stage: address('fit@2'),
  system: 'Slurm',
  id: '12',
  state,
  ...more,
});

/** Seconds after the event before, and the event. */
const RUN: readonly (readonly [number, RunEvent])[] = [
  [0, { type: 'waiting', owner: 'process 7 on host, since 10:00' }],
  [2, runStart(7, 2)],
  [0, { type: 'ignored', files: ['.gitignore', 'a/.gitignore'] }],
  [0, fresh('prepare')],
  [0, fetching('last', 1, 0)],
  [2, fetching('last', 5, 25_000_000)],
  [0, start('fit@1', 1, [cmdChanged])],
  [0.5, output('fit@1', 'one \u001b[31mred\u001b[0m line\twith a tab')],
  [0, { ...(output('fit@1', 'begins') as Extract<RunEvent, { type: 'output' }>), more: true }],
  [0, start('fit@2')],
  [1, job('queued', { reason: 'Resources' })],
  [5, job('running', { node: 'node3' })],
  [1, progress('fit@2', 1, 4, 'loss 0.5')],
  [1, progress('fit@2', 2, 4)],
  [15, progress('fit@2', 3, 4)],
  [1, progress('fit@2', 4, 4)],
  [1, ran('fit@2', 24)],
  [0, { type: 'work', time: 0, stage: address('fit@1'), what: 'store outputs', seconds: 0.5 }],
  [1, ran('fit@1', 26, [cmdChanged], true)],
  [0, restored('a stage with a long name, größer than others', [isNew])],
  [0, start('bad')],
  [1, output('bad', 'first try')],
  [1, start('bad', 2)],
  [1, output('bad', '::error::no command of GitHub')],
  [1, failed('bad', { kind: 'code', code: 2 }, ['first', 'last words'])],
  [0, start('last')],
  [0, output('last', 'is stopped')],
  [0, skipped('after', 'bad')],
  [0, { type: 'stopping', signal: 'SIGINT', grace: 5 }],
  [1, skipped('last', 'after')],
  [0, runEnd({ fresh: 1, restored: 1, ran: 2, failed: 1, skipped: 2 }, 61.5, 'SIGINT')],
];

/** Each event at its time. */
function timed(): readonly RunEvent[] {
  let now = 0;
  return RUN.map(([after, event]) => {
    now += after;
    return 'time' in event ? { ...event, time: now * 1000 } : event;
  });
}

test('a run: as a log, for GitHub, quiet, with everything, on a terminal, as a trace and as JSON', () => {
  const stages = NAMES.map(address);
  const logs = {
    plain: {},
    verbose: { verbose: true },
    quiet: { quiet: true },
    github: { github: true },
    coloured: { colour: true },
  };
  const events = timed();
  const texts = Object.entries(logs).map(([name, more]) => {
    let now = 0;
    let text = '';
    const log = makePlainLog({
      stream: { write: (part: string) => (text += part) },
      quiet: false,
      verbose: false,
      colour: false,
      github: false,
      stages,
      folder: '/project',
      now: () => now,
      ...more,
    });
    for (const [index, event] of events.entries()) {
      now += RUN[index]![0];
      log.event(event);
    }
    log.end();
    return `# ${name}\n${text.replaceAll('\u001b', 'ESC')}`;
  });
  assertRecorded(import.meta.dirname, 'logs.txt', texts.join('\n'));

  let trace = '';
  const traces = makeTrace((json) => (trace = json));
  let lines = '';
  const json = makeJsonLog({ stream: { write: (part: string) => (lines += part) } });
  for (const event of events) for (const log of [traces, json]) log.event(event);
  traces.end();
  json.end();
  const { traceEvents } = JSON.parse(trace) as { traceEvents: readonly object[] };
  const traced = traceEvents.map((event) => `${JSON.stringify(event)}\n`).join('');
  const decided = (['fresh', 'run', 'restore', 'blocked'] as const).map((kind) => ({
    type: 'decided',
    time: 1000,
    stage: address(kind),
    decision: { kind, reasons: [isNew], on: [], outs: [], from: 'run cache' },
  })) as unknown as readonly RunEvent[];
  const record = [...events, ...decided]
    .map((event) => recordedEvent(event, '7'))
    .filter((event) => event !== undefined)
    .map((event) => `${JSON.stringify(event)}\n`);
  assertRecorded(
    import.meta.dirname,
    'trace.txt',
    `# trace\n${traced}# json\n${lines}# record\n${record.join('')}`,
  );
});

test('a run on a terminal, a frame after each event', () => {
  const frames: string[] = [];
  for (const [columns, rows] of [
    [100, 24],
    [40, 5],
  ] as const) {
    let now = 0;
    const terminal = new VirtualTerminal(columns, rows);
    const display = makeTerminalDisplay({
      stream: terminal,
      verbose: false,
      colour: false,
      estimate: (stage) => (stage === 'fit@1' ? 30 : stage === 'bad' ? 10 : undefined),
      stages: NAMES.map(address),
      folder: '/project',
      now: () => now,
    });
    for (const [index, event] of timed().entries()) {
      now += RUN[index]![0];
      display.event(event);
      display.draw();
      frames.push(`# ${columns} × ${rows}, ${now} s: ${event.type}\n${terminal.text()}\n`);
    }
  }
  assertRecorded(import.meta.dirname, 'terminal.txt', frames.join(''));
});
