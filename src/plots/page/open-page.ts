// Draws the plots of a page. Names and values become text, never HTML.
import type { PageData, PagePlot } from './data.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { hideTooltip, showTooltips } from './tooltip.ts';
import { makeView } from './view.ts';
import type { Theme } from './theme.ts';
import type { View } from 'vega';

export function openPage(data: PageData): void {
  showPlots(document.querySelector<HTMLElement>('#plots')!, data.plots);
}

/** Draws them into an element, and again where the colours of the system change. @returns what removes them. */
export function showPlots(main: HTMLElement, plots: readonly PagePlot[]): () => void {
  const views: View[] = [];
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const figures = plots.map((plot) => [plot, addFigure(main, plot)] as const);
  let isOver = false;
  const clear = (): void => views.splice(0).forEach((view) => view.finalize());
  const draw = async (): Promise<void> => {
    clear();
    for (const [plot, figure] of figures) {
      const view = await drawPlot(plot, figure, dark.matches ? 'dark' : 'light');
      if (view) views.push(view);
      if (isOver) return clear();
    }
    document.body.dataset['drawn'] = 'yes';
  };
  const again = (): void => void draw();
  dark.addEventListener('change', again);
  void draw();
  return () => {
    isOver = true;
    dark.removeEventListener('change', again);
    clear();
    hideTooltip();
    main.replaceChildren();
    delete document.body.dataset['drawn'];
  };
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

async function drawPlot(plot: PagePlot, figure: HTMLElement, theme: Theme): Promise<View | undefined> {
  const place = figure.querySelector<HTMLElement>('.plot');
  if (!plot.spec || !place) return undefined;
  place.replaceChildren();
  try {
    const view = makeView(plot.spec, { theme, renderer: 'svg' });
    showTooltips(view);
    view.initialize(place);
    await view.runAsync();
    withoutEmptyRoles(place);
    return view;
  } catch (error) {
    place.remove();
    addProblem(figure, `cannot be drawn: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Vega gives each group of marks a role, and only some a name. */
function withoutEmptyRoles(place: HTMLElement): void {
  for (const group of place.querySelectorAll('[role^="graphics-"]:not([aria-label])')) {
    group.removeAttribute('role');
    group.removeAttribute('aria-roledescription');
  }
}

function add<Name extends keyof HTMLElementTagNameMap>(
  parent: HTMLElement,
  name: Name,
): HTMLElementTagNameMap[Name] {
  return parent.appendChild(document.createElement(name));
}
