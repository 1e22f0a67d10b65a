// Checks a pipeline file against the schema and words what is wrong, each problem with its place.
import type { z } from 'zod';
import { toPlain, unmarkKey } from './plain-data.ts';
import type { Place, Problem } from './problem.ts';
import { dvcSchema, metaPipeSchema, pipeSchema } from './schema.ts';
import { isList, isMap, spellScalar } from './spelling.ts';
import { didYouMean } from './suggest.ts';
import type { Scalar, Value } from './value.ts';
import type { ValuePath, YamlSource } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;

/** @param format whose keys are valid: our own in pipeline.yaml, DVC's in dvc.yaml. */
export function validatePipeline(source: YamlSource, format: 'pipe' | 'dvc'): Problem[] {
  if (source.value === null) return [];
  const schema = format === 'pipe' ? pipeSchema : dvcSchema;
  const problems = check(schema.top, source.value, [], source, format);
  const stages = isMap(source.value) ? source.value.get('stages') : undefined;
  if (!isMap(stages)) return problems;
  for (const [name, stage] of stages) {
    const generated = isMap(stage) && (stage.has('foreach') || stage.has('do'));
    const path = ['stages', name];
    problems.push(...check(generated ? schema.foreach : schema.stage, stage, path, source, format));
    const body = generated && isMap(stage) ? stage.get('do') : stage;
    const extension = metaPipe(body);
    if (extension !== undefined) {
      problems.push(
        ...check(
          metaPipeSchema,
          extension,
          [...path, ...(generated ? ['do'] : []), 'meta', 'pipe'],
          source,
          'pipe',
        ),
      );
    }
  }
  return problems;
}

/** Checks a whole file against any schema. */
export function schemaProblems(schema: z.ZodType, source: YamlSource): Problem[] {
  return check(schema, source.value, [], source, 'pipe');
}

/** What stands under `meta.pipe` of a stage. */
export function metaPipe(stage: Value | undefined): Value | undefined {
  const meta = isMap(stage) ? stage.get('meta') : undefined;
  return isMap(meta) ? meta.get('pipe') : undefined;
}

function check(
  schema: z.ZodType,
  value: Value,
  at: ValuePath,
  source: YamlSource,
  format: 'pipe' | 'dvc',
): Problem[] {
  const result = schema.safeParse(toPlain(value));
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => describe(issue, schema, value, at, source, format));
}

function describe(
  given: Issue,
  schema: z.ZodType,
  root: Value,
  base: ValuePath,
  source: YamlSource,
  format: 'pipe' | 'dvc',
): Problem[] {
  const issue = narrow(given);
  const inner = realPath(issue.path, root);
  const path = [...base, ...inner];
  const value = valueAt(root, inner);
  const place = (part?: 'key' | 'value', ...more: Scalar[]): Place => source.place([...path, ...more], part);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = knownKeys(schema, issue.path);
      return issue.keys.map((marked) => {
        const key = unmarkKey(marked, value);
        const hint =
          extensionHint(key, path, format) ?? didYouMean(spellScalar(key), known) ?? keyList(known);
        return {
          code: 'unknown-key',
          title: `unknown key '${spellScalar(key)}' ${whereText(path)}`,
          ...(hint && { hint }),
          place: place('key', key),
        };
      });
    }
    case 'invalid_key':
      return [
        {
          code: 'wrong-type',
          title: `${nameText(path)}: ${issue.issues[0]?.message ?? 'wrong key'}`,
          hint: 'put it into quotes',
          place: place('key'),
        },
      ];
    case 'invalid_type':
      if (value === undefined) return [missing(path, source)];
      return [wrongType(path, expectedWord(issue.expected), value, place())];
    case 'invalid_union': {
      const expected = [
        ...new Set(
          issue.errors.flatMap((branch) =>
            branch.map((one) => ('expected' in one ? expectedWord(String(one.expected)) : one.message)),
          ),
        ),
      ];
      if (value === undefined) return [missing(path, source)];
      return [wrongType(path, expected.join(' or '), value, place())];
    }
    default:
      return [
        { code: 'bad-value', title: `${nameText(path)}: ${lowerFirst(issue.message)}`, place: place() },
      ];
  }
}

/** Of the alternatives of a union, the one whose outer type fits the value, when there is one. */
function narrow(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const fitting = issue.errors.filter(
    (branch) => !branch.some((one) => one.code === 'invalid_type' && one.path.length === 0),
  );
  const [only] = fitting;
  const [first] = only ?? [];
  if (fitting.length !== 1 || !first) return issue;
  return narrow({ ...first, path: [...issue.path, ...first.path] });
}

function realPath(path: readonly PropertyKey[], root: Value): ValuePath {
  let at: Value | undefined = root;
  return path.map((step) => {
    const key = typeof step === 'number' ? step : unmarkKey(String(step), at);
    at = isMap(at) ? at.get(key) : isList(at) ? at[Number(key)] : undefined;
    return key;
  });
}

function valueAt(root: Value, path: ValuePath): Value | undefined {
  let at: Value | undefined = root;
  for (const step of path) at = isMap(at) ? at.get(step) : isList(at) ? at[Number(step)] : undefined;
  return at;
}

function missing(path: ValuePath, source: YamlSource): Problem {
  const key = path.at(-1)!;
  return {
    code: 'missing-key',
    title: `'${String(key)}' is missing ${whereText(path.slice(0, -1))}`,
    place: source.place(path.slice(0, -1), 'key'),
  };
}

function wrongType(path: ValuePath, expected: string, value: Value, place: Place): Problem {
  const template = typeof value === 'string' && value.includes('${') && !expected.includes('string');
  return {
    code: 'wrong-type',
    title: `${nameText(path)}: expected ${expected}, got ${typeWord(value)}`,
    ...(template && {
      hint: 'types are checked before templates are resolved: a template can only stand for a text here',
    }),
    ...(typeof value !== 'string' &&
      expected.startsWith('a string') &&
      (value === null || typeof value !== 'object') && { hint: 'put it into quotes' }),
    place,
  };
}

function expectedWord(expected: string): string {
  switch (expected) {
    case 'string':
      return 'a string';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'object':
    case 'record':
      return 'a mapping';
    case 'null':
      return 'nothing';
    default:
      return expected;
  }
}

function typeWord(value: Value): string {
  if (value === null) return 'nothing';
  if (isList(value)) return 'a list';
  if (isMap(value)) return 'a mapping';
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value)}`;
  return typeof value === 'boolean' ? String(value) : `the number ${spellScalar(value)}`;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function nameText(path: ValuePath): string {
  if (path.length === 0) return 'the file';
  const words = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${spellScalar(step)}`));
  return words.join('').replace(/^\./, '');
}

const whereText = (path: ValuePath): string =>
  path.length === 0 ? 'at the top of the file' : `in ${nameText(path)}`;

const EXTENSIONS = new Set(['env', 'resources', 'retry', 'timeout']);

function extensionHint(key: Scalar, path: ValuePath, format: 'pipe' | 'dvc'): string | undefined {
  if (format === 'pipe' || typeof key !== 'string') return undefined;
  if (EXTENSIONS.has(key) && path[0] === 'stages' && path.length === 2) {
    return `'${key}' is an extension of pipeline.yaml; in a dvc.yaml write \`meta: {pipe: {${key}: …}}\``;
  }
  const onlyPipe =
    (path.length === 0 && (key === 'config' || key === 'include')) ||
    (path[0] === 'stages' && key === 'defaults') ||
    key === 'imports';
  return onlyPipe ? `'${key}' is an extension that is valid in pipeline.yaml only` : undefined;
}

const keyList = (known: readonly string[]): string | undefined =>
  known.length > 0 ? `possible here: ${known.join(', ')}` : undefined;

/** The keys that the schema knows at a path. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const inner = schema as unknown as {
    def: {
      type: string;
      innerType?: z.ZodType;
      options?: z.ZodType[];
      element?: z.ZodType;
      valueType?: z.ZodType;
      shape?: Record<string, z.ZodType>;
    };
  };
  const { def } = inner;
  if (def.innerType) return knownKeys(def.innerType, path);
  if (def.options) return def.options.flatMap((option) => knownKeys(option, path));
  const [step, ...rest] = path;
  if (step === undefined) return def.shape ? Object.keys(def.shape) : [];
  const next = def.shape?.[String(step)] ?? def.element ?? def.valueType;
  return next ? knownKeys(next, rest) : [];
}
