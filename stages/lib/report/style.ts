// The look of the report: one style sheet for screen and paper, light and dark, wide and narrow.

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fcfcfa; --ink: #1d2126; --soft: #5c6570; --line: #dfe2e4; --panel: #ffffff; --tint: #eef5f6;
  --model: #0b7285; --filter: #c2700a; --calibrated: #8a6fc0; --noisy: #b3404a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e6e8ea; --soft: #9aa4ae; --line: #2e343a; --panel: #1b1f23; --tint: #16282c;
    --model: #4fc0d3; --filter: #e8a13c; --calibrated: #b6a0e6; --noisy: #ea8089;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 17px/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
}
main { max-width: 62rem; margin: 0 auto; padding: 3rem 1.5rem 5rem; }
h1 { font-size: 2.3rem; line-height: 1.15; letter-spacing: -.02em; margin: 0 0 .6rem; }
h2 { font-size: 1.45rem; letter-spacing: -.01em; margin: 3.4rem 0 .4rem; padding-top: 1.1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.08rem; margin: 2rem 0 .3rem; }
p { max-width: 44rem; margin: .5rem 0; }
.lead { font-size: 1.2rem; line-height: 1.5; }
.soft, caption, figcaption { color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: .4rem; margin: 1.3rem 0 0; padding: 0; list-style: none; }
.facts li { border: 1px solid var(--line); background: var(--panel); border-radius: 99px; padding: .1rem .75rem; font-size: .86rem; color: var(--soft); }
.facts b { color: var(--ink); font-weight: 600; }
.results { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1rem; margin: 1.6rem 0 0; }
.result { background: var(--panel); border: 1px solid var(--line); border-radius: .7rem; padding: 1rem 1.2rem 1.1rem; }
.result h3 { margin: 0 0 .6rem; }
.left { display: grid; grid-template-columns: 7.6rem 1fr 3.4rem; gap: .3rem .6rem; align-items: center; font-size: .86rem; margin: 0; }
.left dt { color: var(--soft); }
.left dd { margin: 0; }
.left dd:nth-of-type(even) { text-align: right; font-variant-numeric: tabular-nums; }
.track { background: var(--line); border-radius: 3px; height: .55rem; overflow: hidden; }
.track i { display: block; height: 100%; border-radius: 3px; }
i.model { background: var(--model); } i.filter { background: var(--filter); } i.calibrated { background: var(--calibrated); } i.noisy { background: var(--noisy); }
.wide { overflow-x: auto; margin: 1rem 0 1.4rem; }
table { border-collapse: collapse; font-size: .92rem; min-width: 34rem; width: 100%; }
caption { caption-side: bottom; text-align: left; padding: .55rem 0 0; font-size: .86rem; line-height: 1.45; }
th, td { text-align: left; padding: .38rem .8rem .38rem 0; border-bottom: 1px solid var(--line); font-weight: 400; vertical-align: baseline; }
thead th { color: var(--soft); font-size: .82rem; border-bottom: 2px solid var(--line); white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.chosen > *, tr.model > * { background: var(--tint); font-weight: 600; }
tr.chosen > :first-child, tr.model > :first-child { box-shadow: inset 3px 0 var(--model); padding-left: .7rem; }
.key { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; margin-right: .45rem; }
.key.model { background: var(--model); } .key.filter { background: var(--filter); } .key.calibrated { background: var(--calibrated); } .key.noisy { background: var(--noisy); } .key.none { visibility: hidden; }
.strip { display: grid; grid-template-columns: 7.8rem 1fr; gap: .45rem 1rem; align-items: center; margin: 1rem 0; }
.strip img { width: 100%; display: block; image-rendering: pixelated; border-radius: 3px; }
.strip div { line-height: 1.3; font-size: .95rem; }
.strip small { display: block; font-size: .8rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1.2rem; margin: 1rem 0; }
figure { margin: 0; } figcaption { font-size: .86rem; }
.chart { background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem .8rem .3rem; }
.chart.chosen { border-color: var(--model); }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--soft); font-size: 11px; font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--line); }
polyline { fill: none; stroke-linejoin: round; stroke-linecap: round; }
polyline.fold { stroke: var(--model); stroke-width: 1; opacity: .45; }
polyline.mean { stroke: var(--model); stroke-width: 2.6; }
polyline.training { stroke: var(--soft); stroke-width: 1.4; stroke-dasharray: 4 4; }
circle.best { fill: var(--panel); stroke: var(--model); stroke-width: 2.2; }
rect.model { fill: var(--model); } rect.filter { fill: var(--filter); } rect.calibrated { fill: var(--calibrated); } rect.noisy { fill: var(--noisy); }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.3rem; font-size: .86rem; color: var(--soft); margin: .7rem 0; }
.legend svg { width: 1.7rem; height: .8rem; display: inline-block; vertical-align: middle; margin-right: .4rem; }
details { margin: 1rem 0; } summary { cursor: pointer; color: var(--model); }
code { font: .92em ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono", monospace; }
dl.terms { display: grid; grid-template-columns: 9rem 1fr; gap: .4rem 1rem; max-width: 48rem; font-size: .95rem; }
dl.terms dd { margin: 0; }
@media (max-width: 40rem) {
  main { padding: 1.6rem 1rem 3rem; } h1 { font-size: 1.7rem; } .lead { font-size: 1.05rem; }
  .strip { grid-template-columns: 1fr; gap: .15rem; } .strip img { margin-bottom: .6rem; }
  dl.terms { grid-template-columns: 1fr; gap: 0; } dl.terms dd { margin-bottom: .6rem; }
}
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --panel: #fff; --tint: #f2f2f2; }
  main { max-width: none; padding: 0; } h2, h3 { break-after: avoid; } figure, tr, .result, .strip { break-inside: avoid; }
}
`;
