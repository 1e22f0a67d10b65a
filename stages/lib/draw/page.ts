// The page on which one draws a digit, as one self-contained HTML file: no server, no network.
import { STYLE } from '../report/style.ts';
import type { Payload } from './payload.ts';

const OWN_STYLE = `
.draw { display: grid; grid-template-columns: minmax(14rem, 20rem) 1fr; gap: 1.6rem 2.4rem; align-items: start; margin: 1.6rem 0; }
#pad { width: 100%; aspect-ratio: 1; display: block; border-radius: .6rem; touch-action: none; cursor: crosshair; background: #000; }
.seen { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1rem; }
.seen figure { margin: 0; } .seen canvas { width: 100%; aspect-ratio: 1; display: block; image-rendering: pixelated; border-radius: .4rem; background: #000; }
.seen figcaption b { display: block; color: var(--ink); font-size: .95rem; } .seen figcaption { font-variant-numeric: tabular-nums; min-height: 3.4em; }
.controls { display: grid; gap: .9rem; margin-top: 1.2rem; } .controls label { display: grid; gap: .2rem; font-size: .95rem; }
.controls input, .controls select { width: 100%; max-width: 24rem; font: inherit; accent-color: var(--model); }
.buttons { display: flex; flex-wrap: wrap; gap: .6rem; margin: .8rem 0 0; }
.buttons button { font: inherit; font-size: .92rem; padding: .35rem .9rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--panel); color: var(--ink); cursor: pointer; }
.buttons button:disabled { opacity: .5; cursor: default; }
@media (max-width: 40rem) { .draw { grid-template-columns: 1fr; } #pad { max-width: 22rem; } .seen { gap: .5rem; } }
`;

/**
 * @param program JavaScript, from bundle.ts
 * @param wasm module of TensorFlow.js' WASM backend
 */
export function drawPage(payload: Payload, program: string, wasm: Uint8Array): string {
  const image = (id: string, name: string): string =>
    `<figure><canvas id="${id}" width="28" height="28" role="img" aria-label="${name}" aria-describedby="${id}-text"></canvas><figcaption><b>${name}</b><span id="${id}-text"></span></figcaption></figure>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Draw a digit and have it denoised</title>
<style>${STYLE}${OWN_STYLE}</style>
</head>
<body>
<main>
<header><p><a href="report.html">← The report</a></p>
<h1>Draw a digit</h1>
<p class="lead">Noise is added to it, and the final model of the experiment takes it away again: here, in your browser, while you draw.</p></header>
<div class="draw">
<div>
<canvas id="pad" width="560" height="560" role="img" aria-label="Pad to draw a digit on, with a mouse, a finger or a pen. Without one of these: the button An example."></canvas>
<div class="buttons"><button id="clear" type="button" disabled>Clear</button><button id="example" type="button" disabled>An example</button></div>
</div>
<div>
<div class="seen" aria-live="polite">${image('clean', 'Your digit')}${image('noisy', 'With noise')}${image('denoised', 'Denoised')}</div>
<div class="controls">
<label for="noise"><span>Noise σ = <output id="sigma" for="noise"></output></span><input id="noise" type="range" min="0" max="1" step="0.05"></label>
<label for="model">Model<select id="model"><option value="">the nearest for this noise</option></select></label>
</div>
<div class="buttons"><button id="again" type="button" disabled>Other noise</button><button id="save" type="button" disabled>Save the images as .npy</button></div>
<p class="note" id="took"></p>
<p class="note" id="status" role="status">Starting TensorFlow.js …</p>
</div>
</div>
<section aria-labelledby="how"><h2 id="how">What happens</h2>
<p>Your strokes are scaled and centred as MNIST's makers did it: the longer side covers 20 of 28 pixels, the centre of mass is in the middle.
Then noisy = clip(image + N(0, σ²), 0, 1). The models and the classifier that reads the images are those of the report, with all their weights;
they know digits, and little else.</p></section>
</main>
<script type="application/json" id="payload">${JSON.stringify(payload)}</script>
<script type="text/plain" id="wasm">${Buffer.from(wasm).toString('base64')}</script>
<script type="module">${program.replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`;
}
