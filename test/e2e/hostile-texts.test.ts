// Texts of strangers that speak to the terminal: no command shows one, in whatever way it prints.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleOf, testInWhole } from '../amount.ts';
import { makeWorkspace, runPipe, type Ran, type TestWorkspace } from '../workspace.ts';

/** A title, a colour, an erased line, a direction, no width, an 8-bit control, and a line that looks like one of ours. */
const H = '\u001b]0;t\u0007\u001b[32mH\u001b[2K\u202e\u200b\u009b31m\r\nEVIL';
/** What a stage prints may have colours and lines of its own, but nothing else. */
const PRINTED = H.replace('\u001b[32mH', '').replace('\r\nEVIL', '');
const q = (text: string): string => JSON.stringify(text);

const files = {
  'pipeline.yaml': `stages:
  ${q(`name${H}`)}:
    cmd: [${q(`printf '${PRINTED}\\n' && printf '${'@'.repeat(20)}' > "$OUT"`)}]
    desc: ${q(`\u001b[32mdesc${H}`)}
    deps: [${q(`dep${H}`)}]
    params: [${q(`key${H}`)}]
    env: {OUT: ${q(`out${H}`)}}
    outs: [${q(`out${H}`)}]
  ${q(`fails${H}`)}:
    cmd: [${q(`printf '${PRINTED}\\n' >&2; exit 3 # ${H.replace('\r\nEVIL', '')}`)}]
    always_changed: true
  ${q(`group${H}`)}:
    foreach: [${q(`v${H}`)}, w]
    do:
      cmd: ["true"]
      params: [{${q(`more${H}.yaml`)}: [x]}]
config:
  remotes:
    ${q(`remote${H}`)}: {url: ${q(`../nowhere${H}`)}}
`,
  [`dep${H}`]: 'data',
  [`more${H}.yaml`]: 'x: 1\n',
  'params.yaml': `${q(`key${H}`)}: ${q(`value${H}`)}\n`,
};

const commands: readonly (readonly string[])[] = [
  ['status'], ['status', '-v'], ['status', '--json'], ['status', `target${H}`], ['stage', 'list'], ['stage', 'list', '--json'],
  ['dag'], ['dag', '--expand'], ['dag', '--outs'], ['dag', '--dot'], ['dag', '--mermaid'], ['dag', '--json'], ['dag', '--outs', '--dot'],
  ['repro', '--dry'], ['repro', `name${H}`], ['repro', '-k', '-v'], ['repro', '-k', '--json'], ['repro', '-k', '-f', '-v'], ['repro', '-k', '-q'],
  ['history'], ['history', '-v'], ['history', '--json'], ['logs', `name${H}`], ['logs', `fails${H}`], ['logs', `no${H}`],
  ['why', `name${H}`], ['why', `fails${H}`], ['why', `group${H}`], ['checkout'], ['commit'], ['commit', '-f'], ['status', '-S', `key${H}=2`],
  ['status', '--params', `no${H}.yaml`], ['status', '--lock', `no${H}/x.lock`], ['push'], ['fetch'], ['pull'], ['push', '--json'], ['push', '-r', `no${H}`],
  ['freeze', `no${H}`], ['unfreeze', `no${H}`], ['remove', `no${H}`], ['freeze', `no${H}/pipeline.yaml:a`], ['gc', '--dry'], ['gc', '--keep', H],
  ['verify'], ['cache', 'path'], ['cache', 'list'], ['unprotect'], ['unprotect', `no${H}`], [`unknown${H}`], ['status', `--bad${H}`],
  ['stage', 'add', '-n', `new${H}`, '-o', `new${H}`, '--desc', H, '--', 'echo', 'x'], ['status'],
]; // prettier-ignore

const ESCAPE = '\u001b';
const OUR_COLOURS = new RegExp(`${ESCAPE}\\[(?:\\d|2\\d|3\\d)m`, 'g');

function assertHarmless({ stdout, stderr }: Ran, what: string, colour: boolean): void {
  for (const text of [stdout, stderr]) {
    assert.ok(!text.includes('\u001b[32mH'), `${what}: a colour that is not ours\n${text}`);
    const shown = colour ? text.replace(OUR_COLOURS, '') : text;
    assert.doesNotMatch(
      shown,
      /(?![\n\t])\p{Cc}|[\u200b\u202a-\u202e\u2066-\u2069]/u,
      `${what}: a control character`,
    );
    assert.doesNotMatch(shown, /^EVIL/m, `${what}: a line that is not ours`);
  }
}

async function runAll(
  workspace: TestWorkspace,
  env: NodeJS.ProcessEnv,
  colour: boolean,
  chosen: typeof commands,
): Promise<void> {
  for (const args of chosen) {
    const ran = await runPipe(workspace.root, args, env);
    assertHarmless(ran, `pipe ${JSON.stringify(args)}`, colour);
    if (args.includes('--json') && ran.code === 0)
      for (const text of args[0] === 'repro' || args[0] === 'history'
        ? ran.stdout.trim().split('\n')
        : [ran.stdout])
        JSON.parse(text);
  }
}

test('plain', async (t) => runAll(makeWorkspace(t, files), {}, false, sampleOf(commands, 5)));

test('in colour', async (t) =>
  runAll(makeWorkspace(t, files), { FORCE_COLOR: '1' }, true, sampleOf(commands, 16)));

testInWhole('on GitHub, where lines are commands too', async (t) => {
  const workspace = makeWorkspace(t, files);
  const chosen = [['repro', '-k'], ['status'], ['why', `name${H}`], ['status', `::error::${H}`]];
  await runAll(workspace, { GITHUB_ACTIONS: 'true' }, false, chosen);
  workspace.write('pipeline.yaml', 'stages:\n  "::warning ::##[error]x": {cmd: "true", outs: [o]}\n');
  for (const args of [['status'], ['stage', 'list'], ['repro', '--dry']]) {
    const { stdout } = await runPipe(workspace.root, args, { GITHUB_ACTIONS: 'true' });
    assert.doesNotMatch(stdout, /^\s*::|##\[/m);
    assert.match(stdout, /::warning ::/);
  }
});

test('names keep their meaning in JSON', async (t) => {
  const workspace = makeWorkspace(t, files);
  const { stdout } = await workspace.expect(0, 'stage', 'list', '--json');
  const [first] = JSON.parse(stdout) as { name: string; desc: string }[];
  assert.equal(first!.name, `name${H}`);
});

test('errors about files of strangers', async (t) => {
  const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'an unknown key': { 'pipeline.yaml': `stages:\n  a:\n    cmd: x\n    ${q(`key${H}`)}: 1\n` },
    'no YAML': { 'pipeline.yaml': `stages: [\u202e"${H}\n  : : :\n` },
    'a template': {
      'pipeline.yaml': `stages:\n  a:\n    cmd: ${q(`echo \${no${H.replaceAll('\n', '')}}`)}\n`,
    },
    'an unknown file': { 'pipeline.yaml': `vars: [${q(`no${H}.yaml`)}]\nstages: {}\n` },
    'an output twice': {
      'pipeline.yaml': `stages:\n  ${q(`a${H}`)}: {cmd: x, outs: [${q(`o${H}`)}]}\n  ${q(`b${H}`)}: {cmd: x, outs: [${q(`o${H}`)}]}\n`,
    },
    'a circle': {
      'pipeline.yaml': `stages:\n  ${q(`a${H}`)}: {cmd: x, deps: [p], outs: [${q(`o${H}`)}]}\n  ${q(`b${H}`)}: {cmd: x, deps: [${q(`o${H}`)}], outs: [p]}\n`,
    },
    'a lock file': {
      'pipeline.yaml': 'stages:\n  a: {cmd: x}\n',
      'pipeline.lock': `schema: ${q(H)}\nstages:\n  ${q(H)}: ${q(H)}\n`,
    },
    'a parameter file': {
      'pipeline.yaml': 'stages:\n  a: {cmd: x, params: [{p.toml: [a]}]}\n',
      'p.toml': `a = \u001b[32mH\u202e\n`,
    },
    'a missing dependency': {
      'pipeline.yaml': `stages:\n  ${q(`a${H}`)}: {cmd: x, deps: [${q(`no${H}`)}]}\n`,
    },
    'an owner of the lock': {
      'pipeline.yaml': 'stages:\n  a: {cmd: x}\n',
      'cache/state/run.owner.json': JSON.stringify({ pid: 1, host: H, since: H, run: 'x' }),
    },
    'a history': {
      'pipeline.yaml': 'stages:\n  a: {cmd: x}\n',
      'cache/state/history.jsonl': `${JSON.stringify({ run: 'r', stage: H, time: '2024-01-01T00:00:00.000Z', what: 'ran', seconds: 1, why: H, job: { id: H, node: H } })}\n`,
    },
    'what a run does': {
      'pipeline.yaml': 'stages:\n  a: {cmd: x}\n',
      'cache/state/run.owner.json': JSON.stringify({
        pid: 1,
        host: H,
        since: '2024-01-01T00:00:00.000Z',
        run: 'x',
      }),
      'cache/state/run.jsonl': [
        { type: 'run-start', run: 'x', time: '2024-01-01T00:00:00.000Z' },
        {
          type: 'job',
          stage: H,
          id: H,
          state: 'queued',
          reason: H,
          node: H,
          time: '2024-01-01T00:00:00.000Z',
        },
      ]
        .map((event) => `${JSON.stringify(event)}\n`)
        .join(''),
    },
    'a command that DVC splits': {
      'dvc.yaml': `stages:\n  ${q(`a${H}`)}:\n    cmd: |\n      echo \u202e \\\n        x\n`,
    },
  };
  for (const [name, project] of sampleOf(Object.entries(cases), 5)) {
    const workspace = makeWorkspace(t, project);
    const args = name === 'a history' ? ['history'] : ['status'];
    for (const env of [{}, { FORCE_COLOR: '1', GITHUB_ACTIONS: 'true' }])
      assertHarmless(await runPipe(workspace.root, args, env), name, 'FORCE_COLOR' in env);
    assertHarmless(await runPipe(workspace.root, ['repro', '--no-wait'], {}), name, false);
  }
});
