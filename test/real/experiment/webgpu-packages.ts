// The package of WebGPU, as a user would install it, apart from the project's. Installed once and kept.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../../..');

/** @returns its `node_modules`, with the packages of TensorFlow.js beside it */
export function installedPackages(): string {
  const cache = join(repository, 'node_modules/.cache/webgpu');
  const packages = join(cache, 'node_modules');
  if (existsSync(join(cache, 'complete'))) return packages;
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(join(cache, 'marking'), { recursive: true });
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(repository, 'packages/tensorflow/package.json'), 'utf8'),
  ) as { dependencies: Record<string, string>; peerDependencies: Record<string, string> };
  const wanted = Object.entries({ ...dependencies, ...peerDependencies }).filter(
    ([name]) => (name.startsWith('@tensorflow/') && !name.includes('tfjs-node')) || name === 'webgpu',
  );
  writeFileSync(join(cache, 'package.json'), '{ "private": true }');
  const args = [
    'install',
    '--no-save',
    '--no-audit',
    ...wanted.map(([name, version]) => `${name}@${version}`),
  ];
  const { status, stderr } = spawnSync('npm', args, { cwd: cache, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  renameSync(join(cache, 'marking'), join(cache, 'complete'));
  return packages;
}

/** SwiftShader, which comes with Chromium: computes in software, and rightly. */
export function softwareDriver(): string {
  const [driver] = globSync('/usr/{lib,lib64,share}/chromium/vk_swiftshader_icd.json');
  assert.ok(driver !== undefined, 'chromium brings SwiftShader');
  return driver;
}

export const driverVariables = (driver: string): NodeJS.ProcessEnv => ({
  VK_DRIVER_FILES: driver,
  VK_ICD_FILENAMES: driver,
});

/** In this process and those that it starts: the package is found, and computes on that driver. */
export function useWebGpuHere(driver: string): void {
  Object.assign(process.env, driverVariables(driver), {
    TFJS_NODE_HOME: dirname(dirname(installedPackages())),
  });
}
