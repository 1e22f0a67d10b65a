// Edits of the pipeline files of public repositories, as they are and changed in ways that people write, leave every byte
// of before behind. Which file meets which change at which stage depends on its place in the list.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isWhole, sampleOf } from '../../amount.ts';
import { addStage, removeStages, setFrozen } from '../../../src/pipeline/pipeline.ts';
import { PipeError, type ValueMap } from '../../../src/base/base.ts';
import { readYaml } from '../../../src/yaml/yaml.ts';

const FILE = 'dvc.yaml';
const changes: readonly ((text: string) => string)[] = [
  (text) => text.replace(/\r?\n/g, '\r\n'),
  (text) => `\uFEFF${text}`,
  (text) => text.replace(/([\w\]"'])\n/g, '$1\t\n'),
  (text) => text.trimEnd(),
  (text) => `---\n${text.replace(/^---\s*\n/, '')}\n...\n`,
  (text) => text.replace(/^( *)(\S.*)$/gm, '$1# above\n$1$2'),
  (text) => text.replace(/^( *)([\w@-]+:.*)$/gm, '$1            # deep\n$1$2'),
  (text) => text.replace(/([\w\]])\n/g, '$1 # at the end\n'),
  (text) => text.replace(/^( {2,4})([\w@-]+):[ \t]*$/gm, (_, indent, key) => `${indent}${key}: &${key}`),
  (text) => text.replace(/\n/g, '\n\n'),
  (text) => text.replace(/^( *)([\w-]+):/gm, '$1"$2":'),
  (text) => text.replace(/^ +/gm, (indent) => indent.repeat(4)),
  (text) => text.replace(/^( {2})([\w@-]+):[ \t]*$/gm, '$1$2: !!map'),
];

function stageNames(text: string): readonly string[] | undefined {
  try {
    const stages = (readYaml(text, FILE).value as ValueMap).get('stages') as ValueMap | undefined;
    const isFrozen = (stage: ValueMap): boolean =>
      ((stage.get('do') as ValueMap | undefined) ?? stage).get('frozen') !== undefined;
    return [...(stages ?? [])]
      .filter(([, stage]) => !isFrozen(stage as ValueMap))
      .map(([name]) => String(name));
  } catch (error) {
    if (error instanceof PipeError) return undefined; // a change went into a text over several lines
    throw error;
  }
}

test('of every file', (t) => {
  const fixtures = process.env['PIPE_FIXTURES'];
  if (!fixtures) return t.skip('PIPE_FIXTURES is not set');
  const files = globSync('dvc/corpus/*/files/**/dvc.yaml', { cwd: fixtures }).sort();
  assert.ok(files.length > 100);
  let tried = 0;
  for (const [index, file] of sampleOf([...files.entries()], 5)) {
    const original: string = readFileSync(join(fixtures, file), 'utf8');
    const change = changes[index % changes.length]!;
    for (const text of [original, change(original)]) {
      const names = stageNames(text);
      if (!names) continue;
      tried += 1;
      const message = `${file}, change ${text === original ? 'none' : index % changes.length}`;
      const added = addStage(
        text,
        FILE,
        'added',
        { cmd: 'x', deps: ['i'], outs: [{ o: { cache: false } }] },
        false,
      );
      assert.equal(removeStages(added, FILE, ['added']), text, message);
      const name = names[index % names.length];
      if (name === undefined) continue;
      const frozen = setFrozen(text, FILE, [name], true);
      assert.notEqual(frozen, text, message);
      assert.equal(setFrozen(frozen, FILE, [name], false), text, message);
      removeStages(text, FILE, [name]);
    }
  }
  assert.ok(tried > (isWhole ? 200 : 40), `${tried} texts`);
});
