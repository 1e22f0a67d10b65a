// Sets or removes `frozen: true` of stages in a pipeline file; of a `foreach`, for all its members.
import { shellQuote } from '../../base/shell-quote.ts';
import { insertFirst } from '../../yaml/insert-entry.ts';
import { entryNamed, isAlias, mappingOf, type Entry } from '../../yaml/mapping.ts';
import { endsInBlockScalar } from '../../yaml/block-scalar-end.ts';
import { removeEntry } from '../../yaml/remove-entry.ts';
import { splice, type Edit } from '../../yaml/splice.ts';
import { isMap } from '../../base/spelling.ts';
import type { Value, ValueMap } from '../../base/value.ts';
import {
  declaredStage,
  editText,
  invalid,
  openText,
  refused,
  stagesOf,
  unexpected,
  withKey,
  type PipelineText,
} from './pipeline-text.ts';

/**
 * @param file its name in messages.
 * @throws PipeError when the file is no valid YAML or declares no such stage, or another stage would be changed too.
 */
export function setFrozen(text: string, file: string, names: readonly string[], frozen: boolean): string {
  return editText(text, names, (bare) => {
    let now = openText(bare, file);
    for (const name of names) {
      declaredStage(now, name);
      if (isFrozen(now, name) !== frozen) now = openText(setOne(now, name, frozen), file);
    }
    check(openText(bare, file), now, names, frozen);
    return now.text;
  });
}

function setOne(at: PipelineText, name: string, frozen: boolean): string {
  const { text } = at;
  const entry = holderOf(at, name);
  if (isAlias(entry.value))
    return splice(text, [
      replacement(entry, `{frozen: ${frozen}, <<: ${text.slice(entry.valueStart, entry.end)}}`),
    ]);
  const mapping = mappingOf(entry.value);
  if (!mapping) throw invalid(at);
  const own = entryNamed(mapping, 'frozen');
  if (!own) return splice(text, [insertFirst(text, mapping, entry.headerEnd, `frozen: ${frozen}`)]);
  const word = text.slice(own.valueStart, own.end);
  if (mapping.style === 'flow') {
    const other = (frozen ? IN_BRACKETS : OUT_OF_BRACKETS).get(word);
    if (other !== undefined) return splice(text, [replacement(own, other)]);
  }
  if (frozen) return splice(text, [replacement(own, `true${noteOf(text, own, mapping.style)}`)]);
  const noted = /^ # was ([Ff]alse|FALSE)(?![^\r\n])/.exec(text.slice(own.end));
  if (noted) return splice(text, [{ ...replacement(own, noted[1]!), end: own.end + noted[0].length }]);
  if (mapping.style === 'flow' && mapping.entries.length === 2) {
    const merged = /^\{frozen: true, <<: (\*[^\s,[\]{}]+)\}$/.exec(text.slice(mapping.start, entry.end));
    if (merged) return splice(text, [{ start: mapping.start, end: entry.end, text: merged[1]! }]);
  }
  const keepsLineEnd = (end: number): boolean => endsInBlockScalar(text, at.token, end);
  const removed = splice(
    text,
    removeEntry(text, mapping, own, entry.headerEnd, { withComments: false, keepsLineEnd }),
  );
  // Without its own value the stage may get another one by `<<`.
  return isFrozen(openText(removed, at.file), name) ? splice(text, [replacement(own, 'false')]) : removed;
}

/** Brackets have no room for a comment: the spelling of `true` records which `false` it replaced. */
const IN_BRACKETS: ReadonlyMap<string, string> = new Map([
  ['false', 'True'],
  ['False', 'TRUE'],
]);
const OUT_OF_BRACKETS: ReadonlyMap<string, string> = new Map([...IN_BRACKETS].map(([was, is]) => [is, was]));

const replacement = (entry: Entry, text: string): Edit => ({
  start: entry.valueStart ?? entry.headerEnd,
  end: entry.end,
  text: entry.valueStart === undefined ? ` ${text}` : text,
});

/** The comment that records a replaced `false`, so that unfreezing restores the earlier bytes. */
function noteOf(text: string, own: Entry, style: 'block' | 'flow'): string {
  const word = text.slice(own.valueStart, own.end);
  return style === 'block' &&
    /^(?:[Ff]alse|FALSE)$/.test(word) &&
    /^\r?\n|^$/.test(text.slice(own.end, own.end + 2))
    ? ` # was ${word}`
    : '';
}

/** The entry whose mapping has `frozen`: the stage, or the `do` of a `foreach`. */
function holderOf(at: PipelineText, name: string): Entry {
  const stage = declaredStage(at, name);
  if (!hasDo(stagesOf(at.value).get(name))) return stage;
  const own = entryNamed(mappingOf(stage.value), 'do');
  if (own) return own;
  throw refused(at, stage.start, `'${name}' takes its \`do\` from elsewhere in the file`);
}

const hasDo = (stage: Value | undefined): stage is ValueMap => isMap(stage) && stage.has('do');

function isFrozen(at: PipelineText, name: string): boolean {
  const stage = stagesOf(at.value).get(name);
  const holder = hasDo(stage) ? stage.get('do') : stage;
  return isMap(holder) && holder.get('frozen') === true;
}

function check(before: PipelineText, after: PipelineText, names: readonly string[], frozen: boolean): void {
  const bare = ({ value }: PipelineText): ValueMap =>
    value.has('stages')
      ? withKey(
          value,
          'stages',
          new Map(
            [...stagesOf(value)].map(([key, stage]) => [key, without(stage, names.includes(String(key)))]),
          ),
        )
      : value;
  const changed = unexpected(bare(after), bare(before));
  const missed = names.filter((name) => isFrozen(after, name) !== frozen);
  if (changed?.length === 0 && missed.length === 0) return;
  const verb = frozen ? 'freeze' : 'unfreeze';
  const others = [...new Set([...(changed ?? []), ...missed])];
  const offset = declaredStage(before, names[0]!).start;
  throw others.length === 0
    ? refused(before, offset, 'that would change something else')
    : refused(
        before,
        offset,
        `that would change ${others.map((name) => `'${name}'`).join(', ')} too, by an alias`,
        `name them together (\`pipe ${verb} ${[...new Set([...names, ...others])].map(shellQuote).join(' ')}\`), or edit the file by hand; nothing was changed`,
      );
}

/** The stage without its `frozen`. */
function without(stage: Value, named: boolean): Value {
  if (!named || !isMap(stage)) return stage;
  const inner = stage.get('do');
  return isMap(inner)
    ? withKey(stage, 'do', withKey(inner, 'frozen', undefined))
    : withKey(stage, 'frozen', undefined);
}
