// Parameters from Python files: what is read, and the places of mistakes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PipeError, spellPython } from '../../src/base/base.ts';
import { readPython } from '../../src/pipeline/pipeline.ts';

const read = (text: string): string => spellPython(readPython(text, 'p.py').value);

function problemOf(text: string): string {
  try {
    return `read: ${read(text)}`;
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    const { title, place } = error.problems[0]!;
    return `${place?.line}:${place?.column} ${title.replace('not valid Python: ', '')}`;
  }
}

test('assignments are read by the grammar of Python', () => {
  for (const [text, expected] of [
    ['lr: Annotated[float, F(gt=0)] = 0.1', "{'lr': 0.1}"],
    ['lr: Callable[[int], "a = 2"] = 1.', "{'lr': 1.0}"],
    ['a: int', '{}'],
    ['(a) = 1; b = (2)', "{'a': 1, 'b': 2}"],
    ['a = b = 1\nc, d = 1, 2\ne[0] = 1\nf.x = 1\nself.g = 1', "{'g': 1}"],
    ['a = [1, 2]\na += [3]', "{'a': [1, 2]}"],
    ['if True:\n  a = 1\nelse:\n  b = 2', '{}'],
    ['async def __init__(self):\n  self.a = 1', '{}'],
    [
      'class A:\n  x = 1\n  class B(C, metaclass=D): y = 2\n  def __init__(self):\n    self.z: int = 3\n    w = 4',
      "{'A': {'x': 1, 'B': {'y': 2}, 'z': 3}}",
    ],
    ['class A: x = 1\nclass A: y = 2', "{'A': {'y': 2}}"],
    ['@d(a=1)\nclass A:\n  """x = 2"""\n  pass', "{'A': {}}"],
    ['match = 1\ncase = 2\ntype = 3\nprint = 4', "{'match': 1, 'case': 2, 'type': 3, 'print': 4}"],
    ['ﬁ = 1', "{'fi': 1}"],
    ['\fa = 1\n\f\nb\f=\f2\nif 1:\n\f  c = 3', "{'a': 1, 'b': 2}"],
  ])
    assert.equal(read(text!), expected, text);
});

test('the place of a name is that of its last assignment, which has its value', () => {
  const { value, offsets } = readPython('a = 1\nb = 2\na = 3\n', 'p.py');
  assert.deepEqual([value.get('a'), offsets.get('a'), offsets.get('b')], [3n, 12, 6]);
});

test('literals, and nothing else', () => {
  for (const [text, expected] of [
    ['0x_FF, 0o17, 0b1_0, 1_000_000, 00, -7, +7', '[255, 15, 2, 1000000, 0, -7, 7]'],
    ['1., .5, 1e3, 1_0.5e-1_0, 1e400, -0.0', '[1.0, 0.5, 1000.0, 1.05e-09, inf, -0.0]'],
    ['- -1', undefined],
    ['-True', undefined],
    ['1 + 2', undefined],
    ['2j, 1 + 2j, -1j, 1.5 - 0.5j, 1_0_0j', "['2j', '1+2j', '-0-1j', '1.5-0.5j', '100j']"],
    ['(), (1,), [], {}, set(), {1, 1.0, True}, ...', "[[], [1], [], {}, [], [1], '...']"],
    ["{1: 'a', 1.0: 'b', True: 'c', None: 'd'}", "{1: 'c', None: 'd'}"],
    ["{(1, 'a'): 1, (2,): 2, b'x': 3}", `{"(1, 'a')": 1, '(2,)': 2, "b'x'": 3}`],
    ['{**a, 1: 2}', undefined],
    ['{[1]: 2}', undefined],
    ['{(1, [2]): 3}', undefined],
    ['{(1, f()): 3}', undefined],
    ['[1, f()]', undefined],
    ["f'a'", undefined],
    ["'a' f'b'", undefined],
    ['not 1', undefined],
    ["'a' \"b\" '''c'''", "'abc'"],
    ["('a' # x\n 'b'\\\n\n  r'\\n')", "'ab\\\\n'"],
    ["u'a' R'\\x' U'b'", "'a\\\\xb'"],
    ["b'a\\xff\\N{x}\\u1' Rb'\\n'", `"b'a\\\\xff\\\\\\\\N{x}\\\\\\\\u1\\\\\\\\n'"`],
    ["b'\\777\\101'", `"b'\\\\xffA'"`],
    ["b'\"' bR'\\''", `'b\\'"\\\\\\\\\\\\\\'\\''`],
    ["'\\x41\\u00e9\\U0001F600\\101\\777\\q\\\n\\a'", "'Aé😀Aǿ\\\\q\u0007'"],
    ["'\\N{BULLET}\\N{latin small letter e with acute}\\N{LF}\\N{CJK UNIFIED IDEOGRAPH-4E2D}'", "'•é\\n中'"],
    ["'\\N{HANGUL SYLLABLE HAN}\\N{LATIN CAPITAL LETTER GHA}\\N{LATIN CAPITAL LETTER OI}'", "'한ƢƢ'"],
    ['"""a\n"b""c"""', '\'a\\n"b""c\''],
    ["'{[(#'", "'{[(#'"],
    ['"""a\\"""b"""', '\'a"""b\''],
    ["R'a\\nb'", "'a\\\\nb'"],
    ['a if b else c', undefined],
  ] as const) {
    const value = expected === undefined ? '{}' : `{'a': ${expected}}`;
    assert.equal(read(`a = ${text}`), value, text);
  }
});

test('only the digits of a long number count', () =>
  assert.equal(read(`a = ${'9_'.repeat(4299)}9`), `{'a': ${'9'.repeat(4300)}}`));

test('what Python refuses is refused at its place', () => {
  for (const [text, expected] of [
    ['a = 1\nclass X:\n  b = (\n', "3:7 '(' is never closed"],
    ['a = [1, 2)\n', "1:10 ')' does not close the '[' before it"],
    ['é = 1]', "1:6 ']' closes no bracket"],
    ["a = 1\nb = 'x\nc = 2", '2:5 this string is never closed'],
    ['a = f(1)\nb = """x\n', '2:5 this string is never closed'],
    ['é = "é" = = 3', /^1:11 /],
    ['a = 1\n  b = 2', /^2:3 /],
    ['def f(1):\n  pass', /^1:7 /],
    ['print "x"', /^1:/],
    ['a = 1__0', "1:5 '1__0' is not a number"],
    ['a = [1, 012]', "1:9 '012' is not a number"],
    ['a = 1e', "1:5 '1e' is not a number"],
    [`a = ${'9'.repeat(4301)}`, '1:5 a number of more than 4300 digits'],
    ["é = 'é\\x4'", '1:7 `\\x4` is not a complete escape'],
    ["a = ('a'\n 'b\\u12')", '2:4 `\\u12` is not a complete escape'],
    ["a = 1\nb = '\\U00110000'", '2:1 a literal that is not valid'],
    ['a = 1\nb = [1, 0x]\n', '2:1 a literal that is not valid'],
    ["a = '\\N{NO SUCH THING}'", '1:6 `\\N{NO SUCH THING}` is not a complete escape'],
    ["a = b'é'", '1:7 bytes contain ASCII characters only'],
    ["a = 'a' b'b'", '1:9 bytes and text cannot be adjacent'],
    ['\uFEFFa = 1', '1:1 a byte order mark; save the file without it'],
    ['a = 1\n\0', '2:1 a NUL character'],
  ] as const) {
    const problem = problemOf(text);
    if (typeof expected === 'string') assert.equal(problem, expected, text);
    else assert.match(problem, expected, text);
  }
});

test('nesting of any depth is read or refused, soon', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['(', ')'],
    ['{1:', '}'],
    ['{', '}'],
    ['f(', ')'],
    ['-', ''],
    ['not ', ''],
    ['1 ** ', ''],
    ['lambda: ', ''],
    ['a if b else ', ''],
  ]) {
    assert.match(problemOf(`x = ${open!.repeat(25)}1${close!.repeat(25)}\n`), /^read: /, open);
    const deep = problemOf(`a = 1\nx = ${open!.repeat(8000)}1${close!.repeat(8000)}\ny = 2\n`);
    assert.match(deep, /^(?:2:\d+ |read: \{'a': 1, 'y': 2\}$)/, open);
    assert.match(problemOf(`x = ${open!.repeat(8000)}`), /^1:\d+ /, open);
  }
});
