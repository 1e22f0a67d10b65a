// Writes recorded-dispatches.json again: `node test/real/experiment/record-dispatches.ts`, after a change of what a GPU computes. It does
// so only where the kernels and the trainings on a driver that computes in software are right.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import {
  dispatchesOf,
  networks,
  recordedFile,
} from '../../../packages/tensorflow/test/recorded-dispatches.ts';
import { writeJson } from '../../../stages/lib/stage/files.ts';

const tests = ['kernels', 'wide', 'training'].map((name) =>
  join(import.meta.dirname, `webgpu-${name}.test.ts`),
);
const { status } = spawnSync(process.execPath, ['--test', ...tests], { stdio: 'inherit' });
if (status === 0) {
  const found: Record<string, Awaited<ReturnType<typeof dispatchesOf>>> = {};
  for (const [name, network] of Object.entries(networks)) found[name] = await dispatchesOf(network);
  writeJson(recordedFile, found);
} else process.exitCode = 1;
