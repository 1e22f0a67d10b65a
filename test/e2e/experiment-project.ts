// A project whose stages read their parameter file themselves, for tests of experiments.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeWorkspaceMostlyHere, runPipeMostlyHere } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';

/** Opens its parameter file itself, reads an undeclared module, and writes an undeclared file. */
export const TRAIN = `
import { appendFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { factor } from './helper.mjs';
const params = readFileSync('params.yaml', 'utf8');
const value = (key) => parseFloat(new RegExp(key + ': *(\\\\S+)').exec(params)[1]);
if (value('lr') === Number(process.env.BAD_LR)) throw new Error('this rate is bad');
writeFileSync('model.txt', value('lr') + ' ' + readFileSync('data/link', 'utf8'));
readdirSync('data/none');
writeFileSync('stray.log', 'x');
writeFileSync('metrics.json', JSON.stringify({ acc: factor * value('lr') + value('depth'), nested: { loss: -value('lr') } }));
appendFileSync(process.env.COUNT, 'train\\n');
`;
const PREPARE = `
import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
mkdirSync('data/none', { recursive: true });
symlinkSync('rows.txt', 'data/link');
writeFileSync('data/rows.txt', readFileSync('raw.csv', 'utf8').toUpperCase());
appendFileSync(process.env.COUNT, 'prepare\\n');
`;
export const FILES = {
  'pipeline.yaml': `stages:
  prepare:
    cmd: node prepare.mjs
    deps: [prepare.mjs, raw.csv]
    outs: [data]
  train:
    cmd: node train.mjs
    deps: [train.mjs, data]
    params: [lr, model.depth]
    outs: [model.txt]
    metrics: [{metrics.json: {cache: false}}]
`,
  'params.yaml': '# rates\nlr: 1   # of the optimizer\nmodel: {depth: 2}\n',
  'train.mjs': TRAIN,
  'prepare.mjs': PREPARE,
  'helper.mjs': 'export const factor = 10;\n',
  'raw.csv': 'a,b\n',
  '.gitignore': '/cache\n/data\n/model.txt\n/metrics.json\n/pipeline.lock\n',
};

export interface ExperimentProject extends TestWorkspace {
  /** Names of the stages that ran, since the last call. */
  readonly ran: () => string[];
  readonly exp: (code: number, ...args: readonly string[]) => Promise<string>;
  /** The same in a folder of the project. */
  readonly expIn: (folder: string, code: number, ...args: readonly string[]) => Promise<string>;
  readonly show: (...names: readonly string[]) => Promise<readonly Shown[]>;
  readonly git: (...args: readonly string[]) => string;
}

export interface Shown {
  readonly name: string;
  readonly state: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, { readonly acc: number }>>;
}

export function makeProject(
  t: TestContext,
  files: Readonly<Record<string, string>> = FILES,
  env: NodeJS.ProcessEnv = {},
): ExperimentProject {
  const workspace = makeWorkspaceMostlyHere(t, files);
  const counts = mkdtempSync(join(tmpdir(), 'pipe-count-'));
  t.after(() => rmSync(counts, { recursive: true }));
  const count = join(counts, 'count');
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: workspace.root,
      encoding: 'utf8',
    });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'First');
  const expIn: ExperimentProject['expIn'] = async (folder, code, ...args) => {
    const ran = await runPipeMostlyHere(workspace.path(folder), ['exp', ...args], { COUNT: count, ...env });
    assert.equal(ran.code, code, `exp ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
    return ran.stdout + ran.stderr;
  };
  return {
    ...workspace,
    git,
    ran() {
      const lines = existsSync(count) ? readFileSync(count, 'utf8').split('\n').filter(Boolean) : [];
      rmSync(count, { force: true });
      return lines.sort();
    },
    exp: (code, ...args) => expIn('.', code, ...args),
    expIn,
    async show(...names) {
      const { stdout } = await workspace.expect(0, 'exp', 'show', '--json', ...names);
      return JSON.parse(stdout) as Shown[];
    },
  };
}

/** Every file of the workspace without git's and ours. */
export function filesOf(root: string): Readonly<Record<string, string>> {
  const walk = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (path === '.git' || path === 'cache') return [];
      return entry.isDirectory() ? walk(path) : [path];
    });
  return Object.fromEntries(walk('').map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}
