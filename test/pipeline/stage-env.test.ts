// Variables of `env:` whose value a stage would not see: refused with their place, in both formats.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsOf } from './project-folder.ts';

const inOwn = (env: string): { readonly [path: string]: string } => ({
  'pipeline.yaml': `vars: [{half: "\\uD800"}]\nstages:\n  s:\n    cmd: echo\n    env: ${env}\n`,
});
const inDvc = (env: string): { readonly [path: string]: string } => ({
  '.dvc/config': '',
  'dvc.yaml': `vars: [{half: "\\uD800"}]\nstages:\n  s:\n    cmd: echo\n    meta: {pipe: {env: ${env}}}\n`,
});

for (const [format, files] of [
  ['pipeline.yaml', inOwn],
  ['dvc.yaml', inDvc],
] as const)
  test(`names that another value replaces, and values that no process can see, are refused in a ${format}`, () => {
    for (const [env, title] of [
      ['{PIPE_PARAMS: x}', "'PIPE_PARAMS' is set by pipe: the stage would not see this value"],
      ['{PIPE_PARAMS_FILE: x}', "'PIPE_PARAMS_FILE' is set by pipe: the stage would not see this value"],
      ['{PIPE_PROGRESS_FD: 9}', "'PIPE_PROGRESS_FD' is set by pipe: the stage would not see this value"],
      ['{PWD: x}', "'PWD' is set by the shell: the stage would not see this value"],
      ['{SHLVL: 3}', "'SHLVL' is set by the shell: the stage would not see this value"],
      ['{A: "x\\0"}', 'an environment variable cannot contain a NUL character'],
      [
        '{A: "${half}"}',
        'an environment variable cannot contain half of a surrogate pair, which UTF-8 cannot encode',
      ],
    ] as const) {
      const [problem, ...more] = problemsOf(files(env));
      assert.deepEqual([problem?.title, more.length], [title, 0]);
      assert.equal(problem?.place?.line, 5);
    }
    for (const env of ['{a-b: 1}', '{a.b: 1}', '{1a: 1}', '{"": 1}'])
      assert.equal(problemsOf(files(env)).length, 1, env);
    for (const env of ['{PIPE_NO_FAST_ANSWER: 1}', '{DVC_STAGE: x, PATH: /bin, BASH_ENV: f, HOME: /}'])
      assert.deepEqual(problemsOf(files(env)), [], env);
  });

test('nor can a command hold half of a surrogate pair', () => {
  const [problem] = problemsOf({
    'pipeline.yaml': 'vars: [{half: "\\uD800"}]\nstages:\n  s:\n    cmd: [echo, "echo ${half}"]\n',
  });
  assert.equal(problem?.title, 'the command contains half of a surrogate pair, which UTF-8 cannot encode');
  assert.equal(problem?.place?.line, 4);
});
