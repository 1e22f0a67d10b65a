// The quick reader of lock files reads what we write, and means what the YAML reader means or hands over to it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWhole } from '../amount.ts';
import { anyText } from '../any-text.ts';
import type { Digest } from '../../src/hash/hash.ts';
import type { Lock, LockEntry, LockedPath } from '../../src/lock/lock.ts';
import { formatLock, parseYamlLock, pipeFormat, readEmitted, readKnownEmitted } from '../../src/own/own.ts';
import type { Value } from '../../src/base/base.ts';

const head = "schema: 'pipe/1'";
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  anyText({ maxLength: 6 }),
  fc.constantFrom(
    'null',
    'true',
    '1',
    '1e5',
    '.inf',
    'no',
    '-',
    '- a',
    'a: b',
    'a #b',
    '"',
    "it's",
    '{}',
    'ä',
    'a b',
    '~',
  ),
);
const scalar: fc.Arbitrary<Value> = fc.oneof(
  text,
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 3 }).map((pairs): Value => new Map(pairs)),
  ),
}));
const mapOf = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<ReadonlyMap<string, T>> =>
  fc.array(fc.tuple(text, item), { maxLength: 3 }).map((pairs) => new Map(pairs));
const path: fc.Arbitrary<LockedPath> = fc
  .tuple(text, fc.stringMatching(/^[0-9a-f]{64}$/), fc.nat(), fc.boolean(), fc.boolean())
  .map(([path, digest, size, folder, isexec]) => ({
    path,
    content: {
      digest: (folder ? `${digest}.dir` : digest) as Digest,
      size,
      ...(folder && { nfiles: size % 7 }),
      ...(isexec && !folder && { isexec: true as const }),
      ...(isexec && folder && { links: digest as Digest }),
    },
  }));
const paths = fc.array(path, { maxLength: 3 });
const plain = { noNullPrototype: true };
const entry: fc.Arbitrary<LockEntry> = fc.record(
  {
    cmd: fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })),
    wdir: fc.oneof(
      fc.constant('.'),
      text.filter((path) => path !== ''),
    ),
    env: mapOf(text).map((map) => Object.fromEntries(map)),
    deps: paths,
    params: mapOf(mapOf(value)),
    outs: paths,
  },
  plain,
);
const texts = fc.array(text, { maxLength: 2 });
const data = (out: LockedPath): [string, LockEntry] => [
  out.path,
  { data: true, cmd: '', wdir: '.', env: {}, deps: [], params: new Map(), outs: [out] },
];
const lock: fc.Arbitrary<Lock> = fc.record(
  {
    entries: fc
      .tuple(fc.uniqueArray(path, { maxLength: 3, selector: (out) => out.path }), mapOf(entry))
      .map(([paths, stages]) => {
        const before = new Map(paths.map(data));
        return new Map([...before, ...[...stages].filter(([name]) => !before.has(name))]);
      }),
    overlay: fc.record({ files: texts, set: texts }, plain),
  },
  plain,
);

/** With all entries read. */
const whole = (lock: Lock): Lock => ({ ...lock, entries: new Map(lock.entries) });

test('reads every lock file that we write', () => {
  fc.assert(
    fc.property(lock, (lock) => {
      const written = formatLock(lock);
      const read = readEmitted(written, head);
      if (/\.(?:nan|inf)/.test(written)) return;
      assert.ok(read);
      assert.deepEqual(whole(read), lock);
      assert.deepEqual(whole(read), parseYamlLock(written, 'pipeline.lock'));
      const previous = { text: written, lock: read, isKept: () => true };
      assert.equal([...pipeFormat.format(lock, previous)].join(''), written);
    }),
    { numRuns: isWhole ? 500 : 100 },
  );
});

test('a stage may read more paths than a call takes arguments', () => {
  const digest = '0'.repeat(64) as Digest;
  const deps = Array.from({ length: 50_000 }, (_, n) => ({ path: `in/${n}`, content: { digest, size: 0 } }));
  const entry: LockEntry = { cmd: 'join', wdir: '.', env: {}, deps, params: new Map(), outs: [] };
  const lock: Lock = { entries: new Map([['join', entry]]), overlay: { files: [], set: [] } };
  assert.equal(whole(readEmitted(formatLock(lock), head)!).entries.get('join')!.deps.length, deps.length);
});

test('characters that end a line, or that a terminal acts upon, come back from wherever they stand', () => {
  for (const char of ['\x7f', '\x85', '\u2028', '\u2029', '\ufeff', '\x00', '\n']) {
    const params = new Map([[char, new Map<string, Value>([[char, [char, new Map([[char, char]])]]])]]);
    const entry: LockEntry = { cmd: char, wdir: char, env: { [char]: char }, deps: [], params, outs: [] };
    const lock: Lock = { entries: new Map([[char, entry]]), overlay: { files: [char], set: [char] } };
    assert.deepEqual(whole(readEmitted(formatLock(lock), head)!), lock);
    assert.deepEqual(parseYamlLock(formatLock(lock), 'pipeline.lock'), lock);
  }
});

test('an entry that is there twice, as after a merge, is no entry', () => {
  const entry: LockEntry = { cmd: 'a', wdir: '.', env: {}, deps: [], params: new Map(), outs: [] };
  const lock: Lock = { entries: new Map([['s', entry]]), overlay: { files: [], set: [] } };
  const written = formatLock(lock);
  const twice = written + written.slice(written.indexOf('  s:'));
  assert.equal(readEmitted(twice, head), undefined);
  assert.throws(() => parseYamlLock(twice, 'pipeline.lock'));
});

test('what is there twice, incomplete or too deep is left to the YAML reader', () => {
  const digest = 'a'.repeat(64) as Digest;
  const folder = { digest: `${digest}.dir` as Digest, size: 1, nfiles: 2, links: digest };
  const entry: LockEntry = {
    cmd: 'a',
    wdir: '.',
    env: { A: 'x' },
    deps: [{ path: 'file', content: { digest, size: 1 } }],
    params: new Map([['p', new Map<string, Value>([['k', [new Map([['in', 1n]])]]])]]),
    outs: [{ path: 'folder', content: folder }],
  };
  const [name, raw] = data({ path: 'raw', content: { digest, size: 1 } });
  const entries = new Map([[name, raw] as const, ['s', entry] as const]);
  const written = formatLock({ entries, overlay: { files: [], set: [] } });
  assert.deepEqual(whole(readEmitted(written, head)!).entries, entries);
  const [rawLines] = /- path: raw\n(?: {2}.*\n)+?(?=stages)/.exec(written)!;
  const deep = '['.repeat(60) + ']'.repeat(60);
  for (const [before, after] of [
    ['      A: x\n', '      A: x\n      A: z\n'],
    [/ {6}p:\n.*\n/, '$&$&'],
    ['{"in": 1}', '{"in": 1, "in": 2}'],
    [rawLines, rawLines + rawLines],
    ['  s:\n', '  raw:\n'],
    [/ {6}nfiles: 2\n/, ''],
    [/ {6}size: 1\n/, '$&      nfiles: 2\n'],
    [/links: a{64}/, 'links: aa'],
    [/links: a{64}/, '$&.dir'],
    ['[{"in": 1}]', deep],
    [/$/, 'more: 1\n'],
  ] as const) {
    const text = written.replace(before, after);
    assert.notEqual(text, written, String(before));
    assert.equal(readEmitted(text, head), undefined, text);
  }
});

test('takes nothing for something that the YAML reader takes for something else', () => {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat(4),
    insert: fc.oneof(
      text,
      fc.constantFrom(
        '\n',
        ' ',
        '  ',
        ':',
        '"',
        "'",
        '#',
        '\t',
        '- ',
        '&a ',
        '*a',
        '!!str ',
        '<<: ',
        '\r',
        '[',
        '}',
        ',',
        '\n# x\n',
      ),
    ),
  });
  let accepted = 0;
  fc.assert(
    fc.property(lock, edit, (lock, { at, remove, insert }) => {
      const written = formatLock(lock);
      const offset = Math.floor(at * written.length);
      const edited = written.slice(0, offset) + insert + written.slice(offset + remove);
      const read = readEmitted(edited, head);
      if (!read) return;
      accepted += 1;
      assert.deepEqual(whole(read), parseYamlLock(edited, 'pipeline.lock'));
      assert.deepEqual(whole(readKnownEmitted(edited)), whole(read));
      const previous = { text: edited, lock: read, isKept: () => true };
      const again = [...pipeFormat.format(read, previous)].join('');
      assert.deepEqual(whole(readEmitted(again, head)!), whole(read));
    }),
    // Of few, none may be one that is accepted, so these are always the same.
    isWhole ? { numRuns: 2000 } : { numRuns: 400, seed: 1 },
  );
  assert.ok(accepted > 0, `edits of names, commands and numbers are still ours: ${accepted}`);
});
