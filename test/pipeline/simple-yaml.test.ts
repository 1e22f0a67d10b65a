// The fast reader of plain YAML reads what the full one reads, or leaves it alone.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { isWhole } from '../amount.ts';
import { readSimpleYaml, readYaml } from '../../src/yaml/yaml.ts';
import { isMap, spellPython, type Value, type ValuePath } from '../../src/base/base.ts';

/** Of the random texts. */
const SHARE = isWhole ? 1 : 0.1;

/** Of one text: reading a part of it for each takes long. */
const MOST_PATHS = 30;

// A directive is beyond the fast reader, and changes nothing.
const FULL = '%YAML 1.2\n---\n';

/** @returns whether the fast reader took it. */
function check(text: string): boolean {
  const simple = readSimpleYaml(text);
  if (!simple) return false;
  const full = readYaml(FULL + text, 'x.yaml');
  assert.equal(spellPython(simple.value), spellPython(full.value), JSON.stringify(text));
  const source = readYaml(text, 'x.yaml');
  const paths = pathsIn(simple.value, 3);
  const step = Math.ceil(paths.length / MOST_PATHS);
  for (const path of paths.filter((_, index) => index % step === 0)) {
    for (const part of ['key', 'value'] as const)
      assert.equal(
        offsetOf(text, source.place(path, part), 0),
        offsetOf(text, full.place(path, part)),
        JSON.stringify([text, path.map(String), part]),
      );
    const offset = simple.keyOffset(path);
    if (offset !== undefined) assert.equal(offset, offsetOf(text, full.place(path, 'key')));
  }
  return true;
}

/** The paths of all values, and of one that is not there beside each. */
function pathsIn(value: Value, deep: number): ValuePath[] {
  if (deep === 0) return [];
  const entries = isMap(value)
    ? [...value]
    : Array.isArray(value)
      ? [...(value as readonly Value[]).entries()]
      : [];
  const below = entries.flatMap(([key, inner]) => [
    [key],
    ...pathsIn(inner, deep - 1).map((path) => [key, ...path]),
  ]);
  return [...below, ['not there']];
}

function offsetOf(
  text: string,
  { line = 1, column = 1 }: { line?: number; column?: number },
  more = FULL.split('\n').length - 1,
): number {
  if (line <= more) return 0;
  const before = text.split('\n').slice(0, line - 1 - more);
  return before.reduce((sum, part) => sum + part.length + 1, 0) + column - 1;
}

test('plain files are taken', () => {
  for (const text of [
    'stages:\n  a:\n    cmd: python x.py --lr 0.1 http://x:80/ a#b -- c\n    deps:\n    - x.py\n    - d: {imports: true}\n    outs: [a, \'b c\', "d"]\n    desc: x  # why\n  b: {cmd: x, frozen: true}\n',
    "a: 1\nb: -2.5e-3\nc: null\nd:\ne: yes\nf: \"x: y z\"\ng: 'it''s'\n",
    '- a\n- - b\n  - c: 1\n    d: 2\n-\n  x: 1\n-\n- [1, [2, {a: b}], ]\n',
    '# only a comment\n\n',
    'word\n',
    'a: b  c   d:e:f#g#h-i-j  k    \n',
    '"a b": 1\n',
    'vars:\n- params.yaml\n- base: {epochs: 50}\n',
    'a:\n  cmd: >-\n    node x.js --a 1\n    --b "2" # no comment\n\n    - c: d\n  deps: [x]\n',
    'cmd:\n- |\n  if x; then\n    y\n  fi\n\n\n- b: >  # why\n      one\n      two\n\n       three\n      four\n  c: 1\n',
    'a: |-\n\n  --- x\n  %y\n\n# comment\nb: |\n x',
  ]) {
    assert.ok(check(text), text);
  }
});

test('numbers can have several underscores', () => {
  const numbers = 'a: [1_000_000, -1_0_0, 0x_f_f, 1_000.000_5, -1_0_0e1, ._2_5_0]\n';
  const values = "{'a': [1000000, -100, 255, 1000.0005, -1000.0, 0.25]}";
  for (const text of [numbers, FULL + numbers])
    assert.equal(spellPython(readYaml(text, 'x.yaml').value), values);
});

test('everything else is left to the full reader', () => {
  for (const text of [
    'a: |+\n  x\n\n',
    'a: >2\n   x\n',
    'a: |\n    x\n  y\n',
    'a: |\n   \n  x\n',
    'a: |\n  x\n   \n',
    'a: |\nb: 1\n',
    'a: |\n',
    'a: | x\n',
    'a: !!str |\n  x\n',
    'a: |\n  x\n---\n',
    'a: |\n  x\n# c\n  y\n',
    '|\n  x\n',
    'a: x\n  y\n',
    'a: &b 1\n',
    'a: *b\n',
    'a: !!str 1\n',
    '<<: {a: 1}\n',
    'a: [1,\n  2]\n',
    'a: "x\\ny"\n',
    'a:\t1\n',
    'a: 1\r\n',
    '---\na: 1\n',
    'a: b: c\n',
    'a: 1\na: 2\n',
    'a: {b: 1, b: 2}\n',
    'a: [{b: 1, "b": 2}]\n',
    '1: a\n',
    'true: a\n',
    '? a\n: b\n',
    'a : 1\n',
    ' a: 1\nb: 2\n',
    'a: 1\n  b: 2\n',
    'a: @x\n',
    'a: "x" y\n',
    '{a: 1\n',
    'a: =\n',
    'a: [a: b]\n',
    'a:\n- b\n c\n',
  ]) {
    assert.equal(check(text), false, text);
  }
});

test('texts in quotes, of what is special in them once and several times, in every place', () => {
  const parts = ['', "''", "'", '"', '\\', ' #', ': ', ' ', 'x'];
  const inner = parts.flatMap((one) => parts.flatMap((two) => [one + two, (one + two).repeat(3)]));
  let taken = 0;
  for (const quote of ["'", '"'])
    for (const text of new Set(inner.map((part) => quote + part + quote))) {
      if (check(`a: ${text}\n${text}: {${text}: [ ${text} , ${text}]}\nb:\n- ${text}  \n- ${text}: x`))
        taken += 1;
      check(`a: ${text} # it's ${text}\n`);
    }
  assert.ok(taken > 80, String(taken));
});

const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e-7,
    1e21,
    '',
    'a',
    'a b',
    'yes',
    '1',
    '0x1F',
    '1_000',
    '~',
    "it's",
    'a: b',
    'a #b',
    'a#b',
    '- a',
    '-a',
    '--x',
    '${a.b}',
    '[x]',
    '{y}',
    '*z',
    '&z',
    '!z',
    '%z',
    '@z',
    '`z',
    '|',
    '>',
    'x:',
    ':x',
    '?x',
    '? x',
    '=',
    '<<',
    'http://x',
    'a,b',
    'ü',
    '😀',
    ' a',
    'a ',
    'a\nb',
    '# c',
    '"q"',
    '\u00a0',
    'x\u00a0',
    '\u3000x',
    '1\u2003',
    'true\u00a0',
    '\u200bx',
  ),
  fc.string({ maxLength: 6 }),
);
const document = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('cmd', 'deps', 'a b', 'x-y', '<<', 'true', '1')),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
})).value;

test('spaces of Unicode are text, wherever they stand', () => {
  for (const space of ['\u00a0', '\u1680', '\u2003', '\u205f', '\u3000', '\u200b'])
    for (const text of [
      `[a${space}]`,
      `[a${space}, b]`,
      `{x: a${space}}`,
      `{a${space}: 1}`,
      `[1${space}]`,
      `[true${space}]`,
      `a: [b, ${space}]`,
      `a: b${space}`,
      `a${space}: ${space}b`,
      `- ${space}`,
      `a: b${space}#c`,
    ])
      assert.ok(check(text), JSON.stringify(text));
});

/** What text is made of. */
const PIECES = String.raw`
a|b: |c:|- |-|\n|\n  |\n    |\n - | |\u00a0|\u3000|\u200b|[|]|{|}|, |,|: |:| #|#|"|'|? |!|&x |*x|>|%|@|~|null|true|0x1f|1_0|1:2|.5
5.|1e3|-.inf|---|--- |<<|<<: |=|${'${a}'}|é|😀|2020-01-01|k: v\n|- x\n|[1, 2]|{a: b}|:x`
  .trim()
  .split(/[|\n]/)
  .map((piece) =>
    piece
      .replaceAll('\\n', '\n')
      .replace(/\\u(....)/, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
  );

const pieces = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 9 })
  .map((parts) => parts.join(''));

test('random pieces of text', () => {
  let taken = 0;
  fc.assert(
    fc.property(pieces, (text) => {
      if (check(text)) taken += 1;
    }),
    { numRuns: SHARE * 20_000 },
  );
  assert.ok(taken > SHARE * 2000, String(taken));
});

const blockScalar = fc
  .record({
    before: fc.constantFrom(
      'a: ',
      '- ',
      'a:\n  b: ',
      '- a: ',
      'a:\n- ',
      'a:\n  - b: ',
      '- - ',
      'a:\n  - - b: ',
      '',
    ),
    header: fc.constantFrom(
      '|',
      '|-',
      '>',
      '>-',
      '|+',
      '>+',
      '|2',
      '>1-',
      '| # c',
      '>- #',
      '| ',
      '|x',
      '>-#',
    ),
    lines: fc.array(
      fc.tuple(
        fc.oneof({ weight: 3, arbitrary: fc.nat(7) }, { weight: 5, arbitrary: fc.constantFrom(2, 4, 6) }),
        fc.constantFrom(
          ...'x|x y|||# c|- x|k: v|---|... |%x|it\'s # x|"|x |é|\u00a0|&a|*a|[x, |{|? y|>-|\\'.split('|'),
        ),
      ),
      { maxLength: 6 },
    ),
    after: fc.constantFrom('', 'b: 1', '- z', '  c: 1', '# comment', '    d: 1', '\n', '---', '...'),
    end: fc.constantFrom('', '\n', '\n\n', '\n  \n'),
  })
  .map(
    ({ before, header, lines, after, end }) =>
      [before + header, ...lines.map(([indent, text]) => ' '.repeat(indent) + text), after].join('\n') + end,
  );

test('random block scalars', () => {
  let taken = 0;
  fc.assert(
    fc.property(blockScalar, (text) => {
      if (check(text)) taken += 1;
    }),
    { numRuns: SHARE * 10_000 },
  );
  assert.ok(taken > SHARE * 500, String(taken));
});

test('random documents, in several styles, also damaged', () => {
  let taken = 0;
  fc.assert(
    fc.property(
      document,
      fc.constantFrom(1, 2, 4),
      fc.boolean(),
      fc.constantFrom(0, 20, 80),
      fc.nat(300),
      fc.constantFrom('', ' ', '\n', ':', ': ', '- ', '#', ' #', "'", '"', '[', '}', ',', '  '),
      (data, indent, indentSeq, lineWidth, at, insert) => {
        const text = stringify(data, {
          indent,
          indentSeq,
          lineWidth,
          collectionStyle: at % 3 === 0 ? 'flow' : 'any',
        });
        const place = at % (text.length + 1);
        for (const variant of [
          text,
          text.slice(0, place) + insert + text.slice(place),
          text.slice(0, place) + text.slice(place + 1),
        ])
          if (check(variant)) taken += 1;
      },
    ),
    { numRuns: SHARE * 4000 },
  );
  assert.ok(taken > SHARE * 2000, String(taken));
});

test('the files of the fixtures', (t) => {
  const fixtures = process.env['PIPE_FIXTURES'];
  if (!fixtures) return t.skip('PIPE_FIXTURES is not set');
  const folder = join(fixtures, 'dvc');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:ya?ml|dvc|lock)$/.test(name),
  );
  let taken = 0;
  let read = 0;
  for (const name of files) {
    let text: string;
    try {
      text = readFileSync(join(folder, name), 'utf8');
    } catch {
      continue; // a folder of that name
    }
    if (text.length > 100_000) continue;
    read += 1;
    if (check(text)) taken += 1;
  }
  assert.ok(taken > read / 2, `${taken} of ${read}`);
});
