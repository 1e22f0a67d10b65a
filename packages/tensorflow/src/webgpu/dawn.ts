// The npm package `webgpu`, which is Dawn: where it is installed, and which of its adapters is asked for.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tmpdir } from 'node:os';
import { installFolder } from '../native-install.ts';

/** With the version that the setup installs. */
export const WEBGPU_PACKAGES = { webgpu: '0.6.2' } as const;

export interface InstalledPackage {
  readonly folder: string;
  readonly version: string;
}

/** Where `setup:gpu` puts the packages; `npm ci` does not touch it. */
export const webGpuFolder = (): string => join(installFolder(), 'webgpu');

/** Looks where the setup puts it, then among the project's npm packages. */
export function findPackage(name: string): InstalledPackage | undefined {
  const own = join(webGpuFolder(), 'node_modules', name);
  const folder = existsSync(join(own, 'package.json')) ? own : amongPackages(name);
  if (folder === undefined) return undefined;
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { folder, version };
}

function amongPackages(name: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

type Dawn = typeof import('webgpu');

/**
 * What `create` made: kept until the process ends. Adapters and devices compute through it, without a reference that the garbage collector
 * knows; once it is collected, the next promise of a device crashes the process, or is never settled.
 */
const created: ReturnType<Dawn['create']>[] = [];

/** Loads it. Dawn itself is loaded once, however often this is called. */
export async function importDawn({ folder }: InstalledPackage): Promise<Dawn> {
  // Without one, Vulkan's loader prints two lines about windows that nothing here opens.
  process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
  const { main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { main: string };
  const { create, globals } = (await import(pathToFileURL(join(folder, main)).href)) as Dawn;
  return {
    globals,
    create: (options) => {
      const gpu = create(options);
      created.push(gpu);
      return gpu;
    },
  };
}
