// Workspaces of DVC's rules, made to run: each is built, edited and rebuilt by turns beside a twin where DVC is alone.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeTwins, type Repository, type Tool, type Twins } from './twins.ts';

const workspaces = join(import.meta.dirname, '../../conformance/cases');

interface Case {
  readonly name: string;
  /** Edits of the case's pipeline, so that its commands really run. */
  readonly mend?: readonly (readonly [old: string, text: string])[];
  readonly files?: Readonly<Record<string, string>>;
  /** Of `dvc repro`. */
  readonly args?: readonly string[];
  readonly edits: readonly (readonly [name: string, edit: (at: Repository) => void])[];
}

const change =
  (file: string, old: string, text: string) =>
  (at: Repository): void =>
    at.replace(file, old, text);
const write =
  (file: string, text: string) =>
  (at: Repository): void => {
    at.remove(file);
    at.write(file, text);
  };
const remove =
  (file: string) =>
  (at: Repository): void =>
    at.remove(file);

const cases: readonly Case[] = [
  {
    name: '02-dict-unpack',
    mend: [
      ['python t.py ${train}', 'echo ${train} > s1.txt'],
      ['    - python a.py ${train.nested}', '    - echo ${train.nested} > s2.txt'],
      ['    - echo ${train.lr}', '    - echo ${train.lr} >> s2.txt\n    deps: [s1.txt]\n    outs: [s2.txt]'],
      ['  s2:', '    params: [train]\n    outs: [s1.txt]\n  s2:'],
    ],
    edits: [
      ['a float by another spelling', change('params.yaml', 'lr: 0.1', 'lr: 0.10')],
      ['a quote', change('params.yaml', "it's me", `it's "me"`)],
      ['a nested value', change('params.yaml', 'z: 2', 'z: 3')],
      ['a null', change('params.yaml', 'nul: null', 'nul: 0')],
    ],
  },
  {
    name: '18-foreach-list',
    edits: [
      ['an item more', change('dvc.yaml', 'us, 15,', 'us, eu, 15,')],
      ['an item less', change('dvc.yaml', '0.5, ', '')],
      ['an output lost', remove('15.out')],
      ['the item is back', change('dvc.yaml', '15, ', '15, 0.5, ')],
    ],
  },
  {
    name: '22-foreach-param',
    mend: [['echo ${item}\n      outs', 'echo ${item} > ${item}\n      outs']],
    edits: [
      ['a model more', change('params.yaml', '[a, b]', '[a, b, c]')],
      ['a value', change('params.yaml', 'y: 2', 'y: 3')],
    ],
  },
  {
    name: '37-matrix-to-matrix-deps',
    mend: [
      ['echo ${item.x}', 'mkdir -p p && echo ${item.x} > p/${item.x}'],
      ['cat p/${item.x}', 'mkdir -p q && cat p/${item.x} > q/${item.x}-${item.y}'],
      ['cat q/*', 'cat q/* > r'],
    ],
    edits: [
      ['a new value', change('dvc.yaml', 'y: [1, 2]', 'y: [1, 2, 3]')],
      ['an output by hand', write('q/a-1', 'by hand')],
      ['a folder lost', remove('q')],
      ['the last stage', change('dvc.yaml', 'cat q/* > r', 'cat q/a* > r')],
    ],
  },
  {
    name: '48-stage-vars',
    mend: [
      ["deps: ['${h}.txt']", "deps: ['${h}.txt']\n    outs: [o.txt]"],
      ['${i}\n', '${i} > o.txt\n'],
    ],
    files: { 'sub/2.txt': 'two', 'sub/3.txt': 'three' },
    edits: [
      ['another dependency', change('sub/v.yaml', 'h: 2', 'h: 3')],
      ['a dependency', write('sub/3.txt', 'THREE')],
      ['the first again', change('sub/v.yaml', 'h: 3', 'h: 2')],
    ],
  },
  {
    name: '51-wdir',
    mend: [['cat y.txt', 'cat y.txt > z.txt\n    outs: [z.txt]']],
    files: { 'sub/params.yaml': 'k: 1\n' },
    edits: [
      ['a parameter', change('sub/params.yaml', 'k: 1', 'k: 2')],
      ['a dependency', write('sub/x.txt', 'longer')],
      ['an output outside of the working directory', remove('y.txt')],
      ['the first parameter', change('sub/params.yaml', 'k: 2', 'k: 1')],
    ],
  },
  {
    name: '52-cmd-forms',
    mend: [
      [
        '      for i in 1 2; do\n        echo $i\n      done',
        '      echo "it\'s: #1" > d.txt\n      cat c.txt >> d.txt\n    deps: [c.txt]\n    outs: [d.txt]',
      ],
      [
        '      echo 1\n      2\n',
        `      echo ${'long words '.repeat(20)} > c.txt\n    params: [n]\n    outs: [c.txt]\n`,
      ],
    ],
    files: { 'params.yaml': 'n: 1\n' },
    edits: [
      ['a parameter', write('params.yaml', 'n: [1, {a: b}]\n')],
      ['a line more', change('dvc.yaml', '      cat c.txt', '      echo 2 >> d.txt\n      cat c.txt')],
      ['the same words as a list', change('dvc.yaml', '    - echo 2 && echo 3', '    - echo 2 &&  echo 3')],
    ],
  },
  {
    name: '70-params-forms',
    mend: [['cmd: echo', 'cmd: cat params.yaml > out\n    outs: [out]']],
    edits: [
      ['a whole file', write('p2.yaml', 'k: 1\nl: {m: [1, 2]}\n')],
      ['a key less in a whole file', write('p2.yaml', 'l: {m: [1, 2]}\n')],
      ['JSON', write('p3.json', '{"j": 1.5e300, "other": 1}')],
      ['TOML', write('p4.toml', 't = [1, 2.0, "x"]\n')],
      ['Python', write('p5.py', 'X = (1, 2)\nclass T:\n    y = None\n')],
      ['a key of the same map, tracked', change('params.yaml', 'b: [1,2]', 'b: [1, 2.5]')],
      ['a key that is not tracked', write('params.yaml', 'lr: 0.1\nother: 1\nt: {a: 1, b: [1, 2.5]}\n')],
      ['a key that is missing', write('params.yaml', 'lr: 0.1\nt: {a: 1}\n')],
    ],
  },
  {
    name: '72-outs-options',
    mend: [
      [
        'cmd: echo',
        `cmd: for f in o1 o2 m1.json m2.json p1.csv p2.csv; do cat in.txt > $f; done\n    deps: [in.txt]`,
      ],
      [
        '    - o2: {cache: false, persist: true, push: false, remote: r1,',
        '    - o2: {cache: false, persist: true, push: false,',
      ],
    ],
    files: { 'in.txt': 'a,b\n1,2\n' },
    edits: [
      ['a dependency', write('in.txt', 'a,b\n1,3\n')],
      ['an uncached output by hand', write('o2', 'by hand')],
      ['a metric lost', remove('m2.json')],
      ['a cached output lost', remove('o1')],
      ['the first again', write('in.txt', 'a,b\n1,2\n')],
    ],
  },
  {
    name: '86-dep-inside-out',
    mend: [
      [
        'mk:\n    cmd: echo',
        'mk:\n    cmd: mkdir -p d/x && echo y > d/x/y.txt && echo z > d/z && chmod +x d/z',
      ],
      ['mk2:\n    cmd: echo', 'mk2:\n    cmd: mkdir -p e/two && echo 1 > e/one && echo 3 > e/two/three'],
      ['below:\n    cmd: echo', 'below:\n    cmd: cat d/x/y.txt > below.txt\n    outs: [below.txt]'],
      ['above:\n    cmd: echo', 'above:\n    cmd: cat e/one e/two/three > above.txt\n    outs: [above.txt]'],
      ['equal:\n    cmd: echo', 'equal:\n    cmd: cat d/x/y.txt e/one > equal.txt\n    outs: [equal.txt]'],
    ],
    files: { dd: 'dd', 'e/tw': 'tw' },
    edits: [
      ['a file beside the one that is read', change('dvc.yaml', 'echo z > d/z', 'echo zz > d/z')],
      ['a file in a folder, by hand', write('d/x/y.txt', 'hand')],
      ['one of two outputs', change('dvc.yaml', 'echo 3 >', 'echo 33 >')],
      ['a file that no stage makes', write('e/tw', 'TW')],
    ],
  },
  {
    name: '88-nested-projects',
    args: ['-P'],
    mend: [['echo ${v}', 'cat a/out.txt > final']],
    edits: [
      ['a parameter of a folder', write('a/params.yaml', 'v: other\n')],
      ['the stage at the start', change('b/dvc.yaml', 'echo b >', 'echo B >')],
      ['an output lost', remove('a/out.txt')],
    ],
  },
  {
    name: '91-dot-dvc-file',
    files: { 'data.csv': 'test\n' },
    edits: [
      ['the data', write('data.csv', 'test\ntest\n')],
      ['the data, not text', write('data.csv', '\0\r\n')],
      ['the output', remove('n')],
      ['the first data', write('data.csv', 'test\n')],
    ],
  },
  {
    name: 'a4-lock-cmd-changed',
    mend: [['echo new', 'cat x > y']],
    edits: [
      ['a dependency', write('x', 'other\n')],
      ['a stage that is no longer declared keeps its entry', change('dvc.yaml', '  a:', '  b:')],
    ],
  },
];

for (const item of cases) {
  test(item.name, { timeout: 900_000 }, async (t) => {
    const twins = makeCase(t, item, join(workspaces, item.name, 'files'));
    const turns: readonly Tool[] = ['pipe', 'dvc', 'pipe'];
    await twins.step('first run', 'pipe');
    await twins.step('nothing', 'dvc');
    for (const [index, [name, edit]] of item.edits.entries()) await twins.step(name, turns[index % 3]!, edit);
    await twins.step('nothing', 'pipe');
  });
}

function makeCase(t: TestContext, { name, mend = [], files = {}, args = [] }: Case, folder: string): Twins {
  const texts = readTexts(folder);
  const broken = { 'dvc.yaml': texts['dvc.yaml'] ?? '', ...nested[name] };
  let pipeline = broken['dvc.yaml'];
  for (const [old, text] of mend) {
    if (!pipeline.includes(old)) throw new Error(`${name} has no ${JSON.stringify(old)}`);
    pipeline = pipeline.replace(old, () => text);
  }
  return makeTwins(t, { ...texts, ...broken, 'dvc.yaml': pipeline, ...files }, args);
}

/** Pipelines in folders below. */
const nested: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '88-nested-projects': {
    'a/dvc.yaml': `stages:
  s:
    cmd: cat ../b/out.txt > out.txt && echo \${v} >> out.txt
    deps: [../b/out.txt]
    params: [v]
    outs: [out.txt]
`,
    'b/dvc.yaml': 'stages:\n  s:\n    cmd: echo b > out.txt\n    outs: [out.txt]\n',
  },
};

function readTexts(folder: string): Record<string, string> {
  if (!existsSync(folder)) throw new Error(`${folder} is missing`);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
