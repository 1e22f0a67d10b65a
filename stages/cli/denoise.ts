// `denoising-autoencoder denoise`: runs the pipeline with a parameter file on the best available backend, and sends the recorded runs.
// It calls `pipe`; all it knows of the experiment is the path of the report.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { availableBackends } from '@pipe-engine/tensorflow/available';
import { checkedFallback, chooseBackend, wishesOf, type Choice } from './backend-choice.ts';
import { splitsOptions } from './own-splits.ts';
import { usedGrid } from './grid.ts';
import { ignoreOutputs } from './ignored-root.ts';
import { checkParameters } from './check-parameters.ts';
import { FULL, fromRoot, pipelineFlags, readParameters, valueAt, withAssignments } from './parameters.ts';
import { MACHINE } from './machine.ts';
import { listStages, readStage, runPipe } from './pipe.ts';
import { sendTracking } from './send-tracking.ts';
import { trackingOptions } from './tracking-names.ts';
import { trainingLabels } from './training-labels.ts';

export const usage = `denoising-autoencoder denoise [--params FILE] [--cv-splits FILE] [--backend NAME] [--fallback NAME]
                              [-- OPTIONS OF PIPE REPRO]

Runs the experiment: what is stale of it, restores what the cache has, leaves the rest alone. Then what was recorded is
sent to MLflow (see \`denoising-autoencoder track --help\`).

  --params FILE     overrides ${FULL} (the default); any
                    other file gets a lock file of its own in cache/, and in MLflow an experiment and a
                    registered model of its own. Its grid is the whole grid, its base fills
                    what the grid leaves out, and the full experiment's values fill the rest. Any key of base may be
                    a list in the grid: model (cdae, unet, residual_unet), loss (mse, ssim, mixed),
                    learning_rate_schedule (constant, cosine), train_on (a number of images, or all), filters, …
  --cv-splits FILE  a CSV file index,label,split in place of drawn folds: a row for each image and each fold in which
                    it is a training image. Its folds are trained, however many it has
  --backend NAME    tfjs-node-gpu, webgpu, tfjs-node, wasm or cpu. Where neither this, nor TFJS_BACKEND, nor base.backend
                    in FILE names one, the best that works here is taken, in this order: see docs/experiment.md
  --fallback NAME   wasm or tfjs-node: where the GPU fails during a training (it is lost, or its memory is used up), the
                    training starts again on this backend. Else it fails

  $ denoising-autoencoder denoise --params ${FULL}
  $ denoising-autoencoder denoise --params Data/autoencoder/params/quickstart_params.yaml -- -j 1
  $ denoising-autoencoder denoise --params Data/autoencoder/params/models_params.yaml -- --dry
  $ denoising-autoencoder denoise --params Data/autoencoder/params/learning_params.yaml -- --dry
  $ denoising-autoencoder denoise --cv-splits Data/autoencoder/splits/noisy_mnist_cv_splits_noise0.3.csv
`;

/** @returns the exit status, that of \`pipe repro\` where it fails. */
export async function run(argv: readonly string[], root: string): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      params: { type: 'string' },
      'cv-splits': { type: 'string' },
      backend: { type: 'string' },
      fallback: { type: 'string' },
    },
  });
  const file = values.params === undefined ? FULL : fromRoot(root, values.params);
  const flags = pipelineFlags(file);
  const parameters = readParameters(root, file);
  // With --json the output is for programs.
  const say = (line: string): void => (positionals.includes('--json') ? console.error : console.log)(line);
  const isSet = (name: string): boolean => positionals.some((word) => word.startsWith(`${name}=`));

  const options: string[] = [];
  const available = await availableBackends();
  if (values.fallback !== undefined)
    process.env['TFJS_FALLBACK'] = checkedFallback(available, values.fallback);
  if (!isSet('base.backend')) {
    const wishes = wishesOf(values.backend, file, parameters);
    const choice = chooseBackend(available, wishes, MACHINE);
    const named = choice.offer.name;
    if (named !== valueAt(parameters.all, 'base.backend')) options.push('-S', `base.backend=${named}`);
    for (const line of choice.lines) say(line);
    shareGpu(choice);
  }
  const used = withAssignments(parameters.all, positionals);
  const { options: gridOptions, lines } = usedGrid(parameters, [...options, ...positionals]);
  options.push(...gridOptions, ...trackingOptions(file, parameters, isSet));
  const splits = values['cv-splits'];
  if (splits !== undefined) {
    const outs = listStages(['split'], flags, root).flatMap((stage) => stage.outs.map(({ path }) => path));
    const labels = await trainingLabels(root, used);
    options.push(...splitsOptions(root, splits, labels, used, outs, isSet));
  }
  // The user's own assignments are the last ones, as pipe reads them.
  const final = withAssignments(parameters.all, [...options, ...positionals]);
  checkParameters({ root, file, used: final, words: positionals });

  for (const line of lines) say(line);
  if (!positionals.includes('--dry')) ignoreOutputs(root, String(valueAt(used, 'paths.root')));
  const stop = new AbortController();
  const code = await runPipe(['repro', ...flags, ...options, ...positionals], root, stop);
  if (code !== 0 || positionals.includes('--dry')) return code;
  const set = [...flags, ...options];
  const report = readStage('report', set, root).outs[0]!.path;
  if (existsSync(join(root, report))) say(`\nThe report: ${resolve(root, report)}`);
  const records = readStage('track', set, root).outs.flatMap(({ path }) =>
    path.endsWith('.jsonl') ? [path] : [],
  );
  try {
    await sendTracking({ root, records, say, signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return 130;
  }
  return 0;
}

/** By default TensorFlow takes all of a GPU's memory, and two trainings could not run side by side. */
function shareGpu({ offer }: Choice): void {
  if (offer.name === 'tfjs-node-gpu') process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
}
