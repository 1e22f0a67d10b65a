// The report as one self-contained HTML page; its links lead to the files beside it.
import type { Results } from '../measure/results.ts';
import { curves, record, selection, testResults } from './findings.ts';
import type { Places } from './html.ts';
import { learning } from './learning.ts';
import { making, model, type Circumstances } from './making.ts';
import { opening, type Section } from './opening.ts';
import { pictures, type ShownLevel } from './pictures.ts';
import { STYLE } from './style.ts';

export function page(
  results: Results,
  shown: readonly ShownLevel[],
  circumstances: Circumstances,
  places: Places,
): string {
  const sections = [
    pictures(shown, places),
    testResults(results, places),
    selection(results, places),
    curves(results, places),
    ...learning(results, places),
    model(results, circumstances, places),
    record(results),
    making(results, circumstances),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Denoising autoencoder: report</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${opening(results, circumstances.dataset, sections, places)}
${sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}

function sectionHtml({ id, title, content }: Section): string {
  return `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${content}</section>`;
}
