// Edits of pipeline files change the bytes that they are about, and no others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addStage, removeStages, setFrozen } from '../../../src/pipeline/pipeline.ts';
import { PipeError } from '../../../src/base/base.ts';

const FILE = 'pipeline.yaml';
const freeze = (text: string, ...names: string[]): string => setFrozen(text, FILE, names, true);
const unfreeze = (text: string, ...names: string[]): string => setFrozen(text, FILE, names, false);
const remove = (text: string, ...names: string[]): string => removeStages(text, FILE, names);
const stage = {
  cmd: 'echo ${x} > a: # b',
  deps: ['a b', "it's", '#x', '1', '2001-01-01', 'no', '*'],
  params: [{ 'f.yaml': null }, 'lr'],
  outs: [{ 'o.txt': { cache: false } }],
};
const add = (text: string, name = 'new'): string => addStage(text, FILE, name, stage, false);

const texts: Readonly<Record<string, string>> = {
  plain: 'stages:\n  a:\n    cmd: x\n    outs: [o]\n  b:\n    cmd: y\nplots:\n- p\n',
  comments:
    '# top\nstages: # s\n  # above a\n  a: # at a\n    # above cmd\n    cmd: x # at cmd\n    # below\n\n    # still a\n\n  # above b\n  b:\n        # deep\n    cmd: y\n    # end of b\n# end\n',
  'no line end': 'stages:\n  a:\n    cmd: x',
  'no line end in a literal': 'vars: [1]\nstages:\n  a:\n    cmd: |\n      x',
  'no line end in a stripped literal': 'stages:\n  a:\n    cmd: |-\n      x',
  'CRLF, byte order mark': '\uFEFFstages:\r\n  a:\r\n    cmd: x\r\n  b:\r\n    cmd: |\r\n      y\r\n\r\n',
  'tabs after values': 'stages:\t\n  a:\t\n    cmd: x\t\n    outs: [o]\t# c\n  b:\n    cmd: y\t\n',
  'literals that keep their end': 'stages:\n  a:\n    cmd: |+\n      x\n\n\n  b:\n    cmd: >+\n      y\n\n\n',
  'a last literal that keeps its end': 'stages:\n  a:\n    cmd: |+\n      x\n\nplots:\n- p\n',
  'one column': 'stages:\n a:\n  cmd: x\n  deps:\n  - i\n b:\n  cmd: y\n',
  'eight columns':
    'stages:\n        a:\n                cmd: x\n                deps:\n                        - i\n',
  'quoted keys': '"stages":\n  "a":\n    "cmd": x\n  \'b\': {"cmd":"y"}\n',
  tags: '!!map\nstages: !!map\n  a: !!map\n    cmd: !!str x\n  b: !!map {cmd: y}\n',
  'document markers': '%YAML 1.2\n---\nstages:\n  a:\n    cmd: x\n...\n',
  'stages in brackets': 'stages: {a: {cmd: x}, b: {cmd: y, outs: [o,],},} # c\nplots: [p]\n',
  'brackets over lines':
    'stages: {\n  a: { # a\n    cmd: x, # x\n    outs: [o]\n  }, # after a\n  b: {cmd: y}\n}\n',
  'all in brackets': '{stages: {a: {cmd: x}}, plots: [p]}\n',
  JSON: '{\n  "stages": {\n    "a": {\n      "cmd": "x"\n    }\n  }\n}\n',
  'keys with indicators': 'stages:\n  ? a\n  : cmd: x\n    outs: [o]\n  ? b\n  :\n    cmd: y\n',
  groups:
    'stages:\n  a:\n    foreach: [1, 2]\n    do:\n      cmd: x ${item}\n  b:\n    matrix: {k: [1]}\n    cmd: y ${item.k}\n  c:\n    foreach: [1]\n    do: {cmd: "z ${item}"}\n',
  'anchors and aliases':
    'vars:\n- t: &t\n    cmd: z\nstages:\n  a: &a\n    cmd: x\n    deps: &d [i]\n  b:\n    cmd: y\n    deps: *d\n  c: *t\n  e: { <<: *t }\n  f:\n    foreach: [1]\n    do: *t\n',
  'big and odd numbers': 'vars:\n- n: 12345678901234567890\n- f: 1e3\n- o: 0o17\nstages:\n  a:\n    cmd: x\n',
};
const noStages: Readonly<Record<string, string>> = {
  nothing: '',
  'only comments': '# c\n',
  'only comments, no line end': '# c\n# d',
  'a marker': '---\n',
  'both markers': '---\n# c\n...\n',
  'other sections': '# c\nvars:\n- a: 1\n    # deep\n\n# end\n',
  'other sections, no line end': 'vars: [x.yaml]',
  'a literal without line end': 'vars:\n- a: |\n    x',
  brackets: '{vars: [x.yaml]}\n',
  'brackets, CRLF': '{vars: [x.yaml]}\r\n',
  'brackets with a comma': '{vars: [x.yaml],\n}',
  'empty brackets': '{}\n',
  CRLF: '\uFEFFvars:\r\n- a: 1\r\n',
  'a mapping to the right': '  vars:\n  - a: 1\n',
};
const emptyStages: Readonly<Record<string, string>> = {
  plain: 'stages: {}\n',
  comments: 'vars: []\nstages: {} # c\n  # d\n      # e\nplots: [p]\n',
  'no line end': 'stages: {}',
  blanks: 'stages: { }\n',
  'two blanks': 'stages:  {}\n',
  'over lines': 'stages: {\n  # c\n}\n',
  anchor: 'stages: &s {}\n',
  brackets: '{stages: {}}\n',
  CRLF: 'stages: {}\r\n',
};

for (const [what, text] of Object.entries(texts)) {
  test(`freezing and unfreezing gives the bytes of before: ${what}`, () => {
    for (const name of ['a', 'b', 'c', 'e', 'f'].filter((name) =>
      new RegExp(`^[ ?{]*["']?${name}\\b`, 'm').test(text.replaceAll('stages: {', '')),
    )) {
      const frozen = freeze(text, name);
      assert.notEqual(frozen, text);
      assert.ok(isWithout(text, frozen), `${frozen} holds all bytes of before`);
      assert.equal(freeze(frozen, name), frozen, 'again');
      assert.equal(unfreeze(frozen, name), text);
      assert.equal(unfreeze(text, name), text);
    }
  });
}

for (const [what, text] of Object.entries({ ...texts, ...noStages, ...emptyStages })) {
  test(`adding and removing a stage gives the bytes of before: ${what}`, () => {
    const once = add(text);
    const twice = add(once, 'other');
    assert.equal(remove(once, 'new'), text);
    assert.equal(remove(twice, 'other'), once);
    assert.equal(remove(remove(twice, 'new'), 'other'), text);
    assert.equal(remove(twice, 'new', 'other'), text);
  });
}

/** Whether one text is what is left of another when characters are taken out of it, as an alias that is opened shows. */
function isWithout(part: string, whole: string): boolean {
  let at = 0;
  for (const char of whole) if (part.startsWith(char, at)) at += char.length;
  return at === part.length;
}

test('freezing adds one line to a block, and one entry to brackets', () => {
  assert.equal(
    freeze(texts['comments']!, 'a'),
    texts['comments']!.replace('# at a\n', '# at a\n    frozen: true\n'),
  );
  assert.equal(freeze('stages: {a: {cmd: x}}\n', 'a'), 'stages: {a: {frozen: true, cmd: x}}\n');
  assert.match(freeze(texts['groups']!, 'a'), /do:\n {6}frozen: true\n {6}cmd: x/);
  assert.match(freeze(texts['anchors and aliases']!, 'c'), /^ {2}c: \{frozen: true, <<: \*t\}$/m);
});

test('a value that is written already is changed in its place', () => {
  const text = 'stages:\n  a:\n    cmd: x\n    frozen: false\n  b: {cmd: y}\n';
  const frozen = freeze(text, 'a');
  assert.match(frozen, /^ {4}frozen: true # was false$/m);
  assert.equal(unfreeze(frozen, 'a'), text);
  for (const stage of ['{cmd: x, frozen: false}', '{frozen: False, cmd: x}']) {
    const inBrackets = `stages: {a: ${stage}}\n`;
    assert.notEqual(freeze(inBrackets, 'a'), inBrackets);
    assert.equal(unfreeze(freeze(inBrackets, 'a'), 'a'), inBrackets);
  }
  assert.equal(
    unfreeze('stages:\n  a:\n    frozen: true # why\n    cmd: x\n', 'a'),
    'stages:\n  a:\n    cmd: x\n',
  );
});

test('what a stage takes from another by an alias is not changed with it', () => {
  const text = 'stages:\n  a: &a\n    cmd: x\n  b:\n    <<: *a\n    deps: [i]\n';
  assert.match(
    problemOf(() => freeze(text, 'a')),
    /^edit-refused .*'b' too.* \(pipe freeze a b\).* 2:3$/,
  );
  const both = freeze(text, 'a', 'b');
  assert.match(both, /&a\n {4}frozen: true/);
  assert.equal(unfreeze(both, 'a', 'b'), text);
  assert.equal(unfreeze(freeze(text, 'b'), 'b'), text);
  const only = unfreeze(both, 'b');
  assert.match(only, /b:\n {4}frozen: false\n {4}<<: \*a/);
  const own = 'stages:\n  a: &a\n    frozen: true\n    cmd: x\n  b:\n    frozen: true\n    <<: *a\n';
  assert.match(unfreeze(own, 'b'), /a: &a\n {4}frozen: true\n[^]*b:\n {4}frozen: false\n {4}<<: \*a/);
});

test('removing a stage takes its lines, and leaves the comments above it', () => {
  // The line end before it is a part of the value there.
  const kept = 'stages:\n  a:\n    cmd: |+\n      x\n';
  assert.equal(remove(`${kept}  b:\n    cmd: y`, 'b'), kept);
  assert.equal(
    remove(texts['comments']!, 'a'),
    '# top\nstages: # s\n  # above a\n\n  # above b\n  b:\n        # deep\n    cmd: y\n    # end of b\n# end\n',
  );
  assert.equal(remove('{stages: {a: {cmd: x}, b: {cmd: y}}}', 'a'), '{stages: {b: {cmd: y}}}');
  assert.equal(
    remove(texts['brackets over lines']!, 'b'),
    texts['brackets over lines']!.replace('  b: {cmd: y}\n', ''),
  );
});

test('a stage goes with its own anchors and aliases', () => {
  const text = 'stages:\n  a:\n    deps: &d [i]\n    outs: *d\n  b:\n    cmd: y\n';
  assert.equal(remove(text, 'a'), 'stages:\n  b:\n    cmd: y\n');
  const brackets = 'stages: {a: {deps: &d [i], outs: *d}, b: {cmd: y}}\n';
  assert.equal(remove(brackets, 'a'), 'stages: {b: {cmd: y}}\n');
});

test('an open end of the text elsewhere is no reason to put a new stage first', () => {
  const text = 'stages:\n  a:\n    cmd: x\nvars:\n- a: |\n    x';
  const added = add(text);
  assert.ok(added.startsWith('stages:\n  a:\n    cmd: x\n  new:\n'), added);
  assert.ok(added.endsWith('vars:\n- a: |\n    x'), added);
});

test('removing the last stage leaves an empty mapping', () => {
  assert.equal(
    remove('vars: [1]\nstages: # c\n  a:\n    cmd: x\n# end\n', 'a'),
    'vars: [1]\nstages: {} # c\n# end\n',
  );
  assert.equal(remove('stages: &s\n  a: {cmd: x}', 'a'), 'stages: &s {}');
  assert.equal(remove('stages: {a: {cmd: x}}\n', 'a'), 'stages: {}\n');
  assert.equal(remove(addStage(undefined, FILE, 'a', stage, false), 'a'), 'stages: {}\n');
});

test('an anchored node that is needed elsewhere moves there', () => {
  assert.equal(
    remove(
      'stages:\n  a: &base # c\n    cmd: |\n      1\n\n      2\n    outs: [a]\n  b:\n    <<: *base\n    cmd: 2\n  c: *base\n',
      'a',
    ),
    'stages:\n  b:\n    <<: &base # c\n      cmd: |\n        1\n\n        2\n      outs: [a]\n    cmd: 2\n  c: *base\n',
  );
  assert.equal(
    remove(
      'stages:\n  a:\n    cmd: x\n    deps: &d\n    - i\n    - &j j\n  b:\n    cmd: y\n    deps: *d\n    outs: [*j]\n',
      'a',
    ),
    'stages:\n  b:\n    cmd: y\n    deps: &d\n    - i\n    - &j j\n    outs: [*j]\n',
  );
  assert.match(
    problemOf(() => remove('stages:\n  a: &a\n    cmd: x\n  b: {<<: *a, deps: [i]}\n', 'a')),
    /^edit-refused .*brackets.* 4:11$/,
  );
});

test('replacing a stage leaves the others, and what they take from it', () => {
  const text =
    'stages:\n  a: # c\n    cmd: x\n    deps: &d [i]\n  # above b\n  b:\n    cmd: y\n    deps: *d\n';
  assert.equal(
    addStage(text, FILE, 'a', { cmd: 'z' }, true),
    'stages:\n  a:\n    cmd: z\n  # above b\n  b:\n    cmd: y\n    deps: &d [i]\n',
  );
  assert.match(
    problemOf(() => add(text, 'a')),
    /^stage-exists .* 2:3$/,
  );
});

test('a new stage is laid out as those that are there', () => {
  const added = (text: string): string => addStage(text, FILE, 'new', { cmd: 'echo', deps: ['i'] }, false);
  assert.equal(
    added(texts['eight columns']!).slice(texts['eight columns']!.length),
    '        new:\n                cmd: echo\n                deps:\n                        - i\n',
  );
  assert.equal(
    added('stages:\n  a:\n    cmd: x\n    deps:\n    - i\n').slice(42),
    '  new:\n    cmd: echo\n    deps:\n    - i\n',
  );
});

for (const [what, text] of Object.entries({
  'a list': 'stages: [1]\n',
  nothing: 'stages:\n',
  'a text': 'stages: x\n',
  'a list of all': '- stages\n',
}))
  test(`stages that are no mapping are refused, not replaced: ${what}`, () => {
    for (const edit of [add, (text: string) => freeze(text, 'a'), (text: string) => remove(text, 'a')])
      assert.match(
        problemOf(() => edit(text)),
        /^wrong-type /,
      );
  });

function problemOf(edit: () => unknown): string {
  try {
    edit();
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    const [{ code, title, hint, place }] = error.problems as [PipeError['problems'][number]];
    return `${code} ${title} ${hint?.replaceAll('`', '')} ${place?.line}:${place?.column}`;
  }
  throw new Error('the edit was not refused');
}
