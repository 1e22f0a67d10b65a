// What pipe writes into a dvc.yaml says to DVC what it says to pipe.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { addStage, removeStages } from '../../../src/pipeline/pipeline.ts';
import { runPipe } from '../../workspace.ts';
import { dvcPrograms, makeRepository } from './twins.ts';

/** Reads texts as DVC does. */
function readAsDvc(texts: readonly string[]): readonly unknown[] {
  const program =
    'import json, sys\nfrom ruamel.yaml import YAML\n' +
    'print(json.dumps([YAML(typ="safe").load(text) for text in json.load(sys.stdin)]))';
  const { status, stdout, stderr } = spawnSync(join(dvcPrograms(), 'python'), ['-c', program], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as unknown[];
}

// Numbers, dates, words and indicators of YAML, and characters that it does not take as they are.
const words =
  '1 true no Off ~ null 0x1 1e3 1_000 0b1 012 0o7 1:30 2001-01-01 = << .5 .inf .NaN *x &x !x ? @x `x %x | > - + a.b #x x#y {a} [a] a,b it\'s "q" a\\b \\ $x ${x} ... --- _1 y'.split(
    ' ',
  );
const texts = [
  ...words,
  '',
  'a b',
  ' x',
  'x ',
  'a: b',
  'x #y',
  '- a',
  'a\tb',
  'a\nb\n',
  '\u00a0x',
  'x\u2028y',
  'x\u0085y',
  'x\u007f',
  '\uFEFFx',
  'ü',
  '👍',
];

test('every text of a stage, in blocks and in brackets', { timeout: 300_000 }, () => {
  const stages = texts.map((text) => ({
    desc: text,
    cmd: text,
    deps: [text],
    params: [{ [text]: [text] }, { 'f.yaml': null }],
    outs: [{ [text]: { cache: false } }],
  }));
  for (const start of [undefined, 'stages:  {}\n', '{vars: [{a: 1}]}', 'stages:\r\n   a: {cmd: a}\r\n']) {
    const written = stages.map((stage, index) =>
      addStage(start, 'dvc.yaml', `s${texts[index]}`, stage, false),
    );
    for (const [index, read] of readAsDvc(written).entries())
      assert.deepEqual(
        (read as { stages: Record<string, unknown> }).stages[`s${texts[index]}`],
        stages[index],
        JSON.stringify(written[index]),
      );
  }
});

test('an anchor that moved', { timeout: 300_000 }, () => {
  const text =
    'stages:\n  a: &base # c\n    cmd: |\n      1\n\n      2\n    outs: &o [a]\n  b:\n    <<: *base\n    cmd: c\n  c: *base\n  d: {cmd: d, outs: *o}\n';
  const [before, after] = readAsDvc([text, removeStages(text, 'dvc.yaml', ['a'])]) as {
    stages: Record<string, unknown>;
  }[];
  delete before!.stages['a'];
  assert.deepEqual(after, before);
});

test('a repository that pipe set up', { timeout: 300_000 }, async (t) => {
  const repository = makeRepository(t, {});
  const pipe = async (...args: readonly string[]): Promise<void> => {
    const { code, stdout, stderr } = await runPipe(repository.root, args);
    assert.equal(code, 0, stdout + stderr);
  };
  await pipe('init');
  const ran = repository.dvc('repro');
  assert.equal(ran.code, 0, ran.output);
  await pipe(
    'stage',
    'add',
    '-n',
    'third',
    '-d',
    'data/count.txt',
    '-o',
    'out[1] #',
    '--',
    "cp data/count.txt 'out[1] #'",
  );
  await pipe('repro');
  assert.match(repository.dvc('status').output, /up to date/);
  await pipe('freeze', 'third');
  repository.write('data/words.txt', 'x');
  assert.match(repository.dvc('repro', 'third').output, /frozen/);
  await pipe('unfreeze', 'third');
  await pipe('remove', 'third', 'count', 'write');
  assert.match(repository.read('dvc.yaml'), /^stages: \{\}$/m);
  assert.equal(repository.dvc('stage', 'list').output.trim(), '');
});
