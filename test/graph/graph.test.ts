import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  buildGraph,
  partsAmong,
  refuseAliases,
  selectTargets,
  withLinkedPlaces,
  type TargetOptions,
} from '../../src/graph/graph.ts';
import { PipeError } from '../../src/base/base.ts';
import { problemText } from '../../src/show/show.ts';
import { withProject, type Files } from '../pipeline/project-folder.ts';

function edgesOf(files: Files): string[] {
  return withProject(files, (project) => {
    const graph = buildGraph(project);
    return graph.stages.flatMap((stage) =>
      graph.dependencies(stage).map((on) => `${stage.address} < ${on.address}`),
    );
  });
}

function refusal(pipeline: string): string {
  try {
    edgesOf({ 'pipeline.yaml': pipeline });
  } catch (error) {
    if (error instanceof PipeError)
      return error.problems.map((problem) => problemText(problem, false)).join('\n');
    throw error;
  }
  return '';
}

test('an edge wherever paths contain each other, component by component', () => {
  const pipeline = `stages:
  folder: {cmd: x, outs: [d/]}
  files: {cmd: x, outs: [e/one, e/two/three, p.yaml]}
  below: {cmd: x, deps: [d/x/y.txt]}
  above: {cmd: x, deps: [e]}
  equal: {cmd: x, deps: [./d, e//one]}
  prefix: {cmd: x, deps: [dd, e/tw]}
  param: {cmd: x, params: [{p.yaml: [k]}]}
  all: {cmd: x, deps: [.]}
`;
  assert.deepEqual(edgesOf({ 'pipeline.yaml': pipeline }), [
    'below < folder',
    'above < files',
    'equal < folder',
    'equal < files',
    'param < files',
    'all < folder',
    'all < files',
  ]);
});

test('edges across pipeline files', () => {
  const files = {
    'pipeline.yaml': 'stages:\n  last: {cmd: x, deps: [a/out]}\n',
    'a/pipeline.yaml': 'stages:\n  s: {cmd: x, deps: [../b/out], outs: [out]}\n',
    'b/pipeline.yaml': 'stages:\n  s: {cmd: x, wdir: .., outs: [b/out]}\n',
  };
  assert.deepEqual(edgesOf(files), ['last < a/pipeline.yaml:s', 'a/pipeline.yaml:s < b/pipeline.yaml:s']);
});

test('outputs that two stages share', () => {
  assert.equal(
    refusal('stages:\n  a: {cmd: x, outs: [x]}\n  b: {cmd: x, outs: [./x]}\n'),
    `error[duplicate-out]: the output 'x' is declared twice
  → pipeline.yaml:3:3
  3 |   b: {cmd: x, outs: [./x]}
    |   ^
  in  a (pipeline.yaml:2:3)
  in  b (pipeline.yaml:3:3)
  help: give each stage an output of its own`,
  );
  assert.match(
    refusal('stages:\n  t: {matrix: {a: [1, 2, 3]}, cmd: x, outs: [x]}\n'),
    /declared 3 times[\s\S]*let '\$\{item…\}' or '\$\{key\}' be part of the path/,
  );
});

test('outputs inside of outputs, stage files inside of outputs', () => {
  assert.equal(
    refusal('stages:\n  a: {cmd: x, outs: [d]}\n  b: {cmd: x, outs: [d/x]}\n'),
    `error[overlapping-outs]: the output 'd/x' is inside of the output 'd'
  → pipeline.yaml:3:3
  3 |   b: {cmd: x, outs: [d/x]}
    |   ^
  d/x  b (pipeline.yaml:3:3)
  d    a (pipeline.yaml:2:3)
  help: put them into separate folders, or declare only 'd'`,
  );
  const files = {
    'pipeline.yaml': 'stages: {}\n',
    'a/pipeline.yaml': 'stages:\n  s: {cmd: x}\n',
    'z/pipeline.yaml': 'stages:\n  s: {cmd: x, outs: [../a]}\n',
  };
  assert.throws(
    () => edgesOf(files),
    (error) => error instanceof PipeError && error.problems[0]!.code === 'stage-file-in-out',
  );
});

test('cycles, with the dependency that makes each step', () => {
  assert.equal(
    refusal(
      'stages:\n  a: {cmd: x, deps: [c.txt], outs: [a.txt]}\n  b: {cmd: x, deps: [a.txt], outs: [b.txt]}\n  c: {cmd: x, deps: [b.txt], outs: [c.txt]}\n  d: {cmd: x, deps: [c.txt]}\n',
    ),
    `error[cycle]: stages depend on each other in a circle: a → c → b → a
  → pipeline.yaml:2:3
  2 |   a: {cmd: x, deps: [c.txt], outs: [a.txt]}
    |   ^
  a  reads 'c.txt', written by c (pipeline.yaml:2:3)
  c  reads 'b.txt', written by b (pipeline.yaml:4:3)
  b  reads 'a.txt', written by a (pipeline.yaml:3:3)
  help: remove one of these dependencies`,
  );
  assert.match(
    refusal(
      'stages:\n  a: {cmd: x, params: [{p.yaml: [k]}], outs: [q.yaml]}\n  b: {cmd: x, deps: [q.yaml], outs: [p.yaml]}\n',
    ),
    /\n {2}a {2}reads 'p\.yaml', written by b /,
  );
  // Neither what leads there nor what one of them reads besides is part of it.
  assert.match(
    refusal(
      'stages:\n  a: {cmd: x, deps: [s.txt, b.txt], outs: [a.txt]}\n  b: {cmd: x, deps: [a.txt, d.txt], outs: [b.txt]}\n  s: {cmd: x, outs: [s.txt]}\n  d: {cmd: x, deps: [b.txt], outs: [d.txt]}\n',
    ),
    /in a circle: (?:a → b → a|b → a → b)\n/,
  );
  assert.match(
    refusal('stages:\n  first: {cmd: x}\n  a: {cmd: x, deps: [d], outs: [d/x]}\n'),
    /the stage 'a' depends on its own output/,
  );
});

const MANY = 50_000;

/** Stage `i` reads what stage `i - 1` writes; the first reads the output `first`. */
function chain(first: string): Parameters<typeof selectTargets>[1] {
  const stages = Array.from({ length: MANY }, (_, i) => ({
    address: `s${i}`,
    name: `s${i}`,
    file: 'pipeline.yaml',
    place: { file: 'pipeline.yaml' },
    deps: [{ path: '', at: i === 0 ? first : `o${i - 1}` }],
    params: [],
    outs: [{ path: `o${i}`, at: `o${i}` }],
  }));
  return { stages, files: [], root: '/r', pipelineFile: 'pipeline.yaml' } as unknown as ReturnType<
    typeof chain
  >;
}

test('a chain of 50,000 stages is a graph', () => {
  const project = chain('data');
  const last = [`s${MANY - 1}`];
  assert.equal(selectTargets(buildGraph(project), project, last, {}).length, MANY);
});

test('a circle of 50,000 stages is refused in a few lines', () => {
  assert.throws(
    () => buildGraph(chain(`o${MANY - 1}`)),
    ({ problems }: PipeError) => {
      assert.equal(problems.length, 1);
      assert.match(problems[0]!.title, /^stages depend on each other in a circle: .* … \(49990 more\) → /);
      assert.equal(problems[0]!.facts?.length, 10);
      return true;
    },
  );
});

const targets = {
  'pipeline.yaml': `stages:
  last: {cmd: x, deps: [models], outs: [best.json]}
  train: {matrix: {m: [cnn, mlp]}, cmd: x, deps: [data/prep/x], outs: ['models/\${key}']}
  prep: {cmd: x, outs: [data/prep]}
  other: {cmd: x, outs: [o]}
`,
  'sub/pipeline.yaml': 'stages:\n  prep: {cmd: x, outs: [p]}\n  only: {cmd: x, deps: [p, ../o]}\n',
};

function selected(names: readonly string[], options: TargetOptions = {}): string[] {
  return withProject(targets, (project) =>
    selectTargets(buildGraph(project), project, names, options).map(({ address }) => address),
  );
}

test('links make edges as paths do; a file that another one includes is a stage file', () => {
  const pipeline = `stages:
  write: {cmd: x, outs: [link/out]}
  read: {cmd: x, deps: [real/out]}
  tune: {cmd: x, params: [p.yaml: [k]]}
  made: {cmd: x, outs: [deep/p.yaml]}
`;
  withProject({ 'pipeline.yaml': pipeline, 'real/': '', 'deep/': '' }, (project) => {
    const { stages } = project;
    const linked: Readonly<Record<string, string>> = { 'link/out': 'real/out', 'p.yaml': 'deep/p.yaml' };
    const follow = <T extends { readonly at: string }>(items: readonly T[]): T[] =>
      items.map((item) => (linked[item.at] === undefined ? item : { ...item, linked: [linked[item.at]!] }));
    const through = stages.map((stage) => ({
      ...stage,
      params: follow(stage.params),
      outs: follow(stage.outs),
    }));
    const graph = buildGraph({ ...project, stages: through });
    assert.deepEqual(
      through.flatMap((stage) => graph.dependencies(stage).map(({ address }) => address)),
      ['write', 'made'],
    );
    // As they are found on disk.
    symlinkSync('real', join(project.root, 'link'));
    symlinkSync('deep/p.yaml', join(project.root, 'p.yaml'));
    assert.deepEqual(
      withLinkedPlaces(project).stages.map(({ params, outs }) =>
        [...params, ...outs].map((item) => item.linked),
      ),
      [[['real/out']], [], [['deep/p.yaml']], [undefined]],
    );
    assert.throws(
      () =>
        buildGraph({
          ...project,
          files: [...project.files, 'deep/p.yaml' as (typeof project.files)[number]],
        }),
      (error) => error instanceof PipeError && error.problems[0]!.code === 'stage-file-in-out',
    );
  });
});

test('an output behind a link is refused where another one is around it, or is the same', () => {
  const other = (out: string): string =>
    `stages: {a: {cmd: x, outs: [real/d]}, b: {cmd: x, outs: [${out}]}}\n`;
  for (const [out, refused] of [
    ['link/d', true],
    ['link/d/x', true],
    ['link/dd', false],
  ] as const)
    withProject({ 'pipeline.yaml': other(out), 'real/': '' }, (project) => {
      symlinkSync('real', join(project.root, 'link'));
      if (refused) assert.throws(() => refuseAliases(project), /are one place on disk/, out);
      else refuseAliases(project);
    });
});

test('targets: stages, groups, members, files, outputs, patterns', () => {
  assert.deepEqual(selected([]), [
    'prep',
    'train@cnn',
    'train@mlp',
    'last',
    'other',
    'sub/pipeline.yaml:prep',
    'sub/pipeline.yaml:only',
  ]);
  assert.deepEqual(selected(['train@mlp']), ['prep', 'train@mlp']);
  assert.deepEqual(selected(['train'], { single: true }), ['train@cnn', 'train@mlp']);
  assert.deepEqual(selected(['train@cnn'], { downstream: true }), ['train@cnn', 'last']);
  assert.deepEqual(selected(['prep'], { downstream: true, cwd: '.' as TargetOptions['cwd'] & string }), [
    'prep',
    'train@cnn',
    'train@mlp',
    'last',
  ]);
  assert.deepEqual(selected(['other'], { pipeline: true }), [
    'other',
    'sub/pipeline.yaml:prep',
    'sub/pipeline.yaml:only',
  ]);
  const connected = ['prep', 'train@cnn', 'train@mlp', 'last'];
  for (const target of connected) assert.deepEqual(selected([target], { pipeline: true }), connected);
  assert.deepEqual(selected(['prep'], { single: true }), ['prep']);
  assert.deepEqual(selected(['only'], { single: true }), ['sub/pipeline.yaml:only']);
  assert.deepEqual(selected(['prep'], { single: true, cwd: 'sub' as TargetOptions['cwd'] & string }), [
    'sub/pipeline.yaml:prep',
  ]);
  assert.deepEqual(selected(['sub/pipeline.yaml']), [
    'sub/pipeline.yaml:prep',
    'other',
    'sub/pipeline.yaml:only',
  ]);
  assert.deepEqual(selected(['sub/pipeline.yaml:prep']), ['sub/pipeline.yaml:prep']);
  assert.deepEqual(selected(['best.json'], { single: true }), ['last']);
  assert.deepEqual(selected(['./models/cnn/weights.bin'], { single: true }), ['train@cnn']);
  assert.deepEqual(selected(['models'], { single: true }), ['train@cnn', 'train@mlp']);
  assert.deepEqual(selected(['tr*'], { single: true }), ['train@cnn', 'train@mlp']);
  assert.deepEqual(selected(['trai[n]'], { single: true }), ['train@cnn', 'train@mlp']);
  assert.deepEqual(selected(['train@[!m]*'], { single: true }), ['train@cnn']);
  assert.deepEqual(selected(['sub/*:pr*'], { single: true }), ['sub/pipeline.yaml:prep']);
  assert.deepEqual(selected([], { single: true, outs: true }).length, 7);
  assert.throws(() => selected(['.'], { single: true }), /unknown-target|nothing here/);
  const inSub = ['sub/pipeline.yaml:prep', 'sub/pipeline.yaml:only'];
  assert.deepEqual(selected(['sub'], { single: true, recursive: true }), inSub);
  const cwd = 'sub' as TargetOptions['cwd'] & string;
  assert.deepEqual(selected(['.'], { single: true, recursive: true, cwd }), inSub);
  assert.deepEqual(selected([':prep'], { single: true, cwd }), ['sub/pipeline.yaml:prep']);
  assert.deepEqual(selected([':prep'], { single: true }), ['prep']);
});

test('an output that is meant alone leaves out the others of its stage', () => {
  const pipeline = 'stages:\n  s: {cmd: x, outs: [a, b]}\n  t: {cmd: x, outs: [c]}\n';
  withProject({ 'pipeline.yaml': pipeline }, (project) => {
    const outsOf = (...targets: string[]): readonly string[][] =>
      selectTargets(buildGraph(project), project, targets, { single: true, outs: true }).map(({ outs }) =>
        outs.map(({ at }) => at),
      );
    assert.deepEqual([outsOf('a'), outsOf('s'), outsOf('b', 'c')], [[['a']], [['a', 'b']], [['b'], ['c']]]);
    assert.deepEqual([outsOf('b', 'a'), outsOf('s', 'b')], [[['a', 'b']], [['a', 'b']]]);
    assert.deepEqual([outsOf('[b]'), outsOf('[bc]'), outsOf('[s]')], [[['b']], [['b'], ['c']], [['a', 'b']]]);
  });
});

test('in the folder of an output the name of a stage or group is that, and any other is a part of the output', () => {
  const pipeline =
    'stages:\n  s: {cmd: x, outs: [d]}\n  g: {foreach: [1, 2], do: {cmd: "x ${item}", outs: ["o${item}"]}}\n';
  withProject({ 'pipeline.yaml': pipeline }, (project) => {
    const cwd = 'd' as TargetOptions['cwd'] & string;
    const { parts, others } = partsAmong(
      buildGraph(project),
      project,
      ['g', 'x', 's', 'g@1', 'y/z', '../d', '.'],
      cwd,
    );
    assert.deepEqual(
      [parts.map(({ at, out }) => `${at} of ${out.at}`), others],
      [
        ['d/x of d', 'd/y/z of d'],
        ['g', 's', 'g@1', '../d', '.'],
      ],
    );
  });
});

test('a path in an output means its stage, if it is there or the output is not', () => {
  const files = { 'pipeline.yaml': 'stages: {s: {cmd: x, outs: [o, sub/d, sub/e]}}\n', 'sub/d/weights': '' };
  withProject(files, (project) => {
    const select = (target: string): readonly string[] =>
      selectTargets(buildGraph(project), project, [target], {
        cwd: 'sub' as TargetOptions['cwd'] & string,
      }).map(({ address }) => address);
    assert.deepEqual([select('d/weights'), select('e/later')], [['s'], ['s']]);
    assert.throws(
      () => select('d/weihgts'),
      (error) => error instanceof PipeError && error.problems[0]!.hint === "did you mean 'sub/d/weights'?",
    );
  });
});

test('a name that several files have is no target by itself', () => {
  const twin = 'stages: {t: {cmd: x, outs: [o]}}\n';
  const files = { 'pipeline.yaml': 'stages: {}\n', 'a/pipeline.yaml': twin, 'b:c/pipeline.yaml': twin };
  withProject(files, (project) => {
    const select = (name: string): readonly string[] =>
      selectTargets(buildGraph(project), project, [name], {}).map(({ address }) => address);
    assert.throws(() => select('t'), /nothing here is called 't'/);
    assert.deepEqual(select('b:c/pipeline.yaml:t'), ['b:c/pipeline.yaml:t']);
  });
});

test('unknown targets are told together, with the nearest names', () => {
  assert.throws(() => selected(['prep', 'nothing-like-it']), /nothing here is called 'nothing-like-it'/);
  assert.throws(
    () => selected(['trian', 'nothing-like-it', '[z-a]']),
    (error) => {
      assert.ok(error instanceof PipeError);
      assert.deepEqual(
        error.problems.map(({ code, hint }) => `${code}: ${hint}`),
        [
          "unknown-target: did you mean 'train'?",
          'unknown-target: `pipe stage list` shows what there is',
          'unknown-target: `pipe stage list` shows what there is',
        ],
      );
      return true;
    },
  );
});
