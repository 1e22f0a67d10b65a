// The main job: the whole experiment on generated digits, small enough to watch, and its runs sent to MLflow where there
// is one. Everything that it does is declared in pipeline.yaml; `npx pipe repro` runs the same at full size on MNIST.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { sendTracking } from '../stages/cli/send-tracking.ts';

const root = dirname(import.meta.dirname);
const quickstart = [
  '--params',
  'Data/autoencoder/params/quickstart_params.yaml',
  '--lock',
  'cache/quickstart.lock',
];

const stop = new AbortController();
process.exitCode = await pipe('repro', ...quickstart, ...process.argv.slice(2));
if (process.exitCode === 0) {
  console.log(`\nThe report: ${join(root, 'Data/quickstart/report/report.html')}`);
  await track();
}

async function track(): Promise<void> {
  const records = ['Data/quickstart/tracking.jsonl'];
  try {
    await sendTracking({ root, records, say: (line) => console.log(line), signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.exitCode = 130;
  }
}

function pipe(...args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'bin/pipe.js'), ...args], {
      cwd: root,
      stdio: 'inherit',
    });
    // The terminal sends Ctrl-C to both; pipe ends its stages and then itself.
    process.on('SIGINT', () => stop.abort());
    for (const signal of ['SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        child.kill(signal);
        stop.abort();
      });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
