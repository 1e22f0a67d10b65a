// Removes stages from a pipeline file. An anchor in a removed stage moves to the first alias that is left.
import { moveAnchors } from '../../yaml/anchors.ts';
import { endsInBlockScalar } from '../../yaml/block-scalar-end.ts';
import { removeEntry, type RemoveOptions } from '../../yaml/remove-entry.ts';
import { splice, type Edit } from '../../yaml/splice.ts';
import type { Entry } from '../../yaml/mapping.ts';
import {
  declaredStage,
  editText,
  openText,
  refused,
  stagesOf,
  unexpected,
  withKey,
  writtenStages,
  type PipelineText,
} from './pipeline-text.ts';
import { removeSection } from './stages-section.ts';

/**
 * @param file its name in messages.
 * @throws PipeError when the file is no valid YAML or declares no such stage, or another stage would be changed too.
 */
export function removeStages(text: string, file: string, names: readonly string[]): string {
  return editText(text, names, (bare) =>
    names.reduce((now, name) => removeOne(openText(now, file), name), bare),
  );
}

function removeOne(at: PipelineText, name: string): string {
  const { text, token } = at;
  const entry = declaredStage(at, name);
  const options = {
    withComments: true,
    keepsLineEnd: (end: number) => endsInBlockScalar(text, token, end),
  };
  const next = splice(text, [...anchorEdits(at, entry, name), ...removal(at, entry, options)]);
  const stages = withKey(stagesOf(at.value), name, undefined);
  const read = openText(next, at.file);
  const expected = withKey(at.value, 'stages', read.value.has('stages') ? stages : undefined);
  const changed = stages.size > 0 && !read.value.has('stages') ? undefined : unexpected(read.value, expected);
  if (changed?.length === 0) return next;
  const others = changed?.filter((other) => other !== name).map((other) => `'${other}'`);
  throw refused(
    at,
    entry.start,
    others && others.length > 0
      ? `the removal of '${name}' would change ${others.join(', ')}`
      : `'${name}' cannot be removed alone`,
  );
}

/** Edits that move the anchors of a stage to the aliases that need them. */
export function anchorEdits(at: PipelineText, entry: Entry, name: string): readonly Edit[] {
  const edits = moveAnchors(at.text, at.token!, entry);
  if (typeof edits !== 'number') return edits;
  throw refused(
    at,
    edits,
    `this alias names a part of '${name}' that cannot be written in brackets`,
    'replace the alias by its value, then repeat the command; nothing was changed',
  );
}

function removal(at: PipelineText, entry: Entry, options: RemoveOptions): readonly Edit[] {
  const stages = writtenStages(at)!;
  const section =
    stages.entries.length === 1 ? removeSection(at.text, at.top!, at.stages!, options) : undefined;
  return section ? [section] : removeEntry(at.text, stages, entry, at.stages!.headerEnd, options);
}
