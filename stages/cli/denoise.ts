// `denoising-autoencoder denoise`: runs the pipeline with a parameter file and sends what it recorded. It drives `pipe`, and
// knows nothing of the experiment but where its report lies.
import { basename, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runPipe, readStage } from './pipe.ts';
import { sendTracking } from './send-tracking.ts';

export const usage = `denoising-autoencoder denoise --params FILE [-- OPTIONS OF PIPE REPRO]

Runs the experiment: what is stale of it, restores what the cache has, leaves the rest alone. FILE lies over
Data/autoencoder/params/denoising_params.yaml; another file than that one gets a lock file of its own in cache/.
Then what was recorded is sent to MLflow (see \`denoising-autoencoder track --help\`).

  $ denoising-autoencoder denoise --params Data/autoencoder/params/denoising_params.yaml
  $ denoising-autoencoder denoise --params Data/autoencoder/params/quickstart_params.yaml -- -j 1
`;

const FULL = 'Data/autoencoder/params/denoising_params.yaml';

/** @returns the exit status, that of \`pipe repro\` where it fails. */
export async function run(argv: readonly string[], root: string): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { params: { type: 'string', default: FULL } },
  });
  const stop = new AbortController();
  const flags = pipelineFlags(relative(root, resolve(values.params)));
  const code = await runPipe(['repro', ...flags, ...positionals], root, stop);
  if (code !== 0 || positionals.includes('--dry')) return code;
  console.log(`\nThe report: ${resolve(root, readStage('report', flags, root).outs[0]!.path)}`);
  const records = readStage('track', flags, root).outs.map(({ path }) => path);
  try {
    await sendTracking({ root, records, say: (line) => console.log(line), signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return 130;
  }
  return 0;
}

/** @param params relative to the root */
function pipelineFlags(params: string): readonly string[] {
  if (params === FULL) return [];
  const name = basename(params)
    .replace(/\.ya?ml$/, '')
    .replace(/_params$/, '');
  return ['--params', params, '--lock', `cache/${name}.lock`];
}
