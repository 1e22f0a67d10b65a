// What commands print with --json has the declared shapes: real outputs become literals of these types, which the compiler checks for
// missing, wrong and undeclared keys.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { testInWhole } from '../amount.ts';
import { commandTree } from '../../scripts/command-tree.ts';
import { makeWorkspace, pipeBin, runPipe } from '../workspace.ts';
import { repository } from './page.ts';

const PIPELINE = `vars: [params.yaml]
stages:
  make:
    foreach: \${items}
    do:
      cmd: mkdir -p made/\${item} && echo \${item} > made/\${item}/out
      deps: [folder]
      params: [size]
      env: {LANG: C}
      resources: {cpus: 1, memory: 1M, mutex: one}
      retry: 1
      timeout: 1m
      outs: ['made/\${item}': {desc: d, type: t, labels: [l], meta: {a: 1}}]
  count:
    cmd: cat made/*/out > count.txt && echo a > plot.csv && echo counted
    desc: Count
    meta: {owner: me}
    deps: [made, {helper.mjs: {imports: true}}]
    metrics: [{count.txt: {cache: false}}]
    plots: [{plot.csv: {x: a, persist: true}}]
  broken:
    cmd: 'echo "{\\"done\\": 1, \\"total\\": 2}" >&$PIPE_PROGRESS_FD; echo no; exit 3'
    deps: [count.txt]
    outs: [never]
  after:
    cmd: cp never after.txt
    deps: [never]
    outs: [after.txt]
config:
  remotes: {shared: {url: ../remote, trust: true}}
`
  .replace('echo {} >&3', 'echo "{\\"done\\": 1, \\"total\\": 2}" >&$PIPE_PROGRESS_FD')
  .replace('cat made/*/out > count.txt', 'cat made/*/out > count.txt && echo a > plot.csv');

const GIT =
  'git init -q && git add -A && git -c user.name=t -c user.email=t@t commit -qm First && git config user.name t && git config user.email t@t';

/** The type of what each command prints, and whether that is one value or one per line. */
const TYPES = {
  add: ['Added', 'value'],
  move: ['Moved', 'value'],
  du: ['DiskUsage', 'value'],
  remove: ['Removed', 'value'],
  status: ['Status', 'value'],
  repro: ['Event', 'lines'],
  watch: ['Event', 'lines'],
  attach: ['Event', 'lines'],
  dag: ['Graph', 'value'],
  'exp branch': ['ExperimentBranch', 'value'],
  'exp push': ['ExchangedExperiments', 'value'],
  'exp pull': ['ExchangedExperiments', 'value'],
  'exp diff': ['ExperimentDiff', 'value'],
  'exp apply': ['AppliedExperiment', 'value'],
  'exp run': ['Event', 'lines'],
  'exp show': ['readonly Experiment[]', 'value'],
  'stage list': ['readonly Stage[]', 'value'],
  'remote list': ['Remotes', 'value'],
  'remote default': ['DefaultRemote', 'value'],
  'remote test': ['RemoteTest', 'value'],
  push: ['Pushed', 'value'],
  import: ['Imported', 'value'],
  'import-url': ['Imported', 'value'],
  update: ['Updated', 'value'],
  get: ['Downloaded', 'value'],
  list: ['readonly Listed[]', 'value'],
  fetch: ['Fetched', 'value'],
  pull: ['Pulled', 'value'],
  history: ['HistoryEntry', 'lines'],
  'cache saved': ['readonly Saved[]', 'value'],
  'cache path': ['CachePath', 'value'],
  'cache size': ['CacheSize', 'value'],
  results: ['readonly StageResults[]', 'value'],
  locate: ['Located', 'value'],
  'plots show': ['Plots', 'value'],
  'plots diff': ['Plots', 'value'],
  'plots templates': ['readonly string[]', 'value'],
  'ui export': ['ProjectPage', 'value'],
  'cache list': ['readonly CachedObject[]', 'value'],
  checkout: ['CheckedOut', 'value'],
  commit: ['Committed', 'value'],
  doctor: ['Diagnosis', 'value'],
  gc: ['Garbage', 'value'],
  logs: ['LogLine', 'lines'],
  unprotect: ['Unprotected', 'value'],
  verify: ['Verified', 'value'],
  why: ['Why', 'value'],
  diff: ['DataDifferences', 'value'],
  'metrics show': ['ShownMetrics', 'value'],
  'metrics diff': ['ValueChanges', 'value'],
  'params diff': ['ValueChanges', 'value'],
} as const;

test('every command with --json has a declared type', () => {
  const commands = commandTree().filter(({ options }) => options.some(({ term }) => term === '--json'));
  assert.deepEqual(commands.map(({ name }) => name).sort(), Object.keys(TYPES).sort());
});

testInWhole('real outputs are of the declared types', async (t) => {
  const workspace = makeWorkspace(t, {
    'project/pipeline.yaml': PIPELINE,
    'project/params.yaml': 'items: [a, b]\nsize: 1\n',
    'project/folder/one': '1',
    'project/data/x': 'x',
    'project/helper.mjs': "import './other.mjs';\n",
    'project/other.mjs': '',
  });
  const project = workspace.path('project');
  const literals: string[] = [];
  const seen = new Set<string>();
  /** @param type where a flag changes what is printed. */
  const runAs = async (
    [type, form]: readonly [string, 'value' | 'lines'],
    code: number,
    name: string,
    ...args: string[]
  ): Promise<void> => {
    const ran = await runPipe(project, [...name.split(' '), ...args, '--json']);
    assert.equal(ran.code, code, `${name} ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
    const values = form === 'value' ? [ran.stdout] : ran.stdout.split('\n').filter(Boolean);
    for (const value of values) {
      literals.push(`const _${literals.length}: ${type} = ${value};`);
      const { type: event } = JSON.parse(value) as { type?: string };
      if (event !== undefined) seen.add(event);
    }
  };
  const run = (code: number, name: keyof typeof TYPES, ...args: string[]): Promise<void> =>
    runAs(TYPES[name], code, name, ...args);

  await run(0, 'plots templates');
  workspace.write('elsewhere', 'e');
  await run(0, 'import-url', '../elsewhere', 'one');
  await run(0, 'import-url', '--no-download', '../elsewhere', 'two');
  workspace.write('elsewhere', 'changed');
  await run(0, 'status');
  await run(0, 'update');
  await run(0, 'get', '../elsewhere', '-o', 'three');
  await run(0, 'list', '.');
  await run(0, 'list', '.', '-R');
  await run(0, 'remove', 'one', 'two', '--outs');
  await run(0, 'status');
  await run(0, 'add', 'data');
  await run(0, 'add', 'data/x');
  await run(0, 'move', 'data', 'moved');
  workspace.write('project/moved/x', 'changed');
  await run(0, 'du');
  await run(0, 'du', 'moved');
  await runAs(['DataStatus', 'value'], 0, 'status', '--data', '--granular', '--unchanged');
  await run(0, 'remove', 'moved', '--outs');
  await run(1, 'repro', '--keep-going');
  await run(1, 'repro', '--keep-going', '-f');
  await run(0, 'results');
  await run(0, 'locate', 'count.txt');
  workspace.remove('project/plot.csv');
  await run(0, 'locate', 'plot.csv');
  await run(0, 'repro', 'count');
  spawnSync(process.execPath, [pipeBin, 'repro', '-f', '--detach', 'count'], { cwd: project });
  await run(0, 'attach');
  await run(0, 'plots show');
  await run(0, 'plots diff', 'workspace', '--split');
  await run(0, 'stage list');
  await run(0, 'dag');
  await run(0, 'remote list');
  await run(0, 'remote default');
  await run(0, 'remote test');
  await run(0, 'push', 'make', 'count', '--run-cache');
  workspace.remove('project/cache/objects');
  await run(0, 'fetch', 'make', '--run-cache');
  workspace.remove('project/made');
  await run(0, 'pull', 'make', 'count');
  await run(0, 'history');
  await run(0, 'doctor');
  await run(0, 'logs', 'count');
  await run(0, 'ui export');
  await run(0, 'commit', 'count');
  await run(0, 'unprotect', 'count');
  for (const name of ['cache path', 'cache size', 'cache list', 'verify', 'why'] as const)
    await run(0, name, ...(name === 'why' ? ['make@a'] : []));
  await runAs(['VerifiedInputs', 'value'], 0, 'verify', '--inputs');
  await runAs(['CloudStatus', 'value'], 0, 'status', '--cloud');

  workspace.write('project/params.yaml', 'items: [b, c]\nsize: 2\n');
  workspace.write('project/folder/two', '2');
  workspace.write('project/made/b/out', 'changed by hand');
  workspace.write('project/never', 'made by hand');
  await run(0, 'status');
  for (const stage of ['count', 'make@b', 'after']) await run(0, 'why', stage);
  await runAs(['VerifiedInputs', 'value'], 1, 'verify', '--inputs');
  await run(0, 'repro', '--dry', 'count');
  await run(0, 'repro', 'count');
  workspace.write('project/params.yaml', 'items: [a, b]\nsize: 1\n');
  workspace.remove('project/folder/two');
  await run(0, 'status', '-S', 'items=[a]');
  await run(0, 'repro', 'count');
  await run(0, 'repro', 'count');
  await run(0, 'cache saved');
  workspace.remove('project/made');
  await run(0, 'checkout', 'make');
  await run(0, 'gc', '--workspace', '--dry');
  await run(0, 'gc', '--workspace');
  await run(0, 'exp run', 'one', '-S', 'size=2', '-t', 'make@a');
  await run(0, 'exp show');
  await run(0, 'exp diff', 'one');
  await run(0, 'exp push', 'one');
  spawnSync('sh', ['-c', GIT], { cwd: project });
  await run(0, 'exp run', 'two', '-S', 'size=3', '-t', 'make@a');
  await run(0, 'exp branch', 'two');
  await run(0, 'exp pull');
  await run(0, 'exp apply', 'one');

  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: project,
      stdio: 'ignore',
    });
  git('init');
  workspace.write('project/values.json', '{"a": 1, "b": {"c": true, "d": "x"}}');
  git('add', '-f', 'pipeline.yaml', 'params.yaml', 'values.json');
  git('commit', '-m', 'first');
  await run(0, 'import', '.', 'values.json', '-o', 'four');
  workspace.write('project/values.json', '{"a": 1.5, "b": {"c": false, "d": null}}');
  workspace.write('project/params.yaml', 'items: [a, b]\nsize: 2\n');
  await run(0, 'metrics show', 'values.json', 'none.json', '-a');
  await run(0, 'metrics diff', '--targets', 'values.json');
  await run(0, 'params diff');
  await run(0, 'diff', '--show-hash');
  await run(0, 'diff', 'HEAD', 'HEAD');

  for (const type of [
    'decided',
    'start',
    'output',
    'progress',
    'fresh',
    'restored',
    'ran',
    'failed',
    'skipped',
    'vanished',
    'run-end',
  ])
    assert.ok(seen.has(type), `no event '${type}' was printed`);
  compile(workspace.path('check.ts'), literals);
});

function compile(file: string, literals: readonly string[]): void {
  const declarations = join(repository, 'schema/json-output.ts');
  const texts = globSync(join(repository, 'schema/json-output/*.ts')).map((path) =>
    readFileSync(path, 'utf8'),
  );
  const types = [...texts.join('\n').matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name]) => name);
  const source = `import type { ${types.join(', ')} } from ${JSON.stringify(declarations)};\n${literals.join('\n')}\n`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--allowImportingTsExtensions'];
  const { status, stdout, stderr } = spawnSync(
    join(repository, 'node_modules/.bin/tsc'),
    [...flags, '--ignoreConfig', '--target', 'esnext', '--module', 'nodenext', '--types', '', file],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, `${stdout}${stderr}\n${source}`);
}
