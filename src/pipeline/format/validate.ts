// Checks a pipeline file against its schema and words each fault as a problem with its place.
import { faultsOf, type SchemaFault, type Schema } from './check-schema.ts';
import type { FileFormat } from './file-format.ts';
import { foreignKeyHint } from './foreign-keys.ts';
import { pipelineYaml } from './pipeline-yaml.ts';
import { withoutLine, type Problem } from '../../base/problem.ts';
import schemas from '../../../schema/checked-schemas.json' with { type: 'json' };
import { isList, isMap, spellScalar } from '../../base/spelling.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Value, ValuePath } from '../../base/value.ts';
import type { YamlSource } from '../../yaml/yaml-source.ts';

/** More would not help the reader. */
const MAX_PROBLEMS = 100;

/** @param format of the file, which decides which keys are valid. */
export function validatePipeline(source: YamlSource, format: FileFormat): Problem[] {
  if (source.value === null) return [];
  const { top, stage: plain, foreach } = format.schemas;
  const faults = faultsOf(top, source.value, []);
  const stages = isMap(source.value) ? source.value.get('stages') : undefined;
  if (isMap(stages)) {
    for (const [name, stage] of stages) {
      const generated = isMap(stage) && (stage.has('foreach') || stage.has('do'));
      const path = ['stages', name];
      faults.push(...faultsOf(generated ? foreach : plain, stage, path));
      const body = generated ? stage.get('do') : stage;
      if (format.extensionSchema === undefined || !isMap(body)) continue;
      const { map, path: inner } = format.extensionsOf(body);
      if (map !== undefined)
        faults.push(
          ...faultsOf(format.extensionSchema, map, [...path, ...(generated ? ['do'] : []), ...inner]),
        );
    }
  }
  return inFileOrder(faults.slice(0, MAX_PROBLEMS).map((fault) => describe(fault, source, format)));
}

export function inFileOrder(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map(({ place }) => place?.file))];
  const key = ({ place }: Problem): number =>
    files.indexOf(place?.file) * 1e12 + (place?.line ?? 0) * 1e6 + (place?.column ?? 0);
  return [...problems].sort((a, b) => key(a) - key(b));
}

/** Checks another file as a whole. */
export function validateFile(source: YamlSource, kind: 'config' | 'dvcFile' | 'dvcLock'): Problem[] {
  return faultsOf(schemas[kind] as Schema, source.value, []).map((fault) =>
    describe(fault, source, pipelineYaml),
  );
}

function describe(fault: SchemaFault, source: YamlSource, format: FileFormat): Problem {
  const problem = inWords(fault, source, format);
  // A line about a remote can have a secret, under a misspelled key too.
  return fault.path[0] === 'config' && fault.path[1] === 'remotes' ? withoutLine(problem) : problem;
}

function inWords(fault: SchemaFault, source: YamlSource, format: FileFormat): Problem {
  const { path } = fault;
  switch (fault.kind) {
    case 'unknown': {
      const key = spellScalar(fault.key);
      const hint =
        format.unknownKeyHint(key, path) ??
        foreignKeyHint(key, path) ??
        didYouMean(key, fault.known) ??
        keyList(fault.known);
      return {
        code: 'unknown-key',
        title: `unknown key '${key}' ${whereText(path)}`,
        ...(hint !== undefined && { hint }),
        place: source.place([...path, fault.key], 'key'),
      };
    }
    case 'missing':
      return {
        code: 'missing-key',
        title: `'${fault.key}' is missing ${whereText(path)}`,
        ...(fault.key === 'cmd' && {
          hint: 'add the command that makes the outputs: `cmd: python train.py`',
        }),
        place: source.place(path, 'key'),
      };
    case 'key':
      return {
        code: 'wrong-type',
        title: `${nameText(path)}: expected a string as key`,
        hint: 'put it into quotes',
        place: source.place(path, 'key'),
      };
    case 'value':
      return { code: 'bad-value', title: `${nameText(path)}: ${fault.expected}`, place: source.place(path) };
    case 'type': {
      const expected = fault.expected.map(expectedWord).join(' or ');
      const hint = listHint(path, fault.value, fault.expected) ?? typeHint(fault.value, fault.expected);
      return {
        code: 'wrong-type',
        title: `${nameText(path)}: expected ${expected}, got ${typeWord(fault.value)}`,
        ...(hint !== undefined && { hint }),
        place: source.place(path),
      };
    }
  }
}

/** Where a list is expected, one item, or a mapping of items, is a common slip. */
function listHint(path: ValuePath, value: Value, expected: readonly string[]): string | undefined {
  if (!expected.includes('array')) return undefined;
  const key = spellScalar(path.findLast((step) => typeof step === 'string') ?? '');
  if (typeof value === 'string' && !value.includes('${')) return `write a list: \`${key}: [${value}]\``;
  if (isMap(value)) return `write a list: put \`- \` before each item of \`${key}:\``;
  return undefined;
}

function typeHint(value: Value, expected: readonly string[]): string | undefined {
  if (typeof value === 'string') {
    return value.includes('${')
      ? 'types are checked before templates are resolved: a template is allowed only where a string is'
      : undefined;
  }
  const scalar = value !== null && typeof value !== 'object';
  return scalar && expected.includes('string') ? 'put it into quotes' : undefined;
}

const WORDS: { readonly [type: string]: string } = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'nothing',
};

const expectedWord = (type: string): string => WORDS[type] ?? type;

function typeWord(value: Value): string {
  if (value === null) return 'nothing';
  if (isList(value)) return 'a list';
  if (isMap(value)) return 'a mapping';
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value)}`;
  return typeof value === 'boolean' ? String(value) : `the number ${spellScalar(value)}`;
}

function nameText(path: ValuePath): string {
  if (path.length === 0) return 'the file';
  const words = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${spellScalar(step)}`));
  return words.join('').replace(/^\./, '');
}

const whereText = (path: ValuePath): string =>
  path.length === 0 ? 'at the top of the file' : `in ${nameText(path)}`;

const keyList = (known: readonly string[]): string | undefined =>
  known.length > 0 ? `possible here: ${known.join(', ')}` : undefined;
