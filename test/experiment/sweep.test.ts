// Which experiments a `-S` or a grid means.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  allMembers,
  isRelative,
  makeUpName,
  randomMembers,
  readGrid,
  readSweep,
} from '../../src/experiment/experiment.ts';

const members = (...sweeps: string[]): readonly string[] =>
  allMembers(sweeps.map(readSweep)).map((member) => member.join(' '));

const CASES: readonly (readonly [readonly string[], readonly string[]])[] = [
  [[], ['']],
  [['lr=1'], ['lr=1']],
  [['lr=0.1, 0.2'], ['lr=0.1', 'lr=0.2']],
  [
    ['a=1,2', 'b=x,y'],
    ['a=1 b=x', 'a=1 b=y', 'a=2 b=x', 'a=2 b=y'],
  ],
  [['l=[1,2]'], ['l=[1,2]']],
  [['l=[1,2],[3]'], ['l=[1,2]', 'l=[3]']],
  [['m={a: 1, b: 2},{}'], ['m={a: 1, b: 2}', 'm={}']],
  [["t='a,b',c"], ["t='a,b'", 't=c']],
  [['t="a\\",b",c'], ['t="a\\",b"', 't=c']],
  [["t=it's,ok"], ["t=it's", 't=ok']],
  [["t='a\\',b"], ["t='a\\'", 't=b']],
  [["m={t: 'a},b'},{}"], ["m={t: 'a},b'}", 'm={}']],
  [['c=choice(a, b)'], ['c=a', 'c=b']],
  [['n=range(3)'], ['n=0', 'n=1', 'n=2']],
  [['n=range(1,7,2)'], ['n=1', 'n=3', 'n=5']],
  [['n=range(start=3, stop=1, step=-1)'], ['n=3', 'n=2']],
  [['n=range(0,0.3,0.1)'], ['n=0.0', 'n=0.1', 'n=0.2']],
  [['n=range(1e-2,3e-2,1e-2)'], ['n=0.01', 'n=0.02']],
  [['n=range(-1,1)'], ['n=-1', 'n=0']],
  [['n=range(-0.5,0.6,0.5)'], ['n=-0.5', 'n=0.0', 'n=0.5']],
  [['n=range(0,-0.25,-0.1)'], ['n=0.0', 'n=-0.1', 'n=-0.2']],
  [['~a', '+b=1'], ['~a +b=1']],
  [['p.yaml:a=1,2'], ['p.yaml:a=1', 'p.yaml:a=2']],
  [['e='], ['e=']],
];
for (const [sweeps, expected] of CASES)
  test(`-S ${sweeps.join(' -S ')}`, () => assert.deepEqual(members(...sweeps), expected));

for (const bad of [
  'n=range(1,0)',
  'n=range(0,1,0)',
  'n=range(x)',
  'a=1,',
  'a=[1',
  "a='x",
  'a=glob(*)',
  'a=choice(1,2),3',
  'a=3,range(1,4)',
  'a=interval(0,1)',
  'n=range(1000000)',
])
  test(`-S ${bad} is refused`, () => assert.throws(() => members(bad), /-S /));

test('a random part is the same for the same seed, and has no member twice', () => {
  const axes = ['a=range(100)', 'b=range(100)'].map(readSweep);
  const some = randomMembers(axes, 50, 3);
  assert.deepEqual(randomMembers(axes, 50, 3), some);
  assert.notDeepEqual(randomMembers(axes, 50, 4), some);
  // Of mulberry32, whose first numbers of this seed are 0.6270739, 0.0027357 and 0.5274470.
  assert.deepEqual(randomMembers([readSweep('n=range(1000)')], 3, 1).flat(), ['n=627', 'n=2', 'n=527']);
  assert.equal(new Set(some.map(String)).size, 50);
  assert.equal(randomMembers([readSweep('a=1,2')], 5, 0).length, 2);
  const few = [readSweep('a=1,2,3,4,5')];
  assert.deepEqual(randomMembers(few, 5, 1), allMembers(few), 'all of them are in their order');
});

test('an interval gives values inside of it', () => {
  const axes = ['x=interval(1, 2)', 'y=tag(log, interval(1e-4, 1e-1))', 'z=int(interval(1, 3))'].map(
    readSweep,
  );
  for (const [x, y, z] of randomMembers(axes, 200, 1).map((member) =>
    member.map((text) => Number(text.slice(2))),
  )) {
    assert.ok(x! >= 1 && x! <= 2 && y! >= 1e-4 && y! <= 1e-1, `${x} ${y}`);
    assert.ok([1, 2, 3].includes(z!), String(z));
  }
  const beside = randomMembers(['a=x,y', 'b=interval(0, 1)'].map(readSweep), 100, 1).map(([a]) => a);
  assert.deepEqual(
    [...new Set(beside.map(String))].sort(),
    ['a=x', 'a=y'],
    'what has few values has all of them',
  );
  const whole = randomMembers([readSweep('n=int(interval(1, 2.9))')], 100, 1).flat();
  assert.deepEqual([...new Set(whole)].sort(), ['n=1', 'n=2']);
  assert.deepEqual(randomMembers([readSweep('x=interval(3, 3)')], 1, 0), [['x=3.0']], 'floats stay floats');
  assert.throws(() => allMembers(['a=range(400)', 'b=range(251)'].map(readSweep)), /has 100400 experiments/);
  for (const wrong of ['y=tag(log, interval(0, 1))', 'y=interval(0, x)'])
    assert.throws(() => readSweep(wrong), /an interval has two numbers/, wrong);
  const small = randomMembers(axes, 200, 1).filter((member) => Number(member[1]!.slice(2)) < 10 ** -2.5);
  assert.match(String(small), /x=1\.\d{3}\b/, 'to a thousandth');
  assert.ok(small.length > 80 && small.length < 120, 'half of a logarithmic one is below its geometric mean');
});

const grid = (name: string, text: string): readonly string[] =>
  allMembers(readGrid(Buffer.from(text), name)).map((member) => member.join(' '));

test('grids: products, lists of experiments, and tables', () => {
  assert.deepEqual(grid('g.yaml', 'a: [1, x y]\nb: {c: [[1, 2]], d: 5}\n'), [
    'a=1 b.c=[1, 2] b.d=5',
    'a="x y" b.c=[1, 2] b.d=5',
  ]);
  assert.deepEqual(grid('g.json', '[{"a": 1, "b": {"c": [2]}}, {"a": 2.0}]'), ['a=1 b.c=[2]', 'a=2.0']);
  assert.deepEqual(grid('g.csv', 'a,b\n1,"x,y"\n2,\n'), ['a=1 b=x,y', 'a=2 b=']);
  assert.deepEqual(
    grid('g.csv', '\uFEFF"a",b\n1,2\n'),
    ['a=1 b=2'],
    'a mark of the byte order is no part of a key',
  );
  assert.deepEqual(grid('g.csv', 'a,"b"\r\n 1 ,"x,y"\r\n'), ['a=1 b=x,y']);
  assert.equal(readGrid(Buffer.from('n: int(interval(1, 3))\n'), 'g.yaml')[0]!.kind, 'interval');
  assert.deepEqual(grid('g.tsv', 'a\tb\n1\tx,y\n'), ['a=1 b=x,y']);
  assert.deepEqual(grid('g.csv', 'a\n"say ""x"", y"\n'), ['a=say "x", y']);
  assert.deepEqual(grid('g.yaml', '- {a: {b: 1}}\n- {a: {b: 2}, c: range(2)}\n'), [
    'a.b=1',
    'a.b=2 c="range(2)"',
  ]);
  assert.deepEqual(grid('g.yaml', 'n: range(2)\nm: {}\n'), ['n=0 m={}', 'n=1 m={}']);
  assert.deepEqual(grid('g.yaml', '- {a: {b: {c: 1}}, null: 2}\n'), ['a.b.c=1 null=2']);
  for (const bad of ['', 'a', '[1]', '[]', '[{a: 1}, 2]']) assert.throws(() => grid('g.yaml', bad), /--grid/);
  for (const [row, count] of [
    ['1', 1],
    ['1,2,3', 3],
  ] as const)
    assert.throws(() => grid('g.csv', `a,b\n${row}\n`), new RegExp(`${count} values for 2 keys`));
});

test('a name that is made up is that of no other experiment', () => {
  const asked: string[] = [];
  const name = makeUpName((one) => asked.push(one) <= 150);
  assert.equal(asked.indexOf(name), 150);
  assert.match(name, /^[a-z]+-[a-z]+-150$/);
});

test('what a setting means depends on the folder where it names a file, or a new key', () => {
  for (const setting of ['p.yaml:lr=1', '~p.yaml:lr', '+lr=1', '+p.yaml:lr=a:b', '++lr=1'])
    assert.equal(isRelative(setting), true, setting);
  for (const setting of ['lr=1', '~lr', 'note=a:b', 'm={a: 1}', 'n=1+2:3'])
    assert.equal(isRelative(setting), false, setting);
});
