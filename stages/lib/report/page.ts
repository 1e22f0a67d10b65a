// The report as one HTML page that needs nothing but itself.
import type { Results } from './results.ts';
import { curves, making, opening, pictures, record, selection, testResults } from './sections.ts';
import { STYLE } from './style.ts';

/** @param dataset `mnist` or `digits` */
export function page(results: Results, dataset: string): string {
  const sections = [
    opening(results, dataset),
    pictures(results),
    testResults(results),
    selection(results),
    curves(results),
    record(results),
    making(results),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Denoising autoencoder: report</title>
<style>${STYLE}</style>
</head>
<body><main>
${sections.join('\n')}
</main></body>
</html>
`;
}
