// Stage draw_page: the page on which one draws a digit and the final models denoise it, in the browser, without a server.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readNetwork } from './lib/model/classifier-file.ts';
import { bundleForBrowser } from './lib/draw/bundle.ts';
import { drawPage } from './lib/draw/page.ts';
import { pack, type NamedModel } from './lib/draw/payload.ts';
import { runStage } from './lib/stage/fail.ts';
import { writeFileIn } from './lib/stage/files.ts';
import { readFlags, required } from './lib/stage/flags.ts';
import { MODEL_NAMES } from './lib/model/architecture.ts';
import { readModel } from './lib/model/model-file.ts';
import { say } from './lib/stage/progress.ts';
import { byName } from './lib/measure/training-metrics.ts';

const flags = {
  retrain: required('path', 'folder of the final models, a folder noise… for each noise level'),
  classifier: required('path', 'the classifier'),
  out: required('path', 'HTML file to write'),
} as const;

await runStage(async () => {
  const options = readFlags('draw_page', 'Writes a page on which one draws a digit.', flags);
  const models = readdirSync(options.retrain)
    .filter((name) => name.startsWith('noise'))
    .toSorted(byName)
    .map((folder): NamedModel => {
      const model = readModel(join(options.retrain, folder, 'model_final.safetensors'));
      const name = MODEL_NAMES[model.architecture.model];
      return { level: folder.slice('noise'.length), name, model };
    });
  const contents = { models, classifier: readNetwork(options.classifier) };
  const payload = pack(contents, (bytes) => Buffer.from(bytes).toString('base64'));
  const backend = dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm')));
  const wasm = readFileSync(join(backend, 'tfjs-backend-wasm-simd.wasm'));
  const page = drawPage(payload, await bundleForBrowser(), wasm);
  writeFileIn(options.out, page);
  say(
    `${options.out}: ${(page.length / 1e6).toFixed(1)} MB, models for σ ${models.map(({ level }) => level).join(', ')}`,
  );
});
