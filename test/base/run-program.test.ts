import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import test from 'node:test';
import { PipeError, runProgram } from '../../src/base/base.ts';

const shell = (script: string, options = {}): ReturnType<typeof runProgram> =>
  runProgram('sh', ['-c', script], options);

test('gives what the program printed, byte for byte, and its exit code', () => {
  const end = shell('cat; pwd; printf "to stderr\\n" >&2; exit 3', { input: 'a\n\n', cwd: '/' });
  assert.deepEqual(end, { kind: 'exited', code: 3, stdout: 'a\n\n/\n', stderr: 'to stderr\n' });
});

test('standard input is empty unless it is given', () => {
  assert.deepEqual(shell('cat'), { kind: 'exited', code: 0, stdout: '', stderr: '' });
});

test('the environment is ours, or exactly what is given', () => {
  const print = 'printf "%s" "${HOME:+home} ${OWN:-}"';
  const home = process.env['HOME'] === undefined ? '' : 'home';
  assert.partialDeepStrictEqual(shell(print), { stdout: `${home} ` });
  assert.partialDeepStrictEqual(shell(print, { env: { PATH: process.env['PATH'], OWN: 'own' } }), {
    stdout: ' own',
  });
});

test('a program that is not installed, or may not be run', () => {
  assert.deepEqual(runProgram('pipe-no-such-program', []), { kind: 'missing' });
  assert.deepEqual(runProgram(tmpdir(), []), { kind: 'missing' });
});

test('a program that a signal ends, that of the timeout too', () => {
  assert.deepEqual(shell('kill -KILL $$'), { kind: 'killed' });
  assert.deepEqual(shell('exec sleep 60', { timeout: 1 }), { kind: 'killed' });
});

test('an output that is too large to keep', () => {
  const command = `head -c ${2 ** 27 + 1} /dev/zero | tr '\\0' a`;
  assert.throws(
    () => shell(command),
    (error) => {
      assert.ok(error instanceof PipeError);
      assert.equal(error.message, 'sh printed more than 128 MiB');
      assert.deepEqual(error.problems[0]!.facts, [['command', `sh -c ${command}`]]);
      return true;
    },
  );
});
