// `pipe plots`: what is found, drawn and written.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { pageScript } from '../../src/show/show.ts';
import { makeWorkspaceMostlyHere, runPipeMostlyHere } from '../cli/here.ts';
import { makeWorkspace, type TestWorkspace } from '../workspace.ts';

interface Shown {
  readonly data?: Readonly<Record<string, readonly Entry[]>>;
  readonly errors?: readonly { readonly name: string; readonly type: string; readonly msg: string }[];
}

interface Entry {
  readonly type: 'vega' | 'image';
  readonly revisions: readonly string[];
  readonly url?: string;
  readonly content?: { readonly data: { readonly values: readonly Readonly<Record<string, unknown>>[] } };
}

const LOSS = 'step,loss,val.loss\n0,1,2\n1,0.5,1\n2,0.25,0.75\n';
const PIPELINE = `
stages:
  train:
    cmd: cp loss.txt loss.csv
    deps: [loss.txt]
    plots: [{loss.csv: {x: step, y: loss, title: Loss}}]
`;

async function shown(workspace: TestWorkspace, ...args: readonly string[]): Promise<Shown> {
  const { stdout } = await workspace.expect(0, 'plots', ...args, '--json');
  return JSON.parse(stdout) as Shown;
}

const valuesOf = (entry: Entry | undefined): readonly Readonly<Record<string, unknown>>[] =>
  entry!.content!.data.values;

function git(workspace: TestWorkspace, ...args: readonly string[]): void {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  const { status, stderr } = spawnSync('git', [...identity, ...args], {
    cwd: workspace.root,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

test('outputs, plots of the pipeline file, folders and files that are named', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `${PIPELINE}
  other:
    cmd: 'true'
    outs: [made]
plots:
- Both: {x: step, y: {loss.csv: [loss, val.loss]}, template: simple}
- made
`,
    'loss.csv': LOSS,
    'made/a.json': '{"a": {"rows": [{"p": 1, "q": 2}]}, "more": [{"r": null}]}',
    'made/sub/b.yaml': '- {u: 1}\n',
    'free.tsv': 'a\tb\n1\t"x\ty"\n',
  });
  const { data, errors } = await shown(workspace, 'show');
  assert.equal(errors, undefined);
  assert.deepEqual(Object.keys(data!).sort(), ['Both', 'loss.csv', 'made/a.json', 'made/sub/b.yaml']);
  assert.deepEqual(valuesOf(data!['Both']![0])[0], {
    step: '0',
    loss: '1',
    'val.loss': '2',
    dvc_inferred_y_value: '1',
    rev: 'workspace',
    field: 'loss',
  });
  assert.deepEqual(valuesOf(data!['made/a.json']![0]), [{ p: 1, q: 2, r: null, step: 0, rev: 'workspace' }]);
  const named = await shown(workspace, 'show', 'free.tsv');
  assert.deepEqual(Object.keys(named.data!), ['free.tsv']);
  assert.equal(valuesOf(named.data!['free.tsv']![0])[0]!['b'], 'x\ty');
  // A target is the beginning of a name, and a pattern.
  assert.deepEqual(Object.keys((await shown(workspace, 'show', 'B.t')).data!), ['Both']);
  const typo = await workspace.expect(1, 'plots', 'show', 'Bith', 'Both');
  assert.match(
    typo.stderr,
    /error\[unknown-plot\]: there is no plot and no file 'Bith'\n.*did you mean 'Both'/,
  );
});

test('revisions: from git and the cache, without touching the workspace', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': PIPELINE,
    'loss.txt': LOSS,
    '.gitignore': 'cache/\n',
  });
  git(workspace, 'init', '-q');
  await workspace.repro();
  git(workspace, 'add', '-A');
  git(workspace, 'commit', '-qm', 'one');
  const clean = await shown(workspace, 'diff');
  assert.deepEqual(clean.data!['loss.csv']![0]!.revisions, ['workspace'], 'which is HEAD');
  workspace.write('loss.txt', LOSS.replace('0.25', '0.125'));
  await workspace.repro();
  const { data } = await shown(workspace, 'diff');
  assert.deepEqual(data!['loss.csv']![0]!.revisions, ['workspace', 'HEAD']);
  assert.deepEqual(
    valuesOf(data!['loss.csv']![0]).map(({ rev, loss }) => [rev, loss]),
    ['workspace', 'HEAD'].flatMap((rev) =>
      ['1', '0.5', rev === 'HEAD' ? '0.25' : '0.125'].map((loss) => [rev, loss]),
    ),
  );
  const same = await shown(workspace, 'diff', 'HEAD', 'HEAD');
  assert.deepEqual(same.data!['loss.csv']![0]!.revisions, ['HEAD'], 'as in DVC, not with the workspace');
  workspace.remove('loss.csv');
  const old = await shown(workspace, 'show', '--rev', 'HEAD');
  assert.equal(valuesOf(old.data!['loss.csv']![0])[2]!['loss'], '0.25');
  // The workspace lacks the file; the cache has what the lock file records.
  const now = await shown(workspace, 'show');
  assert.equal(valuesOf(now.data!['loss.csv']![0])[2]!['loss'], '0.125');
  assert.equal(existsSync(workspace.path('loss.csv')), false);
  const { stderr } = await workspace.expect(1, 'plots', 'diff', 'HAED');
  assert.match(stderr, /error\[unknown-revision\]/);
});

test('what only the remote has, with --pull', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `${PIPELINE}
  folder:
    cmd: mkdir made && cp loss.txt made/a.csv
    deps: [loss.txt]
    plots: [made]
config: {remote: empty, remotes: {empty: {url: none}, shared: {url: remote}}}
`,
    'loss.txt': LOSS,
    '.gitignore': 'cache/\nremote/\nloss.csv\nmade/\n',
  });
  git(workspace, 'init', '-q');
  await workspace.repro();
  git(workspace, 'add', '-A');
  git(workspace, 'commit', '-qm', 'one');
  await workspace.expect(0, 'push', '-r', 'shared');
  for (const path of ['cache/objects', 'loss.csv', 'made']) workspace.remove(path);
  const { errors } = await shown(workspace, 'show', '--rev', 'HEAD');
  assert.equal(errors!.length, 2);
  const fetched = await shown(workspace, 'show', '--rev', 'HEAD', '--pull', '-r', 'shared');
  assert.deepEqual(
    [fetched.errors, Object.keys(fetched.data!).sort()],
    [undefined, ['loss.csv', 'made/a.csv']],
  );
  assert.equal(existsSync(workspace.path('loss.csv')), false);
});

test('images: written for --json, embedded in the page', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': 'stages: {}\nplots: [images]\n' });
  mkdirSync(workspace.path('images'));
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  for (const name of ['10.png', '9.png']) writeFileSync(workspace.path(`images/${name}`), png);
  const { data } = await shown(workspace, 'show');
  assert.deepEqual(data!['images/9.png'], [
    { type: 'image', revisions: ['workspace'], url: workspace.path('pipe_plots/workspace_images_9.png') },
  ]);
  assert.deepEqual(readFileSync(workspace.path('pipe_plots/workspace_images_9.png')), png);
  await workspace.expect(0, 'plots', 'show', '-o', 'page.html');
  const page = workspace.read('page.html');
  assert.ok(page.includes(`data:image/png;base64,${png.toString('base64')}`));
  assert.ok(page.indexOf('images/9.png') < page.indexOf('images/10.png'), 'numbers in their order');
});

test('nothing from a name, a value or a file becomes HTML', async (t) => {
  const evil = '</script><img src=x onerror=alert(1)>';
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': `stages: {}\nplots:\n- "${evil}": {x: a, y: {d.json: b}, title: "${evil}"}\n`,
    'd.json': JSON.stringify([{ a: evil, b: 1 }]),
  });
  await workspace.expect(0, 'plots', 'show', '-o', 'page.html');
  const page = workspace.read('page.html');
  assert.equal(page.includes(evil), false);
  assert.match(page, /default-src 'none'/);
  assert.equal(/unsafe/.test(/Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!), false);
  await workspace.expect(0, 'plots', 'show', '--svg', '-o', 'svg');
  for (const name of readdirSync(workspace.path('svg')))
    assert.equal(workspace.read(`svg/${name}`).includes('<img'), false);
});

testInWhole('SVG files: the same at each drawing, under names that are no paths', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': 'stages: {}\nplots: [a/loss.csv, b.csv: {template: scatter_jitter}]\n',
    'a/loss.csv': LOSS,
    'b.csv': 'x,y\na,b\nb,a\n',
  });
  const draw = async (folder: string): Promise<readonly string[]> => {
    const { stdout } = await workspace.expect(0, 'plots', 'show', '--svg', '-o', folder);
    assert.match(stdout, new RegExp(`^${folder}/a_loss\\.csv\\.svg$`, 'm'));
    return readdirSync(workspace.path(folder)).map((name) => workspace.read(`${folder}/${name}`));
  };
  const first = await draw('one');
  assert.equal(first.length, 2);
  assert.ok(
    first.every((text) => text.startsWith('<svg') && text.includes('xmlns="http://www.w3.org/2000/svg"')),
  );
  assert.deepEqual(await draw('two'), first);
});

testInWhole('templates: built-in ones, own ones, and what is wrong with them', async (t) => {
  const mine = (data: string): string =>
    JSON.stringify({ data: { values: data }, mark: 'point', title: 'on <DVC_METRIC_X_LABEL>' });
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages: {}\nplots: [loss.csv: {template: mine}, other.csv: {template: simple}]\n',
    'loss.csv': LOSS,
    'other.csv': LOSS,
    '.pipe/plots/mine.json': mine('<DVC_METRIC_DATA>'),
  });
  const { stdout } = await workspace.expect(0, 'plots', 'templates', 'linear');
  assert.deepEqual((JSON.parse(stdout) as { data: unknown }).data, { values: '<DVC_METRIC_DATA>' });
  assert.match((await workspace.expect(1, 'plots', 'templates', 'linaer')).stderr, /did you mean 'linear'/);
  const { data } = await shown(workspace, 'show');
  assert.equal((data!['loss.csv']![0]!.content as unknown as { title: string }).title, 'on step');
  for (const [text, message] of [
    [mine('no anchor'), /has no <DVC_METRIC_DATA>/],
    ['{"data": ', /not valid JSON/],
    ['[]', /a template is a JSON object/],
  ] as const) {
    workspace.write('.pipe/plots/mine.json', text);
    const ran = await workspace.expect(0, 'plots', 'show', '-o', 'page.html');
    assert.match(ran.stderr, /warning\[plot-template\]/);
    assert.match(ran.stderr, message);
    assert.match((await workspace.expect(1, 'plots', 'show', 'loss.csv')).stderr, message);
  }
  // It can neither read files nor be drawn.
  workspace.write(
    '.pipe/plots/mine.json',
    JSON.stringify({ mark: 'nonsense', data: { values: '<DVC_METRIC_DATA>' } }),
  );
  const broken = await workspace.expect(1, 'plots', 'show', '--svg', 'loss.csv');
  assert.match(broken.stderr, /error\[plot-template\]: the plot 'pipeline\.yaml::loss\.csv' cannot be drawn/);
});

test('what cannot be drawn is named, with its place, and the rest is drawn', async (t) => {
  const files = {
    'loss.csv': LOSS,
    'bad.json': '[{"a": 1}',
    'long.csv': 'a,b\n1,2\n1,2,3\n',
    'empty.json': '{"a": []}',
    'text.txt': 'x',
    'short.csv': 'a\n1\n',
  };
  const workspace = makeWorkspaceMostlyHere(t, {
    ...files,
    'pipeline.yaml': `stages: {}
plots: [loss.csv, bad.json, long.csv, empty.json, text.txt, gone.csv, field.csv: {y: q}, joined: {x: {short.csv: a}, y: {loss.csv: loss}}]
`,
    'field.csv': 'a,b\n1,2\n',
  });
  const { stderr, stdout } = await workspace.expect(0, 'plots', 'show');
  assert.match(stdout, /^pipe_plots\/index\.html$/m);
  for (const text of [
    /bad\.json:1:10/,
    /long\.csv:3:1/,
    /empty\.json has no rows/,
    /text\.txt is not a file that can be plotted/,
    /gone\.csv does not exist/,
    /field\.csv has no field 'q'/,
    /Cannot join 'a' from 'short\.csv' and 'loss' from 'loss\.csv'/,
  ])
    assert.match(stderr, text);
  const { errors } = await shown(workspace, 'show');
  assert.equal(errors!.length, 6);
  await workspace.expect(1, 'plots', 'show', 'bad.json', '--json');
  const none = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': 'stages: {}\n' });
  assert.match((await none.expect(1, 'plots', 'show')).stderr, /error\[nothing-to-plot\]/);
});

test('a page replaces pages only', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages: {}\nplots: [loss.csv]\n',
    'loss.csv': LOSS,
    'mine.html': '<p>mine</p>',
  });
  assert.match((await workspace.expect(1, 'plots', 'show', '-o', 'mine.html')).stderr, /plot-out-exists/);
  assert.equal(workspace.read('mine.html'), '<p>mine</p>');
  for (let time = 0; time < 2; time += 1) await workspace.expect(0, 'plots', 'show', '-o', 'page.html');
  workspace.write('frame.html', '<body>Report {scripts}{plot_divs}</body>');
  await workspace.expect(0, 'plots', 'show', '--html-template', 'frame.html', '-o', 'page.html');
  const framed = workspace.read('page.html');
  assert.match(framed, /^<body>Report <style>/);
  assert.ok(framed.includes(`<script>${pageScript()}</script>`), 'whatever is in the script');
});

test('names are relative to the current folder', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages: {}\nplots: [{Two: {x: step, y: {sub/loss.csv: loss}}}, all]\n',
    'sub/loss.csv': LOSS,
    'all/one.csv': LOSS,
  });
  const { stdout } = await runPipeMostlyHere(workspace.path('sub'), ['plots', 'show', '--json']);
  assert.deepEqual(Object.keys((JSON.parse(stdout) as Shown).data!).sort(), ['../all/one.csv', 'Two']);
  const named = await runPipeMostlyHere(workspace.path('sub'), ['plots', 'show', '--json', './loss.csv']);
  assert.deepEqual(Object.keys((JSON.parse(named.stdout) as Shown).data!), ['loss.csv']);
});

const BOTH = `Both: y
   2 +xxxx
     |    xxxxxxx
     |           xxxxxxx
     |                  xxxxxxxx
     |                          xxxxxxx
     |oooooo                           xxxxxxxxxxxxxxxxxxxxx
     |      oooooooooooo                                    xxxxxxxxxxxxxxxxxxx
     |                  oooooooooooo
     |                              oooooooooooooooooooooooo
0.25 +                                                      ooooooooooooooooooo
     +-------------------------------------------------------------------------
      0                                 step                                  2
      o workspace  loss
      x workspace  val.loss

p.html
`;

test('lines in the terminal: as wide as it is, without Unicode where it has none', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'pipeline.yaml': 'stages: {}\nplots: [Both: {x: step, y: {loss.csv: [loss, val.loss]}}]\n',
    // A text and an empty cell are no points.
    'loss.csv': `${LOSS}3,\u001b[31mred,nan\n4,,\n`,
  });
  const env = { LC_ALL: 'C', LANG: 'C' };
  const { stdout } = await runPipeMostlyHere(
    workspace.root,
    ['plots', 'show', 'loss.csv', '-y', 'loss', '-o', 'p.html'],
    env,
  );
  assert.match(stdout, /^[\n\x20-\x7e]*$/);
  assert.match(stdout, /^ *1 \+o[^]*^0\.25 \+/m);
  assert.ok(stdout.split('\n').every((line) => line.length <= 80));
  const unicode = await runPipeMostlyHere(workspace.root, ['plots', 'show', 'loss.csv', '-o', 'p.html'], {
    LC_ALL: 'C.UTF-8',
  });
  assert.match(unicode.stdout, /[\u2801-\u28ff]/);
  const both = await runPipeMostlyHere(workspace.root, ['plots', 'show', 'Both', '-o', 'p.html'], env);
  assert.equal(both.stdout, BOTH);
  // In the order of x, whatever that of the rows is.
  const drawn = async (): Promise<string> =>
    (
      await runPipeMostlyHere(workspace.root, ['plots', 'show', 'loss.csv', '-x', 'step', '-o', 'p.html'], {
        LC_ALL: 'C.UTF-8',
      })
    ).stdout;
  const before = await drawn();
  const [head, ...rows] = workspace.read('loss.csv').trimEnd().split('\n');
  workspace.write('loss.csv', `${[head, ...rows.slice(1), rows[0]].join('\n')}\n`);
  assert.equal(await drawn(), before);
  const quiet = await runPipeMostlyHere(workspace.root, ['plots', 'show', 'loss.csv', '-q', '-o', 'p.html']);
  assert.equal(quiet.stdout, '');
});
