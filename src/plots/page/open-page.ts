// Draws the plots of a page. Names and values become text, never HTML.
import type { PageData, PagePlot } from './data.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { showTooltips } from './tooltip.ts';
import { makeView } from './view.ts';
import type { Theme } from './theme.ts';
import type { View } from 'vega';

/** Views that are shown. */
const views: View[] = [];

export function openPage(): void {
  const data = JSON.parse(document.getElementById('plots-data')!.textContent) as PageData;
  const main = document.querySelector<HTMLElement>('#plots')!;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const figures = data.plots.map((plot) => [plot, addFigure(main, plot)] as const);
  const draw = async (): Promise<void> => {
    for (const view of views.splice(0)) view.finalize();
    for (const [plot, figure] of figures) await drawPlot(plot, figure, dark.matches ? 'dark' : 'light');
    document.body.dataset['drawn'] = 'yes';
  };
  dark.addEventListener('change', () => void draw());
  void draw();
}

function addFigure(main: HTMLElement, plot: PagePlot): HTMLElement {
  const figure = add(main, 'figure');
  const caption = add(figure, 'figcaption');
  caption.textContent = plot.name;
  // Most plots have their name as a title of their own.
  if (plot.spec && titleOf(plot.spec) === plot.name) caption.className = 'hidden';
  if (plot.spec) add(figure, 'div').className = 'plot';
  if (plot.images) addImages(figure, plot);
  for (const problem of plot.problems) addProblem(figure, problem);
  return figure;
}

const titleOf = ({ title }: JsonObject): Json | undefined => (isObject(title) ? title['text'] : title);

function addImages(figure: HTMLElement, { name, images = [] }: PagePlot): void {
  const row = add(figure, 'div');
  row.className = 'images';
  for (const { revision, source } of images) {
    const cell = add(row, 'div');
    const image = add(cell, 'img');
    image.alt = `${name}, ${revision}`;
    image.src = source;
    add(cell, 'p').textContent = revision;
  }
}

function addProblem(figure: HTMLElement, text: string): void {
  const problem = add(figure, 'p');
  problem.className = 'problem';
  problem.textContent = text;
}

async function drawPlot(plot: PagePlot, figure: HTMLElement, theme: Theme): Promise<void> {
  const place = figure.querySelector<HTMLElement>('.plot');
  if (!plot.spec || !place) return;
  place.replaceChildren();
  try {
    const view = makeView(plot.spec, { theme, renderer: 'svg' });
    showTooltips(view);
    view.initialize(place);
    await view.runAsync();
    views.push(view);
  } catch (error) {
    place.remove();
    addProblem(figure, `cannot be drawn: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function add<Name extends keyof HTMLElementTagNameMap>(
  parent: HTMLElement,
  name: Name,
): HTMLElementTagNameMap[Name] {
  return parent.appendChild(document.createElement(name));
}
