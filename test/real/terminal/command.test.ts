// The command itself in a real terminal: a run that is watched, Ctrl-C once and twice.
import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'node:test';
import { makeWorkspace, pipeBin, type TestWorkspace } from '../../workspace.ts';
import { haveTmux, openTerminal, type Terminal } from './tmux.ts';

const missing = haveTmux() ? false : 'tmux is not installed';

/** A stage that says how far it is and then waits until the test lets it go on. */
const puppetStage = (ignoring: string): string => `#!/bin/sh
${ignoring}
echo "got ready" ; echo '{"done": 1, "total": 4, "unit": "step", "note": "waiting"}' >&$PIPE_PROGRESS_FD
while [ ! -e go ]; do sleep 0.05; done
echo made > "$1"
`;

const pipeline = `stages:
  first:
    cmd: ./stage.sh first.txt
    outs: [first.txt]
  second:
    cmd: cp first.txt second.txt
    deps: [first.txt]
    outs: [second.txt]
`;

function watch(t: test.TestContext, workspace: TestWorkspace): Terminal {
  return openTerminal(t, [process.execPath, pipeBin, 'repro'], { cwd: workspace.root });
}

test('a run is watched to its end', { skip: missing }, async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline, 'stage.sh': puppetStage('') });
  const terminal = watch(t, workspace);
  await terminal.until(
    /^. first .*███░░░░░░░░░ {2}1\/4 step {2}waiting\n░{24} {2}0\/2 stages, 1 running[^\n]*$/,
  );
  workspace.write('go', '');
  const text = await terminal.until(/\[code 0\]$/);
  assert.match(text, /^ran {6}first {2}.* {2}new\nran {6}second {2}.* {2}new\n2 ran, .*\n\[code 0\]$/);
  assert.equal(terminal.cursorShown(), true);
});

test('Ctrl-C ends the stage and says that the next run goes on', { skip: missing }, async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline, 'stage.sh': puppetStage('') });
  const terminal = watch(t, workspace);
  await terminal.until(/0\/2 stages, 1 running[^\n]*$/);
  terminal.keys('C-c');
  const text = await terminal.until(/\[code \d+\]$/);
  assert.match(
    text,
    /^interrupted {2}first\nnot begun {4}second\nEnded by SIGINT\. 2 did not run, .*; the next run continues from here\n\[code 130\]$/,
  );
  assert.equal(terminal.cursorShown(), true);
});

test('a stage that ignores it is waited for, until Ctrl-C comes again', { skip: missing }, async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': pipeline,
    'stage.sh': puppetStage("trap '' TERM INT"),
  });
  const terminal = watch(t, workspace);
  await terminal.until(/0\/2 stages, 1 running[^\n]*$/);
  terminal.keys('C-c');
  await terminal.until(/^. first .*\nSIGINT: waiting for 1 stage to end; Ctrl-C again kills it$/);
  terminal.keys('C-c');
  const text = await terminal.until(/\[code \d+\]$/);
  assert.match(text, /^(?:interrupted .*\n)?(?:not begun .*\n)?Ended by SIGINT\. .*\n\[code 130\]$/);
});

test('Ctrl-Z leaves a tidy terminal, and fg goes on', { skip: missing }, async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline, 'stage.sh': puppetStage('') });
  const terminal = openTerminal(t, ['bash', '--norc', '-i'], { cwd: workspace.root });
  await terminal.until(/[$#]$/);
  terminal.keys(`clear; ${process.execPath} ${pipeBin} repro`, 'Enter');
  await terminal.until(/0\/2 stages, 1 running[^\n]*$/);
  terminal.keys('C-z');
  const stopped = await terminal.until(/Stopped[^]*[$#]$/);
  assert.doesNotMatch(stopped, /stages, /);
  assert.equal(terminal.cursorShown(), true);
  terminal.keys('fg', 'Enter');
  await terminal.until(/0\/2 stages, 1 running[^\n]*$/);
  workspace.write('go', '');
  const text = await terminal.until(/\n2 ran, [^\n]*\n[^\n]*[$#]$/);
  assert.doesNotMatch(text, /stages, /);
  assert.equal(terminal.cursorShown(), true);
});

test('gc of a remote asks, and only a yes removes something', { skip: missing }, async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml':
      'stages:\n  copy: {cmd: cp in out, deps: [in], outs: [out]}\nconfig: {remotes: {shared: {url: store}}}\n',
    in: 'one',
  });
  await workspace.repro();
  await workspace.expect(0, 'push');
  workspace.write('in', 'two');
  await workspace.repro();
  // Of somebody else, who puts it there while the question is asked.
  const theirs = workspace.path(`store/objects/sha256/aa/${'a'.repeat(62)}`);
  const objects = (): number => globSync('cache/objects/sha256/*/*', { cwd: workspace.root }).length;
  assert.equal(objects(), 2);
  for (const name of globSync('store/objects/*/*/*', { cwd: workspace.root }))
    utimesSync(workspace.path(name), 1, 1);
  for (const [answer, code, left] of [
    [[], 1, 2],
    [['n'], 1, 2],
    [['yes, but'], 1, 2],
    [['y'], 0, 1],
  ] as const) {
    const terminal = openTerminal(t, [process.execPath, pipeBin, 'gc', '-c', '-w'], { cwd: workspace.root });
    await terminal.until(/Remove this from the cache and from 'shared'\? \[y\/N\]/);
    mkdirSync(dirname(theirs), { recursive: true });
    writeFileSync(theirs, 'theirs');
    utimesSync(theirs, 1, 1);
    terminal.keys(...answer, 'Enter');
    await terminal.until(new RegExp(`\\[code ${code}\\]$`));
    assert.equal(objects(), left, answer.join());
    assert.ok(existsSync(theirs), 'it was not on the list');
    rmSync(theirs);
  }
});
