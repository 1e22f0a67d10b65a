// One HTML file: the page, its data as JSON, and a policy that allows its own script and style and nothing else.
import { gzipSync } from 'node:zlib';
import { embeddedJson, escapeHtml, pagePolicy } from '../base/html.ts';
import type { PageDocument } from './contract.ts';
import { pageBundle, plotsScript, type PageBundle } from './page-bundle.ts';

/** In every exported page, so that a later one may replace it. */
export const PAGE_MARK = '<meta name="generator" content="pipe ui">';

export function exportedHtml(page: PageDocument): string {
  const { view, ...rest } = page;
  const later = page.plots.plots.length > 0 ? plotsScript() : undefined;
  const packed = Object.entries({ ...rest, ...(later !== undefined && { drawing: later }) }).map(
    ([id, value]) => `<script type="text/plain" id="${id}">${compressed(value)}</script>\n`,
  );
  const data = `<script type="application/json" id="view">${embeddedJson(JSON.stringify(view))}</script>
${packed.join('')}`;
  return htmlOf(page.view.project, { ...pageBundle(), ...(later !== undefined && { later }) }, data);
}

/** What few views need is most of the file, and a fifth as large when it is compressed. */
const compressed = (value: unknown): string =>
  gzipSync(JSON.stringify(value), { level: 9 }).toString('base64');

/** @param bundle `later`: a script that its own adds when it is needed. @param connect where its script may ask: nowhere by default. */
export function htmlOf(
  title: string,
  bundle: PageBundle & { readonly later?: string },
  data: string,
  connect = "'none'",
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${pagePolicy(bundle, connect)}">
${PAGE_MARK}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${bundle.style}</style>
</head>
<body>
<div id="app"></div>
<noscript><p>A script in this file draws the pipeline, and scripts are switched off.</p></noscript>
${data}<script>${bundle.script}</script>
</body>
</html>
`;
}
