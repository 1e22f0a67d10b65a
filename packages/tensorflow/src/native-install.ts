// Finds an installation of TensorFlow's own libraries for Node.js, without loading it. The commands of `SETUP` install them.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isInstalled, PROJECT } from './place.ts';

export type NativeBackend = 'tfjs-node' | 'tfjs-node-gpu';

/** The folder of all installs. It is not in node_modules, because `npm ci` empties that. */
export function installFolder(): string {
  return process.env['TFJS_NODE_HOME'] || join(PROJECT, '.tensorflow');
}

/** The command that installs. */
export const SETUP: { readonly [name in NativeBackend | 'webgpu']: string } = isInstalled
  ? {
      'tfjs-node': 'npx setup-tensorflow',
      'tfjs-node-gpu': 'npx setup-tensorflow --gpu',
      webgpu: 'npx setup-tensorflow --webgpu',
    }
  : {
      'tfjs-node': 'npm run setup:tensorflow',
      'tfjs-node-gpu': 'npm run setup:tensorflow -- --gpu',
      webgpu: 'npm run setup:gpu',
    };

export interface NativeInstall {
  readonly backend: NativeBackend;
  /** Folder of the npm package. */
  readonly folder: string;
  /** Version of the npm package. */
  readonly version: string;
  /** The binary that Node.js loads. */
  readonly binding: string;
}

/** To be loaded before the binding, where it is there: see setup/log-level.ts. */
export const logLevelLibrary = (binding: string): string => join(dirname(binding), 'log_level.node');

/**
 * Looks in `TFJS_NODE_HOME` if that is set, else below the project, then among the project's npm packages.
 * @returns undefined where there is no complete install
 */
export function findNative(backend: NativeBackend): NativeInstall | undefined {
  return (
    installIn(backend, join(installFolder(), backend, 'node_modules/@tensorflow', backend)) ??
    installIn(backend, packageFolder(backend))
  );
}

/** An install is complete once it has its binding: the setup puts that into place last. */
function installIn(backend: NativeBackend, folder: string | undefined): NativeInstall | undefined {
  if (folder === undefined) return undefined;
  const binding = join(folder, 'lib/napi-v8/tfjs_binding.node');
  if (!existsSync(binding)) return undefined;
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { backend, folder, version, binding };
}

/** Of a package that npm installed. */
function packageFolder(backend: NativeBackend): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`@tensorflow/${backend}/package.json`));
  } catch {
    return undefined;
  }
}
