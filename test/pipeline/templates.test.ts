// Templates, `foreach`, `matrix` and what they read, on small pipelines. The whole of DVC's rules is held by test/conformance.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandsOf, problemsOf, withProject } from './project-folder.ts';

const titles = (files: Parameters<typeof problemsOf>[0]): string[] =>
  problemsOf(files).map(({ code, title }) => `${code}: ${title}`);

test('values are spelled into commands, and a lone template keeps its type', () => {
  const files = {
    'params.yaml': 'a: {b: [1, 1.0, 1e-5]}\nt: true\nn: null\nbig: 12345678901234567890\n',
    'pipeline.yaml':
      "stages:\n  s:\n    cmd: echo ${a.b[0]} ${a[b][1]} ${ a.b.2 } ${t} ${n} ${big} \\${HOME} \\${USER} $x\n    meta: {t: '${t}', f: '${a.b[1]}'}\n",
  };
  withProject(files, ({ stages: [stage] }) => {
    assert.equal(stage!.cmd, 'echo 1 1.0 1e-05 true None 12345678901234567890 ${HOME} ${USER} $x');
    assert.deepEqual(
      stage!.meta,
      new Map<string, unknown>([
        ['t', true],
        ['f', 1],
      ]),
    );
  });
});

test('a mapping in a command becomes quoted flags', () => {
  const files = {
    'params.yaml':
      "m: {lr: 0.1, name: it's me, on: true, off: false, list: [1, two, x y, '*'], deep: {a: {b: 1}}, nothing: null, none: []}\n",
    'pipeline.yaml': 'stages:\n  s:\n    cmd: train ${m}\n',
  };
  assert.deepEqual(commandsOf(files), {
    s: `train --lr 0.1 --name 'it'"'"'s me' --on --list 1 two 'x y' '*' --deep.a.b 1 --nothing None`,
  });
  // As DVC's configuration has it.
  const { 'pipeline.yaml': text, ...rest } = files;
  const styled = (parsing: string): unknown =>
    commandsOf({ ...rest, 'dvc.yaml': text, '.dvc/config': `[parsing]\n${parsing}\n` });
  const [start, end] = [`train --lr 0.1 --name 'it'"'"'s me' --on`, '--deep.a.b 1 --nothing None'];
  assert.deepEqual(styled('bool = boolean_optional'), {
    s: `${start} --no-off --list 1 two 'x y' '*' ${end}`,
  });
  assert.deepEqual(styled('list = append'), {
    s: `${start} --list 1 --list two --list 'x y' --list '*' ${end}`,
  });
});

test('a line end in a flag ends no line of its command, and what the shell has to read stays for it', () => {
  const files = {
    'params.yaml': 'm: {text: "a\\nb", n: 1}\n',
    'pipeline.yaml': 'stages:\n  s: {cmd: "echo \\\\${HOME}\\r\\ntrain ${m} \\\\${X} ${m}\\necho ${m.n}"}\n',
  };
  withProject(files, ({ stages: [stage] }) =>
    assert.deepEqual(stage!.lines, [
      'echo ${HOME}',
      "train --text 'a\nb' --n 1 ${X} --text 'a\nb' --n 1",
      'echo 1',
    ]),
  );
});

test('long commands have each their own names, however alike they are', () => {
  const long = (name: string): string => `echo ${'x'.repeat(2500)} \${${name}}`;
  const commands = commandsOf({
    'pipeline.yaml': `vars: [{a: 1, b: 2}]\nstages:\n  s: {cmd: '${long('a')}'}\n  t: {cmd: '${long('b')}'}\n`,
  });
  assert.deepEqual(
    Object.values(commands).map((command) => String(command).slice(-2)),
    [' 1', ' 2'],
  );
});

test('foreach over lists, mappings and lists of mappings', () => {
  const files = {
    'params.yaml': 'flags: [true]\nmap: {a: 1, b: [2]}\n',
    'pipeline.yaml': `stages:
  in text: {foreach: ['with \${map}', 'of \${flags}'], do: {cmd: 'x \${item}'}}
  list: {foreach: [us, 15, 0.50, true, null], do: {cmd: 'x \${item}'}}
  map: {foreach: {a: 1, b: 2}, do: {cmd: 'x \${key} \${item}'}}
  maps: {foreach: [{n: 1}, {n: 2}], do: {cmd: 'x \${item.n}'}}
  mixed: {foreach: [one, {n: 2}], do: {cmd: 'x \${item}'}}
  data: {foreach: '\${flags}', do: {cmd: 'x \${item}'}}
`,
  };
  assert.deepEqual(commandsOf(files), {
    'in text@with --a 1 --b 2': 'x with --a 1 --b 2',
    'in text@of [True]': 'x of [True]',
    'list@us': 'x us',
    'list@15': 'x 15',
    'list@0.5': 'x 0.5',
    'list@true': 'x true',
    'list@None': 'x None',
    'map@a': 'x a 1',
    'map@b': 'x b 2',
    'maps@0': 'x 1',
    'maps@1': 'x 2',
    'mixed@0': 'x one',
    'mixed@1': 'x --n 2',
    'data@True': 'x true',
  });
  // Of two members with one name the last one counts.
  const twice = "stages:\n  l: {foreach: [1.0, 2, '1.0'], do: {cmd: 'x ${item}', meta: '${item}'}}\n";
  withProject({ 'pipeline.yaml': twice }, ({ stages }) =>
    assert.deepEqual(
      stages.map(({ name, meta }) => [name, meta]),
      [
        ['l@1.0', '1.0'],
        ['l@2', 2n],
      ],
    ),
  );
  assert.deepEqual(
    commandsOf({
      '.dvc/config': '',
      'dvc.yaml': "stages:\n  m: {foreach: {1: a, '1': b}, do: {cmd: 'x ${item}'}}\n",
    }),
    { 'm@1': 'x b' },
  );
  const many = (data: string, member = '{cmd: x}'): readonly string[] =>
    titles({
      'pipeline.yaml': `stages:\n  a@b: {matrix: {k: [1]}, cmd: x}\n  a: {foreach: ${data}, do: ${member}}\n`,
    });
  assert.deepEqual(many('[b@c, d, e@f]'), [
    "bad-stage-name: the member 'b@c' of a contains an @, which cannot be part of a stage name",
    "bad-stage-name: the member 'e@f' of a contains an @, which cannot be part of a stage name",
  ]);
  assert.deepEqual(many("'${nope}'"), ["unknown-name: could not find 'nope'"]);
  assert.deepEqual(many('[]', "{cmd: '${x..y}'}"), ['template-syntax: unexpected "." in ${x..y}']);
  const one = (member: string): readonly string[] =>
    titles({ 'pipeline.yaml': `stages:\n  a: {foreach: [x], do: ${member}}\n` });
  assert.deepEqual(one("{cmd: 'x ${key}'}"), ["unknown-name: could not find 'key'"]);
  assert.match(one('{vars: [{item: 1}], cmd: x}').join(), /^bad-vars: 'item' is reserved inside a foreach/);
  assert.deepEqual(one('{vars: [{key: 1}], cmd: x}'), []);
  // What follows the first colon is a key, with all of its colons.
  const keyed = (item: string): readonly string[] =>
    titles({ 'pipeline.yaml': `vars: ["${item}"]\nstages: {s: {cmd: x}}\n`, 'p.yaml': '"a:b": 1\n' });
  assert.deepEqual(keyed('p.yaml:a:b'), []);
  assert.deepEqual(keyed('p.yaml:no:b'), ["bad-vars: could not find 'no:b' in 'p.yaml'"]);
});

test('a matrix varies its last key fastest; lists and mappings are named by their place', () => {
  const files = {
    'pipeline.yaml':
      'stages:\n  t:\n    matrix: {m: [cnn, mlp], d: [{p: 1}, {p: 2}]}\n    cmd: t ${item.m} ${item.d.p} ${key}\n',
  };
  assert.deepEqual(commandsOf(files), {
    't@cnn-d0': 't cnn 1 cnn-d0',
    't@cnn-d1': 't cnn 2 cnn-d1',
    't@mlp-d0': 't mlp 1 mlp-d0',
    't@mlp-d1': 't mlp 2 mlp-d1',
  });
  const templated = {
    'params.yaml': 'flags: [true, null]\n',
    'pipeline.yaml': 'stages:\n  t:\n    matrix: {a: "${flags}"}\n    cmd: t\n',
  };
  assert.deepEqual(Object.keys(commandsOf(templated)), ['t@True', 't@None']);
  const none = 'stages:\n  t:\n    matrix: {a: [1, 2], b: []}\n    cmd: t ${item.b}\n';
  assert.deepEqual(commandsOf({ 'pipeline.yaml': none }), {});
  // DVC iterates over the characters of a text.
  const text = 'stages:\n  t:\n    matrix: {k: x😀}\n    cmd: t ${item.k}\n';
  assert.deepEqual(commandsOf({ '.dvc/config': '', 'dvc.yaml': text }), { 't@x': 't x', 't@😀': 't 😀' });
});

const grid = (params: string): Record<string, string> => ({
  'params.yaml': params,
  'pipeline.yaml':
    "stages:\n  train:\n    matrix:\n      - ${grid}\n      - fold: ${folds}\n    defaults: ${base}\n    cmd: train ${item}\n    outs: ['m/${key}']\n",
});

test('the grid drives a matrix list, and defaults fill the item without entering the name', () => {
  assert.deepEqual(
    commandsOf(grid('grid: {lr: [0.001, 0.01]}\nfolds: [0, 1]\nbase: {epochs: 50, lr: 9.0}\n')),
    {
      'train@0.001-0': 'train --epochs 50 --lr 0.001 --fold 0',
      'train@0.001-1': 'train --epochs 50 --lr 0.001 --fold 1',
      'train@0.01-0': 'train --epochs 50 --lr 0.01 --fold 0',
      'train@0.01-1': 'train --epochs 50 --lr 0.01 --fold 1',
    },
  );
});

test('what each mapping of a matrix list adds to the name is to be had alone', () => {
  const files = {
    'pipeline.yaml':
      'stages:\n  t:\n    matrix: [{a: [1, 2], b: [x]}, {c: [y], a: [3]}, {}]\n    cmd: t ${keys[0]}/${keys[1]}/${keys[2]} ${key}\n',
  };
  assert.deepEqual(commandsOf(files), { 't@3-x-y': 't 3-x/y/ 3-x-y' });
  const plain = { 'pipeline.yaml': 'stages:\n  t:\n    matrix: {a: [1]}\n    cmd: t ${keys[0]}\n' };
  assert.match(titles(plain)[0]!, /keys/);
});

test('a default that the grid shadows changes nothing, whether it is there, changed or gone', () => {
  const withBase = (base: string): unknown =>
    commandsOf(grid(`grid: {lr: [0.001]}\nfolds: [0]\nbase: {${base}}\n`));
  assert.deepEqual(withBase('lr: 1.0, epochs: 5'), withBase('epochs: 5'));
  assert.deepEqual(withBase('lr: 1.0, epochs: 5'), withBase('epochs: 5, lr: 2.0'));
});

test('a later mapping of a matrix list replaces a key in its place', () => {
  const files = {
    'pipeline.yaml':
      'stages:\n  t:\n    matrix: [{a: [1, 2], b: [x]}, {a: [3], c: [y]}]\n    cmd: t ${key}\n',
  };
  assert.deepEqual(commandsOf(files), { 't@3-x-y': 't 3-x-y' });
});

test('what cannot be expanded is refused', () => {
  assert.deepEqual(titles(grid('grid: {lr: [1]}\nfolds: 5\nbase: {}\n')), [
    'bad-expansion: a value of a matrix must be a list, got 5',
  ]);
  assert.deepEqual(titles(grid('grid: [1]\nfolds: [5]\nbase: {}\n')), [
    'bad-expansion: an element of a matrix list must be a mapping, got a list',
  ]);
  assert.deepEqual(titles(grid('grid: {a: [1]}\nfolds: [5]\nbase: 3\n')), [
    "bad-expansion: 'defaults' must be a mapping",
  ]);
  assert.deepEqual(titles({ 'pipeline.yaml': 'stages:\n  a: {foreach: abc, do: {cmd: x}}\n' }), [
    'bad-expansion: foreach takes a list or a mapping, got the string "abc"',
  ]);
  assert.deepEqual(titles({ 'pipeline.yaml': 'stages:\n  a: {cmd: x, defaults: {a: 1}}\n' }), [
    "bad-expansion: 'defaults' of a needs a 'matrix' beside it",
  ]);
  const huge = `[${Array.from({ length: 400 }, (_, i) => i).join(', ')}]`;
  assert.deepEqual(
    titles({ 'pipeline.yaml': `stages:\n  a:\n    matrix: {a: &a ${huge}, b: *a}\n    cmd: x\n` }),
    ['bad-expansion: this matrix has 160000 combinations; at most 100000 are possible'],
  );
});

test('a matrix list is refused in a dvc.yaml, as by DVC', () => {
  const [problem] = problemsOf({ 'dvc.yaml': 'stages:\n  t:\n    matrix: [{a: [1]}]\n    cmd: x\n' });
  assert.equal(problem!.code, 'wrong-type');
});

test('names come from params.yaml, then vars in order, and are never overridden', () => {
  const files = {
    'params.yaml': 'm: {a: 1}\n',
    'v.toml': 'f = 2.0\nskip = 1\n',
    'v.json': '{"j": {"x": 1E3}}',
    'v.py': 'P = 3\nclass C:\n    q = "z"\n',
    'pipeline.yaml':
      'vars: [v.json, "v.toml:,f,", v.py, {m: {b: 4}}]\nstages:\n  s:\n    cmd: echo ${m.a} ${m.b} ${f} ${j.x} ${P} ${C.q}\n',
  };
  assert.deepEqual(commandsOf(files), { s: 'echo 1 4 2.0 1000.0 3 z' });
  assert.deepEqual(titles({ 'params.yaml': 'm: {a: 1}\n', 'pipeline.yaml': 'vars: [{m: {a: 2}}]\n' }), [
    "vars-redefined: cannot redefine 'm.a' from 'vars[0]': it already exists in 'params.yaml'",
  ]);
  assert.match(
    titles({
      'v.yaml': 'a: 1\nskip: 2\n',
      'pipeline.yaml': 'vars: ["v.yaml:a"]\nstages: {s: {cmd: "x ${skip}"}}\n',
    })[0]!,
    /could not find 'skip'/,
  );
  const loading = (vars: string): readonly string[] =>
    titles({ 'v.yaml': 'a: 1\nb: 2\n', 'pipeline.yaml': `vars: [${vars}]\nstages: {s: {cmd: "x \${b}"}}\n` });
  assert.deepEqual(loading('v.yaml, ./v.yaml'), []);
  assert.deepEqual(loading('"v.yaml:a", "v.yaml:b"'), []);
  assert.match(loading('"v.yaml:a", "v.yaml:b", "v.yaml:a"')[0]!, /'a' is loaded already/);
  const [lacking] = problemsOf({ 'v.yaml': '1: x\nnone: y\n', 'pipeline.yaml': 'vars: ["v.yaml:nine"]\n' });
  assert.deepEqual(
    [lacking!.title, lacking!.hint],
    ["could not find 'nine' in 'v.yaml'", "did you mean 'none'?"],
  );
});

test('the variables of a stage are found from its folder, and are its own', () => {
  const files = {
    'params.yaml': 'w: sub\n',
    'v.yaml': 'a: top\n',
    'sub/v.yaml': 'a: inner\n',
    'pipeline.yaml': `stages:
  one: {wdir: '\${w}', vars: [v.yaml, {b: 1}], cmd: 'echo \${a} \${b}'}
  two: {vars: [v.yaml, {b: 2}], cmd: 'echo \${a} \${b}'}
`,
  };
  assert.deepEqual(commandsOf(files), { one: 'echo inner 1', two: 'echo top 2' });
});

test('an output that is named twice is one, and what is said last about it holds', () => {
  const files = {
    'pipeline.yaml':
      'stages:\n  s:\n    cmd: x\n    outs: [a, {a: {cache: false, push: false}}, {a: {cache: true, persist: true}}]\n',
  };
  withProject(files, ({ stages: [stage] }) => {
    assert.deepEqual(
      stage!.outs.map(({ path, cache, persist, push }) => [path, cache, persist, push]),
      [['a', true, true, false]],
    );
  });
  // A file that is named without keys counts as a whole, wherever that is said.
  const params =
    '[k, {p.yaml: [a]}, {p.yaml: null, q.yaml: [b]}, {q.yaml: [c], params.yaml: [l]}, {r.yaml: }, {r.yaml: [d]}]';
  withProject({ 'pipeline.yaml': `stages:\n  s: {cmd: x, params: ${params}}\n` }, ({ stages: [stage] }) => {
    assert.deepEqual(
      stage!.params.map(({ file, keys }) => [file, ...keys].join(' ')),
      ['params.yaml k l', 'p.yaml', 'q.yaml b c', 'r.yaml'],
    );
  });
});

test('every mistake of a file is told at once, and once for all members', () => {
  const files = {
    'pipeline.yaml':
      'stages:\n  a: {foreach: [1, 2, 3], do: {cmd: "x ${nope}", deps: ["${x..y}", "${nope}"]}}\n  b: {cmd: "${also}"}\n',
  };
  assert.deepEqual(titles(files), [
    "unknown-name: could not find 'nope'",
    'template-syntax: unexpected "." in ${x..y}',
    "unknown-name: could not find 'nope'",
    "unknown-name: could not find 'also'",
  ]);
  // DVC takes a stage with the name of a member for that member, as long as it has no outputs.
  const named = (outs: string): readonly string[] =>
    titles({
      '.dvc/config': '',
      'dvc.yaml': `stages:\n  a: {foreach: [x], do: {cmd: 'echo \${item}'${outs}}}\n  a@x: {cmd: other}\n`,
    });
  assert.deepEqual(named(''), []);
  assert.deepEqual(named(', outs: [o]'), [
    "bad-stage-name: the stage 'a@x' is declared twice: by itself and as a member of a",
  ]);
});

test('the variables that are used are those that templates name, keys of mappings included', () => {
  const files = {
    'params.yaml': 'a: {b: 1, c: [2, 3]}\nout: o\nunused: 4\n',
    'pipeline.yaml': `vars: [{inline: 5}]
stages:
  s: {cmd: 'echo \${a.b} \${inline}', outs: [plain, {'\${out}': {cache: false}}]}
  m: {foreach: '\${a.c}', do: {cmd: 'echo \${item}'}}
`,
  };
  withProject(files, ({ reports: [report] }) => {
    const [[file, values] = [], ...others] = [...report!.variables()];
    assert.deepEqual([file, others], ['params.yaml', []]);
    assert.deepEqual(Object.fromEntries([...values!].map(([key, value]) => [String(key), value])), {
      'a.b': 1n,
      'a.c.0': 2n,
      'a.c.1': 3n,
      out: 'o',
    });
  });
});
