// A figure as data, and the two ways to show it: inside the report's page, which gives it its colours, and as a file of its own.
import { escape } from './markup.ts';
import { figureRules, LIGHT } from './palette.ts';

export interface Figure {
  /** Of its files. */
  readonly name: string;
  readonly title: string;
  /** For readers who do not see it. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
  /** SVG elements, styled by the classes of palette.ts. */
  readonly content: string;
}

/** @returns an SVG document on white, with its title on top */
export function standaloneSvg({ title, description, width, height, content }: Figure): string {
  const [margin, top] = [14, 40];
  const size = [width + 2 * margin, height + top + margin] as const;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size[0]}" height="${size[1]}" viewBox="0 0 ${size[0]} ${size[1]}" font-family="'DejaVu Sans', Verdana, sans-serif" role="img">
<title>${escape(title)}</title>
<desc>${escape(description)}</desc>
<style>
${figureRules('', (name) => LIGHT[name])}
text.heading { fill: ${LIGHT.ink}; font-size: 15px; font-weight: bold; }
</style>
<rect width="100%" height="100%" fill="#fff"/>
<text class="heading" x="${margin}" y="25">${escape(title)}</text>
<g transform="translate(${margin} ${top})">
${content}
</g>
</svg>
`;
}

/** @returns an `svg` element that takes the width that it is given, as far as it stays readable */
export function inlineSvg({ description, width, height, content }: Figure): string {
  return `<svg class="drawing" style="min-width: ${Math.round(0.8 * width)}px; max-width: ${Math.round(1.1 * width)}px" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(description)}">${content}</svg>`;
}

export function text(
  x: number,
  y: number,
  content: string,
  { anchor = 'start', kind = '' }: { anchor?: 'start' | 'middle' | 'end'; kind?: string } = {},
): string {
  const name = kind === '' ? '' : ` class="${kind}"`;
  return `<text${name} x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escape(content)}</text>`;
}

/** Name of a vertical axis, read from below; x and y are its middle. */
export function axisName(x: number, y: number, content: string): string {
  return `<g transform="translate(${round(x)} ${round(y)}) rotate(-90)">${text(0, 0, content, { anchor: 'middle' })}</g>`;
}

/** One place behind the point is finer than any screen. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Parts of a figure side by side, row by row. @param columns at most so many in a row */
export function tiled(
  parts: readonly { readonly width: number; readonly height: number; readonly content: string }[],
  columns: number,
  gap: number,
): { readonly width: number; readonly height: number; readonly content: string } {
  const { width, height } = parts[0]!;
  const across = Math.min(columns, parts.length);
  const down = Math.ceil(parts.length / across);
  const content = parts.map((part, at) => {
    const x = (at % across) * (width + gap);
    const y = Math.floor(at / across) * (height + gap);
    return `<g transform="translate(${x} ${y})">${part.content}</g>`;
  });
  return {
    width: across * (width + gap) - gap,
    height: down * (height + gap) - gap,
    content: content.join('\n'),
  };
}
