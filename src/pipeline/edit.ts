// Edits of a pipeline file's text on behalf of the user: everything that is not touched keeps its comments and order.
import type { Document, Pair, Scalar, YAMLMap } from 'yaml';
import { loadPackage } from './load-package.ts';
import { PipeError } from './problem.ts';

const yaml = loadPackage('yaml');

/** A stage as `stage add` declares it; keys in the order in which they are to stand. */
export type StageDeclaration = Readonly<Record<string, unknown>>;

// Long commands stay on one line: a person wrote them so.
const STYLE = { lineWidth: 0 } as const;

/**
 * Sets or removes `frozen: true` of a declared stage; of a `foreach` all members are frozen.
 * @throws PipeError when the file declares no such stage.
 */
export function setFrozen(text: string, file: string, name: string, frozen: boolean): string {
  const document = parse(text);
  const stage = declared(document, file, name);
  const target = stage.has('do') ? (stage.get('do') as YAMLMap) : stage;
  if (frozen) target.set('frozen', true);
  else target.delete('frozen');
  return document.toString(STYLE);
}

/** @throws PipeError when the file declares no such stage. */
export function removeStage(text: string, file: string, name: string): string {
  const document = parse(text);
  declared(document, file, name);
  document.deleteIn(['stages', name]);
  return document.toString(STYLE);
}

/** @throws PipeError when the file has such a stage already and `replace` is not given. */
export function addStage(
  text: string,
  file: string,
  name: string,
  stage: StageDeclaration,
  replace: boolean,
): string {
  const document = text.trim() === '' ? new yaml.Document({}) : parse(text);
  if (document.hasIn(['stages', name]) && !replace) throw new PipeError(existsProblem(file, name));
  if (!yaml.isMap(document.get('stages'))) document.set('stages', document.createNode({}));
  document.setIn(['stages', name], document.createNode(stage));
  return document.toString(STYLE);
}

function parse(text: string): Document {
  return yaml.parseDocument(text, { merge: true });
}

function declared(document: Document, file: string, name: string): YAMLMap {
  const stages = document.get('stages');
  const stage = yaml.isMap(stages) ? stages.get(name) : undefined;
  if (yaml.isMap(stage)) return stage;
  const names = yaml.isMap(stages) ? (stages.items as Pair<Scalar>[]).map((pair) => String(pair.key)) : [];
  const group = name.split('@', 1)[0]!;
  throw new PipeError({
    code: 'stage-not-declared',
    title: `'${name}' does not stand in ${file} as a stage of its own`,
    ...(names.length > 0 && { facts: [['declared', names.join(', ')]] as const }),
    hint: names.includes(group)
      ? `it is made by '${group}': name that, for all its members`
      : 'check the name',
    place: { file },
  });
}

function existsProblem(file: string, name: string): ConstructorParameters<typeof PipeError>[0] {
  return {
    code: 'stage-exists',
    title: `${file} has a stage '${name}' already`,
    hint: 'give -f to replace it, or another name',
    place: { file },
  };
}
