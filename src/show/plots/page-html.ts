// One HTML file that shows plots without a network: the data as JSON, the script, and a policy that allows only these.
import { embeddedJson, escapeHtml, pagePolicy } from '../../base/html.ts';
import type { PageData } from '../../plots/page/data.ts';
import { PAGE_STYLE } from './page-style.ts';
import { plainNumbers } from './plots-json.ts';

/** In every page, so that a later one may replace it. */
export const PAGE_MARK = '<meta name="generator" content="pipe plots">';

/** @param script of `pageScript`. */
export function pageHtml(data: PageData, script: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${pagePolicy({ script, style: PAGE_STYLE })}">
${PAGE_MARK}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(data.title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<h1>${escapeHtml(data.title)}</h1>
${bodyOf(data, script)}
</body>
</html>
`;
}

/** DVC's placeholders in a page of the user's own. */
export const PLACEHOLDERS = { plots: '{plot_divs}', scripts: '{scripts}', refresh: '{refresh_tag}' } as const;

/** @param template contains the place for the plots. */
export function filledHtml(template: string, data: PageData, script: string): string {
  return template
    .replace(PLACEHOLDERS.scripts, () => `<style>${PAGE_STYLE}</style>`)
    .replace(PLACEHOLDERS.refresh, '')
    .replace(PLACEHOLDERS.plots, () => bodyOf(data, script));
}

const bodyOf = (data: PageData, script: string): string => `<main id="plots"></main>
<noscript><p>These plots are drawn by a script in this file, which is switched off.</p></noscript>
<script type="application/json" id="plots-data">${embeddedJson(JSON.stringify(data, plainNumbers))}</script>
<script>${script}</script>`;
