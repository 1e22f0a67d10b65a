// A project with experiments: three of a grid, of which one failed, and one whose process was killed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { copiesHere, type Here } from './here.ts';

export const FILES = {
  'pipeline.yaml': `vars: [extra: 1, size: 2]
stages:
  prep:
    cmd: cat raw.csv > prep.txt
    deps: [raw.csv]
    outs: [prep.txt]
  train:
    cmd: lr=$(sed -n 's/^lr. //p' params.yaml); test $lr != "$BAD" || eval "$END"; sh make.sh $lr
    deps: [prep.txt, make.sh]
    params: [lr]
    outs: [model.txt, out]
    metrics: [metrics.json: {cache: false}, more]
metrics: [report.yaml, out/s.yaml]
`,
  'make.sh': `printf '{"acc": %s.5, "deep": {"loss": -%s}, "note": "n", "list": [1]}\\r\\n' $1 $1 > metrics.json
mkdir -p more; printf "score: $1" > more/a.yaml; printf 'x,y' > more/b.csv; printf "model $1" > model.txt
mkdir out; printf 'extra: 5' > out/s.yaml; printf 'extra: 6' > out/t.yaml
`,
  'params.yaml': '# rates\nlr: 1\nmodel: {depth: 2, kind: a}\n',
  'raw.csv': 'a\nb\n',
  'report.yaml': 'all: 7\n',
  'sub/.gitkeep': '',
  '.gitignore': '/cache\n/prep.txt\n/model.txt\n/more\n/out\n',
};

const copies = copiesHere(FILES, async (here) => {
  chmodSync(here.path('params.yaml'), 0o755);
  committed(here)('tag', 'v1');
  process.env['BAD'] = '13';
  process.env['END'] = 'exit 3';
  const printed = await here.both(1, 'exp', 'run', 'grid', '-S', 'lr=10,2,13', '-q');
  assert.match(printed.stdout, /^failed   grid-3:train .* exit code 3\n/m);
  assert.doesNotMatch(printed.stdout, /experiment|grid-1/, '-q prints no table');
  // The oldest, whose process was killed.
  const params = {
    'params.yaml': { lr: 4, model: { depth: 2, kind: 'a' } },
    'pipeline.yaml': { extra: 1, size: 2 },
  };
  const started = '2020-01-01T00:00:00.000Z';
  const { locks, ...head } = JSON.parse(here.read('cache/exps/grid-3.json')) as { locks: object };
  const killed = { ...head, state: 'running', overlays: ['lr=4'], started, params, locks };
  here.write('cache/exps/killed.json', `${JSON.stringify(killed, null, 2)}\n`);
});

type Project = Here & { readonly git: (...args: readonly string[]) => string };

export const gitIn =
  ({ root }: Pick<Here, 'root'>): Project['git'] =>
  (...args) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8' });

/** A repository with one commit. */
export function committed(here: Here): Project['git'] {
  const git = gitIn(here);
  git('init', '-q', '-b', 'main');
  for (const key of ['user.name', 'user.email']) git('config', key, 't');
  git('add', '-A');
  git('commit', '-qm', 'First');
  return git;
}

export async function project(t: TestContext): Promise<Project> {
  const here = await copies(t);
  process.env['BAD'] = '13';
  process.env['END'] = 'exit 3';
  return { ...here, git: gitIn(here) };
}

export interface Shown {
  readonly name: string;
  readonly state: string;
  readonly params: { readonly 'params.yaml': { readonly lr: number } };
}

export const namesIn = (list: unknown): readonly string[] =>
  (list as readonly Shown[]).map(({ name }) => name);

export const withoutIds = (text: string): string =>
  text.replace(/\b[0-9a-f]{40}\b/g, 'REVISION').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
