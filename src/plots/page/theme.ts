// The colours of plots on light and on dark paper. What a template sets itself stays.
import type { Config } from 'vega-lite';

export type Theme = 'light' | 'dark';

interface Colours {
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  /** Of marks for which nothing else is said. */
  readonly mark: string;
}

const COLOURS: Readonly<Record<Theme, Colours>> = {
  light: { text: '#1d2125', quiet: '#5a626b', line: '#dfe3e6', mark: '#4c78a8' },
  dark: { text: '#e8eaec', quiet: '#a7afb8', line: '#363d44', mark: '#7fb0de' },
};

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

/** @param background transparent where undefined */
export function configOf(theme: Theme, background?: string): Config {
  const { text, quiet, line, mark } = COLOURS[theme];
  const labels = { labelColor: quiet, titleColor: text, labelFont: FONT, titleFont: FONT };
  return {
    background: background ?? 'transparent',
    font: FONT,
    mark: { color: mark },
    rect: { stroke: 'transparent' },
    text: { color: text },
    title: { color: text, font: FONT, fontSize: 13, fontWeight: 600 },
    axis: { ...labels, gridColor: line, domainColor: quiet, tickColor: quiet, titleFontWeight: 500 },
    legend: { ...labels, titleFontWeight: 500 },
    header: { labelColor: quiet, titleColor: text, labelFont: FONT, titleFont: FONT },
    view: { stroke: line },
  };
}
