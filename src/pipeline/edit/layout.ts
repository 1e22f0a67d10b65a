// Finds the layout of a text: the indentation steps of its first mappings and lists.
import type { CST } from 'yaml';
import { columnOf } from '../../yaml/lines.ts';
import { itemStart, type SyntaxItem } from '../../yaml/token-range.ts';
import type { Layout } from '../../yaml/write-entry.ts';

/** Of a text that shows none. */
export const DEFAULT_LAYOUT: Layout = { step: 2, listStep: 0 };

/** Undefined for a text without nested blocks. */
export function layoutOf(text: string, root: CST.Token | undefined): Layout | undefined {
  let step: number | undefined;
  let listStep: number | undefined;
  const visit = (token: CST.Token): void => {
    if (token.type !== 'block-map') return;
    for (const item of token.items as readonly SyntaxItem[]) {
      const { value } = item;
      const [first] = value && 'items' in value ? (value.items as readonly SyntaxItem[]) : [];
      if (!value || !first) continue;
      const deeper = columnOf(text, itemStart(first)) - columnOf(text, itemStart(item));
      if (value.type === 'block-map' && deeper > 0) step ??= deeper;
      if (value.type === 'block-seq') listStep ??= deeper;
      visit(value);
    }
  };
  if (root) visit(root);
  return step === undefined && listStep === undefined
    ? undefined
    : { step: step ?? 2, listStep: Math.max(0, listStep ?? 0) };
}
