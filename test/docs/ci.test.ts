// The recipes of docs/ci.md: their commands run, in a clone of a small project, with the environment that the CI gives them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { testInWhole } from '../amount.ts';
import { pipeBin } from '../workspace.ts';
import { blocksOf, readPage } from './page.ts';
import { temporaryFolder } from './session.ts';

const blocks = blocksOf(readPage('docs/ci.md'));

interface GitHubStep {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
}

/** The recipe of this name, parsed. */
function recipe(title: string): unknown {
  const block = blocks.find((candidate) => candidate.title === title);
  assert.ok(block, title);
  return parse(block.text);
}

function gitHubCommands(title: string, job: string): string[] {
  const { on, jobs } = recipe(title) as { on: string[]; jobs: Record<string, { steps: GitHubStep[] }> };
  assert.deepEqual(on, ['push', 'pull_request']);
  const { steps } = jobs[job]!;
  for (const { uses, run } of steps) assert.ok((uses === undefined) !== (run === undefined));
  return steps.flatMap(({ run }) => run ?? []);
}

interface GitLabJob {
  readonly script: readonly string[];
  readonly before_script?: readonly string[];
  readonly after_script?: readonly string[];
}

interface Job {
  readonly root: string;
  readonly commit: (file: string, text: string) => void;
  readonly clone: () => string;
}

/** A project whose results are on a remote, and clones of it. */
function makeProject(t: TestContext): Job {
  const folder = temporaryFolder(t);
  const root = join(folder, 'project');
  writeFileSync(join(folder, 'pipeline.yaml'), PIPELINE);
  shell(folder, 'git init -q -b main project && mv pipeline.yaml project');
  shell(root, 'echo "the fog comes" > poem.txt && echo cache/ > .gitignore && echo count.txt >> .gitignore');
  shell(root, 'pipe repro -q && pipe push --run-cache && git add . && git commit -q -m First');
  let clones = 0;
  return {
    root,
    commit(file, text) {
      writeFileSync(join(root, file), text);
      shell(root, 'git commit -q -a -m Change');
    },
    clone() {
      const clone = join(folder, `clone${++clones}`);
      shell(folder, `git clone -q project '${clone}'`);
      return clone;
    },
  };
}

const PIPELINE = `stages:
  count:
    cmd: wc -w < poem.txt > count.txt
    deps: [poem.txt]
    outs: [count.txt]
config:
  remotes:
    shared: {url: ../remote, trust: true}
`;

const INSTALL = 'npm install -g @pipe-engine/pipe';

/** As the CI runs a script: with the command installed, ending with the first command that fails. */
function shell(cwd: string, script: string, env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout } = run(cwd, script, env);
  assert.equal(status, 0, `${script}\n${stdout}`);
  return stdout;
}

function run(
  cwd: string,
  script: string,
  env: NodeJS.ProcessEnv,
): { readonly status: number | null; readonly stdout: string } {
  return spawnSync('sh', ['-e', '-c', `exec 2>&1\n${script}`], {
    cwd,
    encoding: 'utf8',
    env: {
      ...process.env,
      NODE_TEST_CONTEXT: undefined,
      CI: 'true',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.org',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.org',
      ...env,
      PATH: [bin, dirname(process.execPath), process.env['PATH']].join(delimiter),
    },
  });
}

let bin: string;
test.beforeEach((t) => {
  bin = temporaryFolder(t as TestContext);
  symlinkSync(pipeBin, join(bin, 'pipe'));
});

testInWhole('GitHub: the report of a pull request', (t) => {
  const project = makeProject(t);
  const { jobs } = recipe('.github/workflows/review.yml') as {
    jobs: Record<string, { steps: GitHubStep[] }>;
  };
  const [install, report, comment] = jobs['review']!.steps.flatMap(({ run }) => run ?? []);
  assert.equal(install, INSTALL);
  assert.match(comment!, /^gh pr comment .* --body-file report\.md$/);
  const clone = project.clone();
  shell(
    clone,
    'git switch -q -c change && echo "the fog comes on little cat feet" > poem.txt && pipe repro -q && git commit -qam Cat',
  );
  shell(clone, report!);
  const text = readFileSync(join(clone, 'report.md'), 'utf8');
  assert.match(text, /^### Changes from `?origin\/main`? to HEAD\n/);
  assert.match(text, /changed dependencies: poem\.txt/);
  assert.match(text, /\| modified \| count\.txt \| 2 B → 2 B \|/);
});

test('GitHub: current results pass, a changed input without its result fails', (t) => {
  const project = makeProject(t);
  const [install, ...commands] = gitHubCommands('.github/workflows/results.yml', 'results');
  assert.equal(install, INSTALL);
  shell(project.clone(), commands.join('\n'), { GITHUB_ACTIONS: 'true' });

  project.commit('poem.txt', 'on little cat feet\n');
  const { status, stdout } = run(project.clone(), commands.join('\n'), { GITHUB_ACTIONS: 'true' });
  assert.equal(status, 1);
  assert.match(stdout, /count: deps: poem\.txt modified/);
});

testInWhole(
  'GitHub: the cache of the job before spares the run; the summary has reasons and the graph',
  (t) => {
    const project = makeProject(t);
    const [install, ...commands] = gitHubCommands('.github/workflows/pipeline.yml', 'pipeline');
    assert.equal(install, INSTALL);
    const job = (cached?: string): { folder: string; printed: string; summary: string } => {
      const folder = project.clone();
      if (cached !== undefined) cpSync(join(cached, 'cache'), join(folder, 'cache'), { recursive: true });
      const summary = join(folder, '..', 'summary.md');
      writeFileSync(summary, '');
      const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
      const printed = shell(folder, commands.join('\n'), env);
      return { folder, printed, summary: readFileSync(summary, 'utf8') };
    };
    const first = job();
    assert.match(first.printed, /^1 ran/m);
    assert.match(first.summary, /count/);
    assert.match(first.summary, /```mermaid\n(?:%%[^\n]*\n)*(?:flowchart|graph) /);
    assert.match(job(first.folder).printed, /^1 restored/m);
  },
);

test('GitHub: an error is an annotation at its line', (t) => {
  const project = makeProject(t);
  project.commit('pipeline.yaml', PIPELINE.replace('wc -w', 'false &&'));
  const { status, stdout } = run(project.clone(), 'pipe repro --keep-going', { GITHUB_ACTIONS: 'true' });
  assert.equal(status, 1);
  assert.match(stdout, /^::error file=pipeline\.yaml,line=2,col=3::/m);
});

testInWhole('GitLab: both jobs', (t) => {
  const project = makeProject(t);
  const { default: shared, ...jobs } = recipe('.gitlab-ci.yml') as Record<string, GitLabJob>;
  assert.deepEqual(shared?.before_script, [INSTALL]);
  assert.deepEqual(Object.keys(jobs), ['results', 'pipeline']);
  for (const { script, after_script: after = [] } of Object.values(jobs))
    shell(project.clone(), [...script, ...after].join('\n'), { GITLAB_CI: 'true' });
});

testInWhole('sharing runs: a machine that has no cache restores what CI ran', (t) => {
  const project = makeProject(t);
  const block = blocks.find(({ language, text }) => language === 'sh' && text.includes('--run-cache'));
  assert.ok(block);
  project.commit('poem.txt', 'on little cat feet\n');
  const key = { PIPE_REMOTE_KEY: 'secret' };
  assert.match(shell(project.clone(), block.text, key), /^1 ran/m);
  assert.match(shell(project.clone(), 'pipe repro --pull', key), /^1 restored/m);
});
