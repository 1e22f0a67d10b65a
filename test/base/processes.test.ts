// Programs that are talked with, and processes that are known again.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { test } from 'node:test';
import { callProgram, isAlive, ownProcessId, startOf, startProgram } from '../../src/base/base.ts';
import { makeSpace } from '../hash/space.ts';

test('all that a program prints is given, however many pieces it comes in', async () => {
  const script =
    'i=0; while [ $i -lt 4 ]; do head -c 70000 /dev/zero | tr "\\0" "$i"; i=$((i+1)); done; exit 3';
  const called = await callProgram('sh', ['-c', script], { timeout: 60_000 });
  assert.ok(called.kind === 'ended' && called.code === 3);
  const expected = [0, 1, 2, 3].map((digit) => String(digit).repeat(70_000)).join('');
  assert.ok(called.stdout.toString() === expected);
  assert.deepEqual(await callProgram('pipe-no-such-program', [], { timeout: 60_000 }), { kind: 'missing' });
});

test('of what a program says about itself the end is kept', async () => {
  const script = 'head -c 20000 /dev/zero | tr "\\0" a >&2; echo last >&2';
  const program = startProgram('sh', ['-c', script]);
  program.stdout.resume();
  const end = await program.ended;
  assert.ok(end.kind === 'ended' && end.stderr.endsWith('alast\n') && end.stderr.length === 16 << 10);
});

test('a process is known by its start, as the system gives it', async () => {
  const own = ownProcessId();
  assert.equal(isAlive(own), true);
  assert.equal(isAlive({ ...own, started: '0' }), false);
  const child = spawn('sleep', ['60']);
  const { pid = 0 } = child;
  const started = startOf(pid)!;
  assert.equal(isAlive({ pid, started }), true);
  if (process.platform === 'linux') {
    // The number of another process says nothing: each has its own start.
    const [uptime] = readFileSync('/proc/uptime', 'utf8').split(' ');
    // In whole ticks of a hundredth, as the start is: 1.13 * 100 is less than 113.
    assert.ok(Number(started) > 0 && Number(started) <= Math.round(Number(uptime) * 100));
  }
  child.kill();
  await once(child, 'exit');
  assert.equal(startOf(pid), undefined);
});

test(
  'a process that ended is none before it was waited for',
  { skip: process.platform !== 'linux' && '/proc is of Linux' },
  async (t) => {
    // The shell that started it becomes a program that waits for none.
    const script = 'read line <&3 & echo $!; exec sleep 60';
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
    t.after(() => parent.kill());
    const [line] = (await once(parent.stdout!, 'data')) as [Buffer];
    const pid = Number(String(line));
    while (!readFileSync(`/proc/${parent.pid}/cmdline`, 'utf8').startsWith('sleep'))
      await new Promise(setImmediate);
    assert.notEqual(startOf(pid), undefined);
    (parent.stdio[3] as Writable).end('\n');
    while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) await new Promise(setImmediate);
    assert.equal(startOf(pid), undefined);
  },
);

test('elsewhere than on Linux a process is known by what ps says of its start', (t) => {
  const space = makeSpace(t);
  const [path, platform] = [process.env['PATH'], process.platform];
  t.after(() => {
    process.env['PATH'] = path;
    Object.defineProperty(process, 'platform', { value: platform });
  });
  Object.defineProperty(process, 'platform', { value: 'darwin' });
  process.env['PATH'] = space.path('bin');
  space.write(
    'bin/ps',
    '#!/bin/sh\ncase "$*" in "-o lstart= -p 12") echo " Mon Nov 30  " ;; *13) echo ;; *) exit 1 ;; esac\n',
    0o755,
  );
  assert.deepEqual([12, 13, 14].map(startOf), ['Mon Nov 30', undefined, undefined]);
  assert.equal(isAlive({ pid: 12, started: 'Mon Nov 30' }), true);
  assert.equal(isAlive({ pid: 12, started: 'Mon Nov 23' }), false);
});

test('a program that does not end is ended', { timeout: 30_000 }, async () => {
  const end = await callProgram('sleep', ['60'], { timeout: 1 });
  assert.ok(end.kind === 'ended' && end.code === null, JSON.stringify(end));
});

test(
  'a program that reads to the end of its input, one that heeds no signal, and one whose name looks like numbers',
  { timeout: 30_000 },
  async (t) => {
    const read = await callProgram('cat', [], { timeout: 60_000 });
    assert.ok(read.kind === 'ended' && read.code === 0 && read.stdout.length === 0);
    const lines: string[] = [];
    const script = 'trap "" TERM; echo one >&2; echo two >&2; echo ready; exec sleep 60';
    const deaf = startProgram('sh', ['-c', script], { onError: (line) => lines.push(line) });
    await once(deaf.stdout, 'data');
    // It has ended by itself, and reads no more.
    deaf.kill();
    deaf.stdin.write('x'.repeat(1 << 20));
    const end = await deaf.ended;
    assert.ok(end.kind === 'ended' && end.code === null && end.stderr === 'one\ntwo\n');
    assert.deepEqual(lines, ['one', 'two']);
    if (process.platform !== 'linux') return;
    const space = makeSpace(t);
    const odd = spawn(space.write('a) 1 2', '#!/bin/sh\necho; read line\n', 0o755), {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await once(odd.stdout, 'data');
    assert.ok(Number(startOf(odd.pid!)) >= Number(startOf(process.pid)));
    odd.stdin.end();
    await once(odd, 'exit');
  },
);
