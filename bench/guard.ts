// Fails where a work takes 10 % more system calls than recorded in guard.json: `npm run bench:guard`. Times depend on the machine and on
// what else it does, calls for files and processes hardly: only those are counted. --write records what is counted now.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeFanOut } from './fan-out.ts';

/** A share of what is recorded. */
const MOST_MORE = 0.1;
/** Waiting, locking and memory are left out: how often depends on the load. */
const COUNTED = '%file,%process,fsync,fdatasync,copy_file_range,ioctl,pipe2,socketpair';

/** A line of strace at which a call begins. */
const CALL = /^\d+\s+\w+\(/;
/** What a run started is found by the environment of all processes of the machine: that many calls. */
const OF_OTHERS = /"\/proc\/\d+\/environ"/;

const bin = join(dirname(import.meta.dirname), 'bin/pipe.js');
const recordFile = join(import.meta.dirname, 'guard.json');
const home = mkdtempSync(join(tmpdir(), 'pipe-guard-'));
const env = {
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
  HOME: home,
  SHELL: '/bin/sh',
  NODE_COMPILE_CACHE: join(home, 'compiled'),
};

type Counts = Readonly<Record<string, number>>;

/** @param size stages or files. @returns the system calls of each work, those of stages included. */
function countAll(size: number): Counts {
  const folder = mkdtempSync(join(home, 'project-'));
  const graph = join(folder, 'graph');
  makeFanOut(graph, size, 'pipe');
  const cold = count(graph, ['repro', '-q', '-j1']);
  // The first run that finds nothing to do records that.
  pipe(graph, ['repro', '-q']);
  const nothing = count(graph, ['repro', '-q']);
  const list = count(graph, ['stage', 'list']);
  const dag = count(graph, ['dag']);
  writeFileSync(join(graph, 'in/0.txt'), 'edited\n');
  const status = count(graph, ['status']);
  const edit = count(graph, ['repro', '-q', '-j1']);

  const files = join(folder, 'files');
  mkdirSync(join(files, 'data'), { recursive: true });
  writeFileSync(join(files, 'pipeline.yaml'), 'stages: {}\n');
  for (let n = 0; n < size; n += 1) writeFileSync(join(files, `data/${n}.txt`), `file ${n}\n`);
  const add = count(files, ['add', '-q', 'data']);
  rmSync(join(files, 'data'), { recursive: true });
  const checkout = count(files, ['checkout', '-q']);

  const kept = join(folder, 'kept');
  mkdirSync(join(kept, 'out'), { recursive: true });
  const keeping = '{cmd: cp in out/0, deps: [in], outs: [out: {persist: true}]}';
  writeFileSync(join(kept, 'pipeline.yaml'), `stages:\n  keeping: ${keeping}\n`);
  for (let n = 0; n < 10 * size; n += 1) writeFileSync(join(kept, `out/${n}`), `file ${n}\n`);
  // The first run stores all files, the second one remembers their objects.
  for (const text of ['first\n', 'second\n']) {
    writeFileSync(join(kept, 'in'), text);
    pipe(kept, ['repro', '-q']);
  }
  writeFileSync(join(kept, 'in'), 'third\n');
  const rewritten = count(kept, ['repro', '-q']);
  return {
    'cold small stages': cold,
    'nothing to do': nothing,
    'stage list': list,
    dag,
    'status after an edit': status,
    'one edit and repro': edit,
    add,
    checkout,
    'one file rewritten of an output that stays': rewritten,
  };
}

function count(cwd: string, args: readonly string[]): number {
  const report = join(home, 'calls.txt');
  pipe(cwd, args, ['strace', '-f', '-qq', '-o', report, '-e', `trace=${COUNTED}`]);
  const calls = readFileSync(report, 'utf8')
    .split('\n')
    .filter((line) => CALL.test(line) && !OF_OTHERS.test(line)).length;
  if (calls === 0) throw new Error('strace wrote no calls');
  return calls;
}

function pipe(cwd: string, args: readonly string[], before: readonly string[] = []): void {
  const [program, ...rest] = [...before, process.execPath, bin, ...args];
  const { status, stderr, error } = spawnSync(program!, rest, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`pipe ${args.join(' ')} ended with ${status}: ${stderr} ${error ?? ''}`);
}

function compare(counts: Counts): void {
  const recorded = JSON.parse(readFileSync(recordFile, 'utf8')) as Counts;
  for (const [name, now] of Object.entries(counts)) {
    const before = recorded[name];
    const change = before === undefined ? Infinity : now / before - 1;
    const isWorse = change > MOST_MORE;
    if (isWorse) process.exitCode = 1;
    const percent = `${change > 0 ? '+' : ''}${(change * 100).toFixed(1)} %`;
    console.log(
      `${isWorse ? 'FAILED' : 'ok    '} ${name}: ${now} system calls, ${before} recorded, ${percent}`,
    );
  }
  if (process.exitCode === 1)
    console.log('find out what makes them; if they are needed, record them: node bench/guard.ts --write');
}

const canTrace = (): boolean =>
  spawnSync('strace', ['-qq', '-o', '/dev/null', 'true'], { stdio: 'ignore' }).status === 0;

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
try {
  if (canTrace()) {
    countAll(3); // what each command loads is compiled then
    const counts = countAll(60);
    if (values.write) writeFileSync(recordFile, `${JSON.stringify(counts, undefined, 2)}\n`);
    else compare(counts);
  } else {
    console.error('strace is not installed, or may not trace: nothing is counted');
    process.exitCode = process.env['PIPE_FIXTURES'] ? 1 : 0;
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
