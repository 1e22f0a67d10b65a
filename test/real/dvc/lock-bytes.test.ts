// The bytes of dvc.lock: thousands of random documents through DVC's YAML writer, and a generated pipeline whose
// commands and parameters are as odd as they may be through DVC itself.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { emitMapping } from '../../../src/dvc/dvc.ts';
import type { ValueMap } from '../../../src/base/base.ts';
import { decode, type Recorded } from '../../lock/encoded-value.ts';
import { dvcPrograms, makeTwins } from './twins.ts';

test('random documents get the bytes that DVC gives them', { timeout: 300_000 }, () => {
  const seed = Math.floor(Math.random() * 1e9);
  const { stdout, stderr } = spawnSync(
    join(dvcPrograms(), 'python'),
    [join(import.meta.dirname, 'yaml_documents.py'), String(seed), '4000'],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  const documents = JSON.parse(stdout || stderr) as readonly Recorded[];
  assert.equal(documents.length, 4000);
  for (const [document, text] of documents)
    assert.equal(emitMapping(decode(document) as ValueMap, 0), text, `seed ${seed}`);
});

const ODD = [
  'a: b',
  '# no comment',
  'a #b',
  '"double"',
  "it's",
  '- x',
  '? y',
  '{a}',
  '[b]',
  '*c',
  '&d',
  '!e',
  '%f',
  '@g',
  '|',
  '>',
  'tab\there',
  'ünïcödé',
  '日本語 のテキスト',
  '🎉🎉',
  '\u00a0',
  '\u0085',
  'back\\slash',
  'x'.repeat(200),
  'word '.repeat(40),
  'two  spaces  each  '.repeat(10),
  '"quoted words" '.repeat(12),
  "it's long " + 'and longer '.repeat(15),
];

/** As one word of the shell, in YAML's double quotes. */
const shellWord = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;
const yamlText = (text: string): string => JSON.stringify(text);

const VALUES = [
  '1',
  '-7',
  '0x1F',
  '0o17',
  '12345678901234567890123',
  '1_000',
  '0.1',
  '1.0',
  '1e3',
  '1e-05',
  '1.5e300',
  '.5',
  '-0.0',
  '.inf',
  '-.inf',
  'true',
  'False',
  'null',
  '~',
  "''",
  'plain',
  "'1'",
  "'true'",
  "'2020-01-01'",
  "'a: b'",
  '"x\\ny"',
  '"\\u0007"',
  '[]',
  '{}',
  '[1, [2, [3]], {a: [b]}]',
  '{a: {b: {c: null}}, 1: one, true: yes}',
  `'${'long text '.repeat(20).trim()}'`,
  '[x, y, "z w"]',
  '"it\'s"',
  '日本語',
];

test('a pipeline of odd commands and parameters', { timeout: 600_000 }, async (t) => {
  const commands = ODD.map(
    (text, index) => `  c${index}:
    cmd: ${yamlText(`: ${shellWord(text)}`)}
    deps: [in]
    outs: [{out${index}: {persist: true, cache: false}}]
`,
  );
  const params = VALUES.map((_, index) => `v${index}`).join(', ');
  const pipeline = `stages:
${commands.join('')}
  list:
    cmd:
${ODD.map((text) => `    - ${yamlText(`: ${shellWord(text)}`)}\n`).join('')}
    deps: [in]
  lines:
    cmd: ${yamlText(ODD.map((text) => `: ${shellWord(text)}`).join('\n'))}
    deps: [in]
  values:
    cmd: echo
    params: [${params}, nest, nest.list, nest.map, nest.list.0]
  ${'long'.repeat(40)}:
    cmd: echo long
    deps: [in]
  whole:
    cmd: echo
    params: [{other.yaml: }, {more.json: []}]
`;
  const outs = Object.fromEntries(ODD.map((_, index) => [`out${index}`, '']));
  const twins = makeTwins(t, {
    'dvc.yaml': pipeline,
    'params.yaml':
      VALUES.map((value, index) => `v${index}: ${value}\n`).join('') +
      'nest:\n  list: [[1], [2]]\n  map: {a: {b: c}}\n',
    'other.yaml':
      VALUES.map((value, index) => `w${index}: ${value}\n`).join('') + 'shared: &s [1]\nagain: *s\n',
    'more.json': '{"b": 1.0, "a": [null, true, 1e22, 123456789012345678]}',
    in: 'in',
    ...outs,
  });
  await twins.step('first run', 'pipe');
  await twins.step('nothing', 'dvc');
  await twins.step('one stage, by us', 'pipe', (at) => at.replace('params.yaml', 'v0: 1\n', 'v0: 2\n'));
  await twins.step('all stages that read it, by DVC', 'dvc', (at) => {
    at.remove('in');
    at.write('in', 'other');
  });
});
