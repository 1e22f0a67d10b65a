import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPuppets, puppetCommand } from '../puppet.ts';
import { makeWorkspaceMostlyHere } from '../cli/here.ts';
import { watchRun } from './puppet-run.ts';

const pipeline = `
stages:
  read: {cmd: "${puppetCommand('read')}", deps: [in.txt, folder], outs: [out.txt]}
`;

for (const [what, path] of [
  ['a file', 'in.txt'],
  ['a file in a folder', 'folder/a'],
  ['a new file in a folder', 'folder/new'],
] as const) {
  test(`${what} that changes while its stage runs: a warning, stale, and its result is recorded for neither input`, async (t) => {
    const puppets = await openPuppets(t);
    const files = { 'pipeline.yaml': pipeline, 'in.txt': 'before', 'folder/a': 'before' };
    const workspace = makeWorkspaceMostlyHere(t, files);
    const { end } = watchRun(puppets.start(workspace.root, ['repro']));
    const read = await puppets.next('read');
    await read.tell({ do: 'write', path: 'out.txt', text: 'of what?' });
    workspace.write(path, 'after');
    await read.tell({ do: 'exit', code: 0 });
    const { code, output } = await end;
    assert.equal(code, 0, output);
    assert.match(output, /changed while the stage 'read' ran/);
    assert.match((await workspace.expect(0, 'status')).stdout, /read: /);
    // Neither going on nor going back may take that result for its own.
    if (path === 'folder/new') workspace.remove(path);
    else workspace.write(path, 'before');
    assert.match((await workspace.expect(0, 'status')).stdout, /read: /);
    const { end: second } = watchRun(puppets.start(workspace.root, ['repro']));
    const rerun = await puppets.next('read');
    await rerun.tell({ do: 'write', path: 'out.txt', text: 'of before' });
    await rerun.tell({ do: 'exit', code: 0 });
    assert.equal((await second).code, 0);
    assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
  });
}

test('a change that is taken back before the end is none', async (t) => {
  const puppets = await openPuppets(t);
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': pipeline,
    'in.txt': 'before',
    'folder/a': 'a',
  });
  const { end } = watchRun(puppets.start(workspace.root, ['repro']));
  const read = await puppets.next('read');
  await read.tell({ do: 'write', path: 'out.txt', text: 'x' });
  workspace.write('in.txt', 'before');
  await read.tell({ do: 'exit', code: 0 });
  assert.equal((await end).code, 0);
  assert.match((await workspace.expect(0, 'status')).stdout, /up to date/);
});

for (const kind of ['pipeline', 'dvc'])
  test(`a parameter that changes while its stage runs (${kind}.yaml): its result is recorded for neither value`, async (t) => {
    const puppets = await openPuppets(t);
    const workspace = makeWorkspaceMostlyHere(t, {
      [`${kind}.yaml`]: `stages:\n  read: {cmd: "${puppetCommand('read')}", deps: [in.txt], params: [n], outs: [out.txt]}\n`,
      'params.yaml': 'n: 1\n',
      'in.txt': 'before',
      ...(kind === 'dvc' && { '.dvc/config': '' }),
    });
    const { end } = watchRun(puppets.start(workspace.root, ['repro']));
    const read = await puppets.next('read');
    await read.tell({ do: 'write', path: 'out.txt', text: 'of what?' });
    workspace.write('params.yaml', 'n: 7\n');
    // DVC records a dependency as it is afterwards, but not together with a parameter.
    workspace.write('in.txt', 'after');
    await read.tell({ do: 'exit', code: 0 });
    const { code, output } = await end;
    assert.equal(code, 0, output);
    assert.match(output, /'in.txt', 'params.yaml: n' changed while the stage 'read' ran/);
    await workspace.expect(1, 'status', '--check');
    workspace.write('params.yaml', 'n: 1\n');
    await workspace.expect(1, 'status', '--check');
    workspace.write('in.txt', 'before');
    await workspace.expect(1, 'status', '--check');
  });
