// The section of the report on learning curves, where the grid has several numbers of training images.
import { LEGEND, learningPanels } from '../figures/learning-curves.ts';
import { inlineSvg } from '../figures/svg.ts';
import { escape } from '../figures/markup.ts';
import type { Results } from '../measure/results.ts';
import { learningTable } from '../tables/learning-table.ts';
import { figureData, figureLinks, tablesHtml, type Places } from './html.ts';
import type { Section } from './opening.ts';

/** @returns none, or the section */
export function learning({ levels }: Results, places: Places): readonly Section[] {
  const table = learningTable(levels);
  if (table === undefined) return [];
  const legend = LEGEND.map(
    ([mark, name]) => `<span><svg class="drawing" viewBox="0 0 28 12">${mark}</svg>${escape(name)}</span>`,
  );
  const parts = levels.map((level) => {
    const panels = learningPanels(level).map((panel) => `<div class="panel">${inlineSvg(panel)}</div>`);
    return `<h3>Noise σ = ${escape(level.name)}</h3><figure><div class="charts">${panels.join('')}</div>
<figcaption>Learning curves, σ = ${escape(level.name)}. ${figureLinks(places, 'learning_curves', [figureData(places, 'learning_curves')])}</figcaption></figure>`;
  });
  return [
    {
      id: 'learning',
      title: 'What more images bring',
      content: `<p>The same configuration with some and with more training images, validated on the same ones; the images of a smaller number are among those of a larger one. Both axes of the error are logarithmic. The dashed line is a plain fit, continued beyond what was measured.</p>
<div class="legend" aria-hidden="true">${legend.join('')}</div>${parts.join('')}${tablesHtml(table, places)}`,
    },
  ];
}
