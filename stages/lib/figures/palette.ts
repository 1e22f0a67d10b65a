// The colours of figures and report, for light and dark, and the look of everything that figures draw: once as CSS variables for the
// page, once spelled out for files, which have a white background.

export interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly panel: string;
  readonly tint: string;
  readonly model: string;
  readonly gaussian: string;
  readonly median: string;
  readonly tv: string;
  readonly nlm: string;
  readonly linear: string;
  readonly noisy: string;
  readonly clean: string;
}

export const LIGHT: Palette = {
  paper: '#fcfcfa',
  ink: '#1d2126',
  soft: '#5c6570',
  line: '#dfe2e4',
  panel: '#ffffff',
  tint: '#eef5f6',
  model: '#0b7285',
  gaussian: '#c2700a',
  median: '#a08a1f',
  tv: '#4f8a4c',
  nlm: '#8a6fc0',
  linear: '#b0579a',
  noisy: '#b3404a',
  clean: '#6b7480',
};

export const DARK: Palette = {
  paper: '#14171a',
  ink: '#e6e8ea',
  soft: '#9aa4ae',
  line: '#2e343a',
  panel: '#1b1f23',
  tint: '#16282c',
  model: '#4fc0d3',
  gaussian: '#e8a13c',
  median: '#d3bf55',
  tv: '#86c282',
  nlm: '#b6a0e6',
  linear: '#e39ad0',
  noisy: '#ea8089',
  clean: '#8d97a1',
};

/** Kinds of marks that show a method. */
const METHOD_KINDS = ['noisy', 'gaussian', 'median', 'tv', 'nlm', 'linear', 'model', 'clean'] as const;

/**
 * Rules for what figures draw.
 * @param scope selector in front of each, such as `.drawing`
 * @param colour of a name of the palette
 */
export function figureRules(scope: string, colour: (name: keyof Palette) => string): string {
  const rules = [
    ['text', `fill: ${colour('soft')}; font-size: 11px; font-variant-numeric: tabular-nums;`],
    ['text.title', `fill: ${colour('ink')}; font-size: 12.5px; font-weight: bold;`],
    ['text.label', `fill: ${colour('ink')}; font-size: 12px;`],
    ['text.inside', `fill: ${colour('panel')};`],
    ['.grid', `stroke: ${colour('line')};`],
    ['polyline', 'fill: none; stroke-linejoin: round; stroke-linecap: round;'],
    ['polyline.fold', `stroke: ${colour('model')}; stroke-width: 1; stroke-opacity: .45;`],
    ['polyline.mean', `stroke: ${colour('model')}; stroke-width: 2.6;`],
    ['polyline.training', `stroke: ${colour('soft')}; stroke-width: 1.4; stroke-dasharray: 4 4;`],
    ['circle.best', `fill: ${colour('panel')}; stroke: ${colour('model')}; stroke-width: 2.2;`],
    ['circle.fold', `fill: ${colour('soft')}; fill-opacity: .55;`],
    ['circle.rank', `fill: ${colour('soft')};`],
    ['circle.chosen', `fill: ${colour('model')};`],
    ['line.rank', `stroke: ${colour('soft')}; stroke-width: 2;`],
    ['line.chosen', `stroke: ${colour('model')}; stroke-width: 2.4;`],
    ['line.spread', `stroke: ${colour('model')}; stroke-width: 1.6;`],
    ...METHOD_KINDS.map((kind) => [`rect.${kind}`, `fill: ${colour(kind)};`]),
    ['line.clean', `stroke: ${colour('clean')}; stroke-width: 1.4; stroke-dasharray: 5 4;`],
  ];
  return rules.map(([selector, declarations]) => `${scope} ${selector} { ${declarations} }`).join('\n');
}
