// What is known of a job: who it is after a crash, what it gets, what it printed, whether its files are whole.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import {
  asVariable,
  changedAfter,
  folderName,
  FollowedOutput,
  jobRequest,
  jobShare,
  openJobJournal,
  readJobs,
  readMemory,
  readResult,
  readStarted,
  type Job,
} from '../../../src/run/run.ts';
import type { WorkspacePath } from '../../../src/base/base.ts';
import type { Project, Stage } from '../../../src/pipeline/pipeline.ts';
import { makeSpace } from '../../hash/space.ts';
import { makeOut, makeStage } from '../../show/stages.ts';
import { patchFs } from '../../patched-fs.ts';
import { job } from './jobs.ts';

test('a later run finds each job that was submitted by its own id', (t) => {
  const file = makeSpace(t).path('jobs.jsonl');
  const journal = openJobJournal(file);
  journal.submitting([
    job('a', { tasks: 3 }),
    job('b', { task: 1, tasks: 3 }),
    job('c', { task: 2, tasks: 3 }),
    // Shares the job of c.
    job('d', { task: 2, tasks: 3 }),
  ]);
  journal.submitted('one', ['7_0', '7_1', '7_2']);
  journal.submitting([job('e', { key: 'two' }), job('f', { key: 'three' })]);
  journal.submitted('three', ['9']);
  journal.forget('b');
  assert.equal(journal.hasOpen(), true);
  const ids = (): unknown => Object.fromEntries([...readJobs(file)].map(([name, { id }]) => [name, id]));
  const left = { a: '7_0', c: '7_2', d: '7_2', e: undefined, f: '9' };
  assert.deepEqual(ids(), left);

  // Killed while it wrote the last line.
  appendFileSync(file, '\n{"what":"ended","na');
  const later = openJobJournal(file);
  assert.deepEqual([...later.left.keys()], Object.keys(left));
  assert.deepEqual(ids(), left, 'opening it changes nothing');
  // A submission whose end was not seen, of this name: only those without an id get one.
  later.submitted('two', ['8']);
  later.submitted('three', ['10']);
  assert.deepEqual(ids(), { ...left, e: '8' });
  for (const name of Object.keys(left)) later.forget(name);
  assert.equal(later.hasOpen(), false);
  later.remove();
  assert.equal(existsSync(file), false);
  assert.equal(readJobs(file).size, 0);
});

test('an output that changed after the result is seen, however deep it is', (t) => {
  const space = makeSpace(t);
  const outs = ['file', 'folder', 'folder/in', 'folder/in/deep', 'folder/in/more'];
  const newest = (): number => Math.max(...outs.map((out) => lstatSync(space.path(out)).ctimeMs));
  const isSeen = (change: () => void): boolean => {
    for (const out of ['file', 'folder/in/deep', 'folder/in/more']) space.write(out, '1');
    const time = newest();
    const isChanged = (): boolean => changedAfter(time, space.root, ['file', 'folder', 'missing']);
    assert.equal(isChanged(), false);
    // Until the clock of the file system is later.
    while (Date.now() < time + 20) space.write('tick', '');
    change();
    return isChanged();
  };
  space.write('older', '2');
  utimesSync(space.path('older'), 1000, 1000);
  const changes: readonly (() => void)[] = [
    () => space.write('file', '2'),
    () => space.write('folder/in/deep', '2'),
    () => space.write('folder/in/more', '2'),
    () => space.write('folder/in/new', ''),
    () => rmSync(space.path('folder/in/more')),
    () => renameSync(space.path('older'), space.path('file')),
  ];
  for (const change of changes) assert.equal(isSeen(change), true, String(change));
});

test('what a job prints goes on line by line, and whole into the log', (t) => {
  const space = makeSpace(t);
  mkdirSync(space.path('job'));
  const lines: string[] = [];
  const progress: unknown[] = [];
  const output = new FollowedOutput(space.path('job'), { log: space.path('logs/it.log') } as Job, {
    line: (_, line, more) => void lines.push(more ? `${line}…` : line),
    progress: (one) => void progress.push(one.done),
  });
  output.read();
  assert.deepEqual(lines, []);
  writeFileSync(space.path('job/output'), 'one\ntwo h');
  output.read();
  appendFileSync(space.path('job/output'), 'alf\n');
  writeFileSync(space.path('job/progress'), '{"done": 1}\n{"done": ');
  output.read();
  assert.deepEqual([lines, progress], [['one', 'two half'], [1]]);
  // A full disk: it goes on all the same.
  const heal = patchFs(t, 'appendFileSync', (real) => (file, ...rest) => {
    if (file !== space.path('logs/it.log')) return real(file, ...rest);
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  });
  output.take(Buffer.from('three\n'));
  heal();
  assert.equal(lines.pop(), 'three');
  appendFileSync(space.path('job/progress'), '2}\nno JSON\n');
  // More than is read at a time.
  const many = Array.from({ length: 300_000 }, (_, at) => `line ${at}`);
  appendFileSync(space.path('job/output'), many.join('\n'));
  output.end();
  assert.equal(lines.length, 2 + many.length);
  assert.equal(lines.at(-1), 'line 299999', 'without a line end, too');
  assert.deepEqual(output.tail, many.slice(-20));
  assert.deepEqual(progress, [1, 2]);
  assert.ok(readFileSync(space.path('logs/it.log')).equals(readFileSync(space.path('job/output'))));
});

test('a job that prints nothing has a log once its stage has one, so that no older one is taken for it', (t) => {
  const space = makeSpace(t);
  const follow = (name: string): void => {
    const job = { log: space.path(`logs/stage/${name}.log`) } as Job;
    new FollowedOutput(space.path('job'), job, { line: () => undefined, progress: () => undefined }).end();
  };
  mkdirSync(space.path('job'));
  follow('first');
  assert.ok(!existsSync(space.path('logs')), 'most stages print nothing');
  writeFileSync(space.path('job/output'), 'said');
  follow('second');
  rmSync(space.path('job/output'));
  follow('third');
  assert.deepEqual(readdirSync(space.path('logs/stage')).sort(), ['second.log', 'third.log']);
  // Taken over by another run, which goes on with the same file.
  follow('second');
  assert.equal(readFileSync(space.path('logs/stage/second.log'), 'utf8'), 'said');
});

test('the files of a job count once they are whole', (t) => {
  const space = makeSpace(t);
  const [dir, write] = [space.root, (name: string, text: string) => space.write(name, text)];
  assert.deepEqual([readStarted(dir), readResult(dir), readMemory(dir)], [undefined, undefined, undefined]);
  write('started', '12_3 node');
  write('result', 'code 0');
  assert.deepEqual([readStarted(dir), readResult(dir)], [undefined, undefined]);
  write('started', '12_3 node7 key\n');
  write('memory', '2048\n');
  assert.partialDeepStrictEqual(readStarted(dir), { id: '12_3', node: 'node7', key: 'key' });
  assert.equal(readMemory(dir), 2 << 20);
  for (const [text, exit] of [
    ['code 0', { kind: 'code', code: 0 }],
    ['code 137', { kind: 'code', code: 137 }],
    ['timeout 0.5', { kind: 'timeout', seconds: 0.5 }],
    ['start no room on disk', { kind: 'not-started', message: 'no room on disk' }],
  ] as const) {
    write('result', `${text}\n`);
    assert.deepEqual(readResult(dir)!.exit, exit, text);
  }
});

test('a job gets what its stage reads and what it adds to, as far as that is of the project', () => {
  const stage = {
    ...makeStage('s', { deps: ['in', '/data/x', '../other', 's3://b/k'] }),
    params: [{ file: 'p.yaml', at: 'p.yaml' as WorkspacePath, keys: [] }],
    outs: [makeOut('out'), makeOut('log', { persist: true }), makeOut('/data/out')],
    slurm: { batch: 4, partition: 'own' },
    timeout: 5,
  } as Stage;
  const config = { grace: 3, slurm: { partition: 'p', account: 'a' }, executor: 'slurm' };
  const project = { root: '/project', config } as unknown as Project;
  const { inputs, outputs, slurm, timeout, grace } = jobRequest(stage, project, {
    fingerprint: 'f',
    env: {},
    temporary: false,
  });
  assert.deepEqual(inputs, ['in', 'p.yaml', 'log']);
  assert.deepEqual(outputs, ['out', 'log']);
  assert.deepEqual([slurm, timeout, grace], [{ partition: 'own', account: 'a', batch: 4 }, 5, 3]);
  const share = (executor: string | undefined): number =>
    jobShare({ ...stage, ...(executor && { executor }) } as Stage, project);
  assert.deepEqual([undefined, 'local', 'command', 'slurm'].map(share), [1 / 4, 0, 1, 1 / 4]);
});

test('each stage has a folder of its own, whatever its name', () => {
  const nameOf = (address: string): string => folderName(address as Stage['address']);
  const long = (end: string): string => nameOf(`train@${'x'.repeat(300)}${end}`);
  assert.equal(nameOf('sub/pipeline.yaml:a@b c'), 'sub%2Fpipeline.yaml%3Aa%40b%20c');
  assert.notEqual(long('1'), long('2'));
  assert.ok(long('1').length <= 200);
  for (const dots of ['.', '..']) assert.doesNotMatch(nameOf(dots), /^\.+$/);
});

test('parameters are in the environment as far as the system takes them, counted in bytes', () => {
  const variable = (json: string): string | undefined => asVariable(json);
  const most = 128 * 1024 - 'PIPE_PARAMS='.length - 1;
  assert.equal(variable('x'.repeat(most))?.length, most);
  assert.equal(variable('x'.repeat(most + 1)), undefined);
  assert.equal(variable('é'.repeat(most / 2 + 1)), undefined);
});
