// Commands of DVC that pipe does not have are answered with what to do.
import assert from 'node:assert/strict';
import test from 'node:test';
import { makeWorkspaceMostlyHere } from '../cli/here.ts';

test('a command of DVC: what pipe has in its place, in one line and exit code 2', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {});
  const answered = async (...args: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await workspace.expect(2, ...args);
    assert.equal(stdout, '');
    assert.match(stderr, /^error\[dvc-command\]: pipe has no command '[\w -]+'\n {2}help: .+\n$/);
    return stderr;
  };
  assert.match(await answered('destroy'), /'destroy'\n.*pipeline\.lock/);
  assert.match(await answered('run', '--help'), /'run'\n.*stage add/);
  for (const name of ['get-url', 'import-db', 'config', 'dataset', 'queue', 'mv']) await answered(name);
});

test('in a DVC repository dvc itself is named', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, { '.dvc/config': '', 'dvc.yaml': 'stages: {}\n' });
  const { stderr } = await workspace.expect(2, 'root');
  assert.match(stderr, /help: use `dvc root` here, in a DVC repository; in a project of pipe: /);
  for (const name of ['data', 'mv', 'rm'])
    assert.doesNotMatch((await workspace.expect(2, name, 'x')).stderr, /use `dvc/);
  assert.equal((await workspace.expect(0, 'status', '--data')).stderr, '');
});

test('they are neither in the help nor suggested', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {});
  assert.doesNotMatch((await workspace.expect(0, '--help')).stdout, /^ {2}(?:root|destroy|queue) /m);
  assert.doesNotMatch((await workspace.expect(1, 'destro')).stderr, /destroy/);
});
