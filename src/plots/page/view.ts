// Vega without its ways to the outside: it loads nothing, runs no text as code, and shows no address.
import { expressionInterpreter } from 'vega-interpreter';
import { parse, randomLCG, setRandom, View, type Loader, type LoggerInterface, type Spec } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { JsonObject } from '../json.ts';
import { withLoessFields } from './loess-fields.ts';
import { modernSelections } from './modern-selections.ts';
import { configOf, type Theme } from './theme.ts';

declare module 'vega' {
  // Missing in its types.
  export function randomLCG(seed: number): () => number;
  export function setRandom(random: () => number): void;
}

export interface ViewOptions {
  readonly theme: Theme;
  /** Of the plot; transparent where undefined. */
  readonly background?: string;
  /** The page shows the plot; without it, the view is for files. */
  readonly renderer: 'svg' | 'none';
}

/** @throws Error for a specification that cannot be drawn. */
export function makeView(spec: JsonObject, { theme, background, renderer }: ViewOptions): View {
  // The same points at each drawing, for templates that spread them.
  setRandom(randomLCG(0.5));
  const config = configOf(theme, background);
  const compiled = isVega(spec)
    ? (spec as unknown as Spec)
    : compile(withLoessFields(modernSelections(spec)) as unknown as TopLevelSpec, { config, logger }).spec;
  const runtime = parse(compiled, isVega(spec) ? (config as never) : undefined, { ast: true });
  return new View(runtime, {
    expr: expressionInterpreter,
    loader,
    logger,
    renderer,
    hover: true,
  });
}

/** Without a schema, it is Vega-Lite. */
const isVega = ({ $schema }: JsonObject): boolean => typeof $schema === 'string' && /\/vega\//.test($schema);

const loader: Loader = {
  load: (uri) => Promise.reject(new Error(`plots load nothing: ${uri} is not read`)),
  sanitize: (uri) =>
    /^data:image\//i.test(uri)
      ? Promise.resolve({ href: uri })
      : Promise.reject(new Error(`plots show no addresses: ${uri}`)),
  http: () => Promise.reject(new Error('plots load nothing')),
  file: () => Promise.reject(new Error('plots load nothing')),
};

/** What Vega says of a plot is for those who write templates, in Vega's editor. */
const logger = {
  level: () => logger,
  error: () => logger,
  warn: () => logger,
  info: () => logger,
  debug: () => logger,
} as unknown as LoggerInterface;
