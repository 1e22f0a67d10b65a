// Adds a stage to a pipeline file, with the layout of the existing stages.
import { endsInBlockScalar } from '../../yaml/block-scalar-end.ts';
import { afterEntry, insertLastInBlock, insertLastInFlow, insertLines } from '../../yaml/insert-entry.ts';
import { columnOf, lineEndStyle, lineStart } from '../../yaml/lines.ts';
import { entryNamed, type Entry, type Mapping } from '../../yaml/mapping.ts';
import { splice, type Edit } from '../../yaml/splice.ts';
import { blockEntry, flowEntry, type Plain } from '../../yaml/write-entry.ts';
import { PipeError } from '../../base/problem.ts';
import type { Value } from '../../base/value.ts';
import { DEFAULT_LAYOUT, layoutOf } from './layout.ts';
import {
  editText,
  invalid,
  openText,
  refused,
  stagesOf,
  unexpected,
  withKey,
  writtenStages,
  type PipelineText,
} from './pipeline-text.ts';
import { anchorEdits } from './remove-stages.ts';
import { insertSectionInFlow, sectionHead } from './stages-section.ts';

/** A stage as `stage add` declares it, its keys in the order in which they are written. */
export type StageDeclaration = { readonly [key: string]: Plain };

/**
 * @param text undefined for a file that does not exist; @param file its name in messages.
 * @throws PipeError when the file is not valid YAML, or has a stage of this name and `replace` is false.
 */
export function addStage(
  text: string | undefined,
  file: string,
  name: string,
  stage: StageDeclaration,
  replace: boolean,
): string {
  if (text === undefined) return ['stages:', ...blockEntry(name, stage, 2, DEFAULT_LAYOUT), ''].join('\n');
  return editText(text, [name], (bare) => {
    const at = openText(bare, file);
    const next = splice(bare, editsFor(at, name, stage, replace));
    check(at, openText(next, file), name, stage);
    return next;
  });
}

function editsFor(
  at: PipelineText,
  name: string,
  stage: StageDeclaration,
  replace: boolean,
): readonly Edit[] {
  const stages = writtenStages(at);
  if (!stages) return [beginSection(at, name, stage)];
  const existing = entryNamed(stages, name);
  if (existing && replace) return replaceStage(at, stages, existing, name, stage);
  if (stagesOf(at.value).has(name)) throw new PipeError(existsProblem(at, name));
  const { text, token } = at;
  const layout = layoutOf(text, token) ?? DEFAULT_LAYOUT;
  if (stages.style === 'block') return [insertLastInBlock(text, stages, name, stage, layout, endsOpen(at))];
  const { headerEnd, end, start } = at.stages!;
  // `{}` on the line of its key is replaced by a block; other spellings are kept.
  if (at.top!.style === 'flow' || !text.startsWith(' {}', headerEnd) || headerEnd + 3 !== end)
    return [insertLastInFlow(stages, name, stage)];
  const column = columnOf(text, start);
  const lines = blockEntry(name, stage, column + layout.step, layout);
  return [
    { start: headerEnd, end, text: '' },
    insertLines(text, afterEntry(text, end, column + layout.step), lines),
  ];
}

const endsOpen = ({ text, token }: PipelineText): boolean =>
  !text.endsWith('\n') && endsInBlockScalar(text, token, text.length);

function beginSection(at: PipelineText, name: string, stage: StageDeclaration): Edit {
  const { text, top, token } = at;
  if (top?.style === 'flow') return insertSectionInFlow(text, top, { [name]: stage });
  if (!top && token) throw invalid(at);
  const layout = layoutOf(text, token) ?? DEFAULT_LAYOUT;
  const first = top?.entries[0];
  const column = first ? columnOf(text, first.start) : 0;
  const lines = [sectionHead(column), ...blockEntry(name, stage, column + layout.step, layout)];
  if (!first) return insertLines(text, endOfEmpty(text), lines);
  if (endsOpen(at)) return insertLines(text, lineStart(text, first.start), lines);
  return insertLines(text, afterEntry(text, top.entries.at(-1)!.end, column), lines);
}

/** The end of a text with only comments: before the marker of the document's end. */
const endOfEmpty = (text: string): number => /^\.\.\.[ \t\r]*$/m.exec(text)?.index ?? text.length;

function replaceStage(
  at: PipelineText,
  stages: Mapping,
  existing: Entry,
  name: string,
  stage: StageDeclaration,
): readonly Edit[] {
  const { text } = at;
  const { start, end } = existing;
  const eol = lineEndStyle(text, start);
  const lines = blockEntry(name, stage, columnOf(text, start), layoutOf(text, at.token) ?? DEFAULT_LAYOUT);
  const next =
    stages.style === 'flow'
      ? flowEntry(name, stage)
      : lines.join(eol).trimStart() + (text[end - 1] === '\n' ? eol : '');
  return [...anchorEdits(at, existing, name), { start, end, text: next }];
}

function check(before: PipelineText, after: PipelineText, name: string, stage: StageDeclaration): void {
  const expected = withKey(before.value, 'stages', withKey(stagesOf(before.value), name, valueOf(stage)));
  if (unexpected(after.value, expected)?.length === 0) return;
  throw refused(
    before,
    before.stages?.start ?? 0,
    `'${name}' cannot be added without changing something else`,
  );
}

function valueOf(plain: Plain): Value {
  if (Array.isArray(plain)) return plain.map(valueOf);
  if (typeof plain !== 'object' || plain === null) return plain;
  return new Map(Object.entries(plain).map(([key, value]) => [key, valueOf(value)]));
}

function existsProblem(at: PipelineText, name: string): ConstructorParameters<typeof PipeError>[0] {
  return {
    code: 'stage-exists',
    title: `${at.file} has a stage '${name}' already`,
    hint: 'give -f to replace it, or another name',
    place: at.source.place(['stages', name], 'key'),
  };
}
