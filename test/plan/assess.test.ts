// What `status` and `repro --dry` say of stages behind others that would run, be restored, or leave files behind.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { assessStages } from '../../src/session/session.ts';
import { openProject, runInProcess } from '../open-project.ts';
import { makeWorkspace } from '../workspace.ts';

async function decisionsAt(root: string, force = false): Promise<Record<string, unknown>> {
  const opened = await openProject(root);
  const { decisions } = await assessStages(opened.graph.stages, opened, force);
  return Object.fromEntries(
    [...decisions].map(([address, decision]) => [
      address,
      decision.kind === 'blocked'
        ? {
            on: decision.on,
            reasons: decision.reasons.map((reason) =>
              reason.kind === 'changed' ? `${reason.change.kind} ${reason.change.key[0]}` : reason.kind,
            ),
          }
        : decision.kind,
    ]),
  );
}

const chain = (text: string, more = ''): string => `stages:
  first: {cmd: echo ${text} | tee a | wc -c > 0, outs: ['0', a]}
  second: {cmd: cat a folder/* > b, deps: [a, folder], outs: [b]}
  third: {cmd: wc -c < b > c, deps: [b], outs: [c]}
  beside: {cmd: cat folder/* > d, deps: [folder], outs: [d]}
${more}`;

test('a stage behind one that would run is blocked on it, and says what of the rest has changed', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': chain('one'), 'folder/x': 'x' });
  assert.deepEqual(await decisionsAt(workspace.root), {
    first: 'run',
    second: { on: ['first'], reasons: ['new'] },
    third: { on: ['second'], reasons: ['new'] },
    beside: 'run',
  });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', chain('two'));
  const blocked = { on: ['first'], reasons: [] };
  assert.deepEqual(await decisionsAt(workspace.root), {
    first: 'run',
    second: blocked,
    third: { on: ['second'], reasons: [] },
    beside: 'fresh',
  });
  // What the first will write is not known: no reason is what lies there now.
  workspace.write('pipeline.yaml', chain('two').replace('deps: [a,', 'frozen: true, deps: [a,'));
  const { second, third } = await decisionsAt(workspace.root);
  assert.deepEqual([second, third], ['frozen', 'fresh'], 'a frozen stage waits for nothing');
  workspace.write('pipeline.yaml', chain('two'));
  workspace.write('a', 'by hand');
  workspace.write('folder/x', 'other');
  assert.deepEqual((await decisionsAt(workspace.root))['second'], { ...blocked, reasons: ['dep folder'] });
});

test('a stage behind one that would be restored is decided by what the restore brings', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': chain('one'), 'folder/x': 'x' });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', chain('two'));
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', chain('one'));
  assert.deepEqual(await decisionsAt(workspace.root), {
    first: 'restore',
    second: 'restore',
    third: 'restore',
    beside: 'fresh',
  });
  // A run restores what a frozen stage has lost.
  workspace.write('pipeline.yaml', chain('two').replace('outs: [', 'frozen: true, outs: ['));
  workspace.remove('a');
  workspace.remove('b');
  const { first, second } = await decisionsAt(workspace.root);
  assert.deepEqual([first, second], ['frozen', 'restore']);
  // Not where the cache has only the first of what is lost.
  workspace.remove('0');
  const object = hash('sha256', 'two\n');
  workspace.remove(`cache/objects/sha256/${object.slice(0, 2)}/${object.slice(2)}`);
  assert.equal((await decisionsAt(workspace.root))['second'], 'run');
  workspace.write('pipeline.yaml', chain('one'));
  assert.deepEqual(await decisionsAt(workspace.root, true), {
    first: 'run',
    second: { on: ['first'], reasons: [] },
    third: { on: ['second'], reasons: [] },
    beside: 'run',
  });
});

test('where the restored output does not say what a dependency on it is, the stage behind it is blocked', async (t) => {
  const links = (text: string): string => `stages:
  first: {cmd: mkdir -p a && echo ${text} > a/x && ln -sf x a/y && echo 1 > 0, outs: ['0', a]}
  second: {cmd: cat a/y > b, deps: [a], outs: [b]}
`;
  const workspace = makeWorkspace(t, { 'pipeline.yaml': links('one') });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', links('two'));
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', links('one'));
  assert.deepEqual(await decisionsAt(workspace.root), {
    first: 'restore',
    second: { on: ['first'], reasons: [] },
  });
});

test('an output that is read and no longer declared blocks the stage that reads it, by the name of its stage', async (t) => {
  const extra = `  gone: {cmd: echo 1 | tee folder/y > e, outs: [e, folder/y]}
  too: {cmd: echo 1 > folder/z, outs: [folder/z]}
`;
  const workspace = makeWorkspace(t, { 'pipeline.yaml': chain('one', extra), 'folder/x': 'x' });
  await runInProcess(workspace.root);
  workspace.write('pipeline.yaml', chain('one'));
  const leaves = { on: ['gone', 'too'], reasons: [] };
  const decisions = await decisionsAt(workspace.root);
  assert.deepEqual([decisions['second'], decisions['beside']], [leaves, leaves]);
  const { events } = await runInProcess(workspace.root);
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'vanished' ? [[event.stage, event.path]] : [])),
    [
      ['gone', 'e'],
      ['gone', 'folder/y'],
      ['too', 'folder/z'],
    ],
  );
});
