// Installs what the webgpu backend needs, looks for GPUs and checks the gradients on the strongest. Changes one folder only.
import { readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isInstalled } from '../place.ts';
import { listAdapters } from '../webgpu/adapters.ts';
import { findPackage, webGpuFolder, WEBGPU_PACKAGES } from '../webgpu/dawn.ts';
import { checkBackend } from './check.ts';
import { bringPackage } from './packages.ts';
import { SetupError, say } from './step.ts';

/** Prints what it does. @throws SetupError where no GPU is found, or the gradients are wrong */
export async function setUpWebGpu(): Promise<void> {
  const folder = webGpuFolder();
  const shown = relative(process.cwd(), folder) || '.';
  const wanted = Object.entries(WEBGPU_PACKAGES);
  const missing = wanted.filter(([name]) => findPackage(name) === undefined);
  for (const [name, version] of missing) bringPackage(folder, name, version);
  dropOtherSystems(join(folder, 'node_modules/webgpu/dist'));
  const { adapters, why } = listAdapters();
  const [first] = adapters;
  if (first === undefined)
    throw new SetupError(
      `WebGPU is installed in ${shown}, and it finds no GPU: ${why}\n  then run this again`,
    );
  for (const { name, vendor, kind, driver } of adapters)
    say(`found: ${name} · ${vendor} · ${kind} · ${driver}`);
  if (!(await checkBackend('webgpu')))
    throw new SetupError(`WebGPU is installed in ${shown}, and ${first.name} cannot be used (see above)`);
  if (missing.length === 0) say('webgpu is set up already; nothing was done');
  else say(`done: ${missing.map(([name, version]) => `${name} ${version}`).join(', ')} in ${shown}`);
  if (first.kind === 'software')
    say(`  note     ${first.name} computes on the processor: the wasm backend is faster`);
  if (!isInstalled)
    say('  use it   npx denoising-autoencoder denoise   (or npx pipe repro -S base.backend=webgpu)');
  say(`  undo     rm -r ${shown}`);
}

/** The package has a library for each system and processor. */
function dropOtherSystems(dist: string): void {
  const own = `${process.platform}-${process.platform === 'darwin' ? 'universal' : process.arch}`;
  for (const name of readFolder(dist)) if (name !== own) rmSync(join(dist, name), { recursive: true });
}

function readFolder(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    // The package is among those of the project, which are npm's.
    return [];
  }
}
