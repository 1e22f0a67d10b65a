// Lines of `pipe results`.
import type { Json } from '../base/spelling.ts';
import { bytesText } from './text/bytes-text.ts';
import { spelledOut } from './text/spell-out.ts';

interface Results {
  readonly stage: string;
  readonly recorded: boolean;
  readonly params: { readonly [file: string]: Json };
  readonly metrics: { readonly [file: string]: Json };
  readonly outs: readonly { readonly path: string; readonly size?: number; readonly folder: boolean }[];
}

export const resultsText = (results: readonly Results[]): string => results.map(stageText).join('');

function stageText({ stage, recorded, params, metrics, outs }: Results): string {
  const rows = [
    ...valueRows('params', params),
    ...valueRows('metrics', metrics),
    ...outs.map(
      ({ path, size, folder }) =>
        ['output', `${path}${folder ? '/' : ''}`, size === undefined ? '' : bytesText(size)] as const,
    ),
  ];
  const width = Math.max(0, ...rows.map(([, name]) => name.length));
  const lines = rows.map(([kind, name, text]) =>
    `  ${kind.padEnd(7)}  ${name.padEnd(width)}  ${text}`.trimEnd(),
  );
  const head = recorded ? stage : `${stage} (no recorded result)`;
  return `${[head, ...lines].map(spelledOut).join('\n')}\n`;
}

function valueRows(
  kind: string,
  files: { readonly [file: string]: Json },
): (readonly [string, string, string])[] {
  return Object.entries(files).map(([file, value]) => [kind, file, JSON.stringify(value)] as const);
}
