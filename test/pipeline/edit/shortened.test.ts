// Edits of a large pipeline file give what edits of the same file with one stage in place of thousands give.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addStage,
  removeStages,
  renameKey,
  setFrozen,
  setValue,
  shortened,
} from '../../../src/pipeline/pipeline.ts';
import { PipeError } from '../../../src/base/base.ts';

const FILE = 'pipeline.yaml';
const ONE = '  many: {cmd: echo}\n';
const MANY = Array.from({ length: 1100 }, (_, at) => many(at)).join('');
function many(at: number): string {
  const name = at % 21 === 0 ? `"m ${at}"` : `m${at}`;
  return at % 3 === 0
    ? `  # above ${at}\n  ${name}:\n    cmd: |\n      echo ${at}\n      # of the command\n        # below ${at}\n\n`
    : `  ${name}: # at it\n    cmd: echo ${at} > o${at}\n    deps:\n    - i/${at}\n    outs: [o${at}]\n`;
}

const A = '  a: # at a\n    cmd: x\n    frozen: false\n    # below a\n\n';
const B = '  # above b\n  b:\n      # deep\n    cmd: |\n      y\n      # y\n';
const files: readonly string[] = [
  `# top\nstages:\n${ONE}${A}${B}# end\n`,
  `stages:\n${A}${ONE}${B}\n\nconfig:\n  remotes:\n    r: {url: /x}\ndata:\n- path: d\n`,
  `data:\n  - d\nconfig:\n  remotes:\n    r:\n      url: /x\nstages:\n${A}${B}${ONE}      # deep\n  # end of all\n# end\n`,
  `stages:\n${ONE}${A}${ONE.replace('many', 'other')}${B}`,
];
const edits: Readonly<Record<string, (text: string) => string>> = {
  'a stage is added': (text) => addStage(text, FILE, 'new', { cmd: 'z', deps: ['i'], outs: ['o'] }, false),
  'a stage is replaced': (text) => addStage(text, FILE, 'a', { cmd: 'z', deps: ['i'] }, true),
  'a stage is removed': (text) => removeStages(text, FILE, ['b']),
  'two are removed': (text) => removeStages(text, FILE, ['b', 'a']),
  'a stage is frozen': (text) => setFrozen(text, FILE, ['b'], true),
  'two are frozen': (text) => setFrozen(text, FILE, ['a', 'b'], true),
  'a value is set': (text) => setValue(text, FILE, ['config', 'remotes', 'q'], { url: 'y' }),
  'a value is removed': (text) => setValue(text, FILE, ['config', 'remotes', 'r'], undefined),
  'a value of a stage is set': (text) => setValue(text, FILE, ['stages', 'a', 'cmd'], 'z'),
  'a key is renamed': (text) => renameKey(text, FILE, ['config', 'remotes', 'r'], 'q'),
  'a stage that is there is added': (text) => addStage(text, FILE, 'a', { cmd: 'z' }, false),
  'a stage that is not there is removed': (text) => removeStages(text, FILE, ['c']),
};

for (const [what, edit] of Object.entries(edits))
  test(what, () => {
    for (const file of files) {
      const large = file.replace(ONE, MANY);
      assert.ok(large.length > 1 << 16);
      assert.equal(outcome(edit, large), outcome(edit, file)?.replace(ONE, MANY), file);
    }
  });

/** Undefined for an edit that is refused. */
function outcome(edit: (text: string) => string, text: string): string | undefined {
  try {
    return edit(text);
  } catch (error) {
    if (error instanceof PipeError) return undefined;
    throw error;
  }
}

test('a refusal names the place in the whole file', () => {
  const text = files[0]!.replace(ONE, MANY);
  const line = text.split('\n').findIndex((one) => one.startsWith('  a:')) + 1;
  assert.throws(
    () => addStage(text, FILE, 'a', { cmd: 'z' }, false),
    ({ problems }: PipeError) => problems[0]!.place!.line === line,
  );
  assert.throws(() => addStage(text, FILE, 'm1', { cmd: 'z' }, false), /has a stage 'm1' already/);
});

test('what is left out of a large file comes back only to where it was', () => {
  const text = files[1]!.replace(ONE, MANY);
  const short = shortened(text, ['b'])!;
  assert.ok(short.text.length < 6000, `${short.text.length} characters`);
  assert.match(short.text, /^ {2}b:$/m);
  assert.equal(short.restored(short.text), text);
  const [entry] = /^ {2}left-out-.*:\n/m.exec(short.text)!;
  const without = short.text.replace(entry, '');
  for (const changed of [
    without,
    short.text.replace(entry, entry + entry),
    `${without}more:\n${entry}`,
    short.text.replace(entry, `  c:\n    cmd: |\n    ${entry}`),
    short.text.replace(entry, `${entry}    cmd: x\n`),
    short.text.replace('- path: d', '- path: &d d'),
  ])
    assert.equal(short.restored(changed), undefined, changed);
});

test('small files, and those that are not simple, are edited as they are', () => {
  const large = files[1]!.replace(ONE, MANY);
  for (const text of [
    files[1]!,
    `vars: [{x: &x 1}]\n${large}`,
    large.trimEnd(),
    large.replace('\n', '\r\n'),
    `x:\n${MANY}`,
  ])
    assert.equal(shortened(text, []), undefined);
});
