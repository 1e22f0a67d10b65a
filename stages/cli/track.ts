// `denoising-autoencoder track`: sends what runs have recorded to MLflow.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CommandError } from './command-error.ts';
import { followTracking } from './follow-tracking.ts';
import { fromRoot } from './parameters.ts';
import { sendTracking } from './send-tracking.ts';

export const usage = `denoising-autoencoder track [--follow [--params FILE]] [--register] [--uvx] [RECORD…]

Sends the experiment's tracking records (default: every Data/*/tracking.jsonl) to MLflow. What is there already is
not sent again. With MLFLOW_TRACKING_URI to that server; otherwise into mlflow.db and mlartifacts in this folder, by
a server that is started for the sending (mlflow from .venv or PATH). Then \`mlflow ui\` shows it.

  --register     register the best model in the model registry, one for each data set and parameter file. The version
                 with the lowest mean validation loss has the alias best; what was validated on other images is refused
  --uvx          where there is no MLflow, let uvx download it
  --follow       beside a run: send the epochs of running folds as they appear, then the record
  --params FILE  the run's parameter file, where it is not in Data/autoencoder/params: it names the experiment

  $ denoising-autoencoder track
  $ denoising-autoencoder track --register Data/autoencoder/tracking.jsonl
  $ denoising-autoencoder track --follow
`;

/** @returns the exit status: 1 when something stays pending, or a model was not registered. */
export async function run(argv: readonly string[], root: string): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      follow: { type: 'boolean' },
      register: { type: 'boolean' },
      uvx: { type: 'boolean' },
      params: { type: 'string' },
    },
  });
  const missing = positionals.find((path) => !statSync(resolve(path), { throwIfNoEntry: false })?.isFile());
  if (missing !== undefined)
    throw new CommandError(`there is no record ${missing}; the track stage of a run writes one`);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => stop.abort(signal));
  const say = (line: string): void => console.error(line);
  try {
    const send = values.follow ? followTracking : sendTracking;
    const outcome = await send({
      root,
      say,
      signal: stop.signal,
      register: values.register ?? false,
      uvx: values.uvx ?? false,
      ...(positionals.length === 0 ? {} : { records: positionals.map((path) => fromRoot(root, path)) }),
      ...(values.params === undefined ? {} : { params: fromRoot(root, values.params) }),
    });
    if (outcome === 'up-to-date') say('tracking: everything is there already');
    if (outcome === 'no-record') say('tracking: nothing is recorded yet; run the pipeline first');
    return outcome === 'sent' || outcome === 'up-to-date' ? 0 : 1;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    say('tracking: stopped; the same command goes on from here');
    return 130;
  }
}
