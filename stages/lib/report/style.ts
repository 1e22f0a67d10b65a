// The look of the report and of its second page: one style sheet for screen and paper, light and dark, wide and narrow.
import { DARK, figureRules, LIGHT, type Palette } from '../figures/palette.ts';

const variables = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ');

export const STYLE = `
:root { color-scheme: light dark; ${variables(LIGHT)} }
@media (prefers-color-scheme: dark) { :root { ${variables(DARK)} } }
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 17px/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
}
main { max-width: 62rem; margin: 0 auto; padding: 3rem 1.5rem 5rem; }
h1 { font-size: 2.3rem; line-height: 1.15; letter-spacing: -.02em; margin: 0 0 .6rem; }
h2 { font-size: 1.45rem; letter-spacing: -.01em; margin: 3.4rem 0 .4rem; padding-top: 1.1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.08rem; margin: 2rem 0 .3rem; }
h4 { font-size: 1rem; font-weight: 600; margin: 1.4rem 0 .3rem; }
p { max-width: 44rem; margin: .5rem 0; }
a { color: var(--model); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--model); outline-offset: 2px; }
.lead { font-size: 1.2rem; line-height: 1.5; }
.note { font-size: .86rem; max-width: 52rem; color: var(--soft); }
.soft, caption, figcaption { color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: .4rem; margin: 1.3rem 0 0; padding: 0; list-style: none; }
.facts li { border: 1px solid var(--line); background: var(--panel); border-radius: 99px; padding: .1rem .75rem; font-size: .86rem; color: var(--soft); }
.facts b { color: var(--ink); font-weight: 600; }
.results { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1rem; margin: 1.6rem 0 0; }
.result { background: var(--panel); border: 1px solid var(--line); border-radius: .7rem; padding: 1rem 1.2rem 1.1rem; }
.result h2 { font-size: 1.08rem; letter-spacing: 0; margin: 0 0 .6rem; padding: 0; border: 0; }
.try { margin: 1.4rem 0 0; }
.button { display: inline-block; padding: .5rem 1.1rem; border: 0; border-radius: .5rem; background: var(--model); color: var(--panel); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; padding: 0; margin: 1.8rem 0 0; font-size: .95rem; }
.left { display: grid; grid-template-columns: 7.6rem 1fr 3.4rem; gap: .3rem .6rem; align-items: center; font-size: .86rem; margin: 0; }
.left dt { color: var(--soft); }
.left dd { margin: 0; }
.left dd:nth-of-type(even) { text-align: right; font-variant-numeric: tabular-nums; }
.track { background: var(--line); border-radius: 3px; height: .55rem; overflow: hidden; }
.track i { display: block; height: 100%; border-radius: 3px; }
i.model { background: var(--model); } i.gaussian { background: var(--gaussian); } i.median { background: var(--median); } i.tv { background: var(--tv); } i.nlm { background: var(--nlm); } i.linear { background: var(--linear); } i.noisy { background: var(--noisy); }
.wide { overflow-x: auto; margin: 1rem 0 1.4rem; }
table { border-collapse: collapse; font-size: .92rem; min-width: 34rem; width: 100%; }
caption { caption-side: top; text-align: left; padding: 0 0 .3rem; font-size: .95rem; font-weight: 600; color: var(--ink); }
th, td { text-align: left; padding: .38rem .8rem .38rem 0; border-bottom: 1px solid var(--line); font-weight: 400; vertical-align: baseline; }
thead th { color: var(--soft); font-size: .82rem; border-bottom: 2px solid var(--line); white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th:has(> .key) { min-width: 10rem; }
.facts-table td { overflow-wrap: anywhere; } .facts-table th { white-space: nowrap; color: var(--soft); }
.key { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; margin-right: .45rem; }
.key.model { background: var(--model); } .key.gaussian { background: var(--gaussian); } .key.median { background: var(--median); } .key.tv { background: var(--tv); } .key.nlm { background: var(--nlm); } .key.linear { background: var(--linear); } .key.noisy { background: var(--noisy); } .key.none { visibility: hidden; }
.strip { display: grid; grid-template-columns: 7.8rem 1fr; gap: .45rem 1rem; align-items: center; margin: 1rem 0; }
.strip img { width: 100%; display: block; image-rendering: pixelated; border-radius: 3px; }
.strip div { line-height: 1.3; font-size: .95rem; }
.strip small { display: block; font-size: .8rem; color: var(--soft); font-variant-numeric: tabular-nums; }
figure { margin: 1.2rem 0 1.8rem; } figcaption { font-size: .86rem; line-height: 1.5; margin-top: .3rem; }
.files { white-space: normal; } .files a { color: inherit; }
.row { display: flex; flex-wrap: wrap; gap: 0 1.5rem; } .row figure { flex: 0 1 var(--width); min-width: 0; max-width: 100%; }
.scale { display: inline-block; width: 6rem; height: .6rem; border-radius: 2px; vertical-align: baseline; background: linear-gradient(90deg, #000004, #550f6d, #ba3655, #f98c0a, #fcffa4); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1.2rem; margin: 1rem 0; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; padding: .3rem .8rem .5rem .3rem; max-width: 34rem; }
.diagram { width: 100%; max-width: 46rem; height: auto; display: block; border-radius: .6rem; border: 1px solid var(--line); }
svg.drawing { width: 100%; height: auto; display: block; }
${figureRules('.drawing', (name) => `var(--${name})`)}
.legend svg.drawing { width: 1.7rem; height: .8rem; display: inline-block; vertical-align: middle; margin-right: .4rem; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.3rem; font-size: .86rem; color: var(--soft); margin: .7rem 0; }
details { margin: 1rem 0; } summary { cursor: pointer; color: var(--model); }
code { font: .92em ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono", monospace; }
dl.terms { display: grid; grid-template-columns: 9rem 1fr; gap: .4rem 1rem; max-width: 48rem; font-size: .95rem; }
dl.terms dd { margin: 0; }
@media (max-width: 40rem) {
  main { padding: 1.6rem 1rem 3rem; } h1 { font-size: 1.7rem; } .lead { font-size: 1.05rem; }
  .strip { grid-template-columns: 1fr; gap: .15rem; } .strip img { margin-bottom: .6rem; }
  dl.terms { grid-template-columns: 1fr; gap: 0; } dl.terms dd { margin-bottom: .6rem; }
  table { min-width: 0; } table, caption, tbody { display: block; } thead { display: none; }
  tr { display: flex; flex-wrap: wrap; gap: .1rem 1.3rem; padding: .45rem 0; border-bottom: 1px solid var(--line); }
  th, td, td.number, th.number { border: 0; padding: 0; text-align: left; } td:empty { display: none; } tr > th { flex: 1 0 100%; text-align: left; }
  [data-title]::before { content: attr(data-title); display: block; color: var(--soft); font-size: .78rem; text-align: left; }
  .facts-table th { white-space: normal; overflow-wrap: anywhere; }
}
@media print {
  @page { margin: 16mm 14mm; }
  :root { ${variables(LIGHT)} --paper: #fff; }
  body { font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  h2, h3, h4, caption, h2 + p, .legend { break-after: avoid; } figure, p, tr, dt, dd, .result, .strip, .panel, .wide { break-inside: avoid; }
  h2 { margin-top: 2rem; } h3 { margin-top: 1.2rem; } figure { margin: .6rem 0 1rem; }
  .results { grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); }
  .wide { overflow: visible; } .wide > svg { min-width: 0 !important; } table { min-width: 0; font-size: 9pt; } th, td { padding-top: .2rem; padding-bottom: .2rem; }
  thead, tbody tr:nth-child(-n + 3):not(:last-child) { break-after: avoid; } tbody tr:nth-last-child(-n + 3):not(:first-child) { break-before: avoid; }
  .strip { grid-template-columns: 10.5rem 1fr; gap: .2rem 1rem; margin: .4rem 0; } .strip small { font-size: .75rem; } .strip br { display: none; }
  .charts { grid-template-columns: repeat(3, 1fr); gap: .8rem; } figure:has(.charts) { break-inside: auto; } figcaption, .note { break-before: avoid; }
  .row { display: block; orphans: 1; widows: 1; } .row figure { display: inline-block; width: calc(var(--width) * .8); margin-right: 1rem; vertical-align: top; }
  p, .note { max-width: none; } .lead { font-size: 1.05rem; }
  nav, .try, .files { display: none; } .strip img { width: auto; max-width: 100%; max-height: 1.85rem; } .wide:has(table) { break-inside: auto; }
  @supports selector(details::details-content) {
    details > summary { display: none; } details::details-content { content-visibility: visible; block-size: auto; }
  }
}
`;
