// Keeps aliases valid when a part of a text is removed: an anchored node in it moves to the first alias that names it
// outside of the part.
import type { CST } from 'yaml';
import { columnOf } from './lines.ts';
import type { Edit } from './splice.ts';
import { contentEnd, isProperty, itemStart, type SyntaxItem } from './token-range.ts';

/** An anchor or alias in the text. */
interface AnchorMark {
  readonly kind: 'anchor' | 'alias';
  readonly name: string;
  /** Of an anchored node with its properties, or of an alias. */
  readonly start: number;
  readonly end: number;
  /** Where the pair or item of the node begins. */
  readonly parent: number;
  readonly block: boolean;
  readonly inFlow: boolean;
}

export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** @returns edits outside of the removed part; or the offset of an alias in brackets, where the node does not fit. */
export function moveAnchors(text: string, root: CST.Token, removed: TextRange): readonly Edit[] | number {
  const edits: Edit[] = [];
  const anchors = new Map<string, AnchorMark>();
  const moved: TextRange[] = [];
  for (const mark of marksOf(root)) {
    if (mark.kind === 'anchor') {
      anchors.set(mark.name, mark);
      continue;
    }
    const anchor = anchors.get(mark.name);
    if (!anchor || !isInside(anchor, removed) || isInside(mark, removed)) continue;
    if (moved.some((range) => isInside(anchor, range))) continue;
    if (mark.inFlow && anchor.block) return mark.start;
    moved.push(anchor);
    edits.push({ start: mark.start, end: mark.end, text: shifted(text, anchor, mark) });
  }
  return edits;
}

const isInside = (inner: TextRange, outer: TextRange): boolean =>
  inner.start >= outer.start && inner.end <= outer.end;

/** The text of the node, indented below its new parent as it was below its old one. */
function shifted(text: string, anchor: AnchorMark, alias: AnchorMark): string {
  const by = Math.max(0, columnOf(text, alias.parent) - columnOf(text, anchor.parent));
  return text.slice(anchor.start, anchor.end).replace(/\n(?=[^\r\n])/g, `\n${' '.repeat(by)}`);
}

/** Anchors and aliases in the order of the text. */
function marksOf(root: CST.Token): readonly AnchorMark[] {
  const marks: AnchorMark[] = [];
  const visit = (token: CST.Token, parent: number, inFlow: boolean): void => {
    if (token.type === 'alias')
      marks.push({
        kind: 'alias',
        name: token.source.slice(1),
        start: token.offset,
        end: contentEnd(token),
        parent,
        block: false,
        inFlow,
      });
    if (!('items' in token)) return;
    const flow = token.type === 'flow-collection';
    for (const item of token.items as readonly SyntaxItem[]) {
      const start = itemStart(item);
      const first = item.key ?? (item.sep ? undefined : item.value);
      anchored(item.start, first, start, inFlow || flow);
      if (first) visit(first, start, inFlow || flow);
      if (!item.sep) continue;
      anchored(item.sep, item.value, start, inFlow || flow);
      if (item.value) visit(item.value, start, inFlow || flow);
    }
  };
  const anchored = (
    before: readonly CST.SourceToken[],
    node: CST.Token | null | undefined,
    parent: number,
    inFlow: boolean,
  ): void => {
    const anchor = before.find(({ type }) => type === 'anchor');
    if (!anchor) return;
    const properties = before.filter(isProperty);
    const last = properties.at(-1)!;
    marks.push({
      kind: 'anchor',
      name: anchor.source.slice(1),
      start: properties[0]!.offset,
      end: node ? contentEnd(node) : last.offset + last.source.length,
      parent,
      block: node?.type.startsWith('block-') ?? false,
      inFlow,
    });
  };
  visit(root, 0, false);
  return marks;
}
