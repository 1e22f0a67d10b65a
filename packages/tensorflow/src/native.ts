// Loads TensorFlow's own libraries into Node.js as a backend of TensorFlow.js, named `tensorflow` there. native-layers.ts has the
// layers that it computes faster than composed operations.
import { createRequire, registerHooks } from 'node:module';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from './backend-error.ts';
import { provideLayers } from './active-layers.ts';
import { logLevelLibrary, type NativeInstall } from './native-install.ts';
import { nativeLayers } from './native-layers.ts';
import type { NativeBackendInstance, NativeBinding } from './native-operations.ts';

const { dlopen } = constants;

/** The backend's name in TensorFlow.js' registries. */
export const NATIVE = 'tensorflow';

export interface NativeRuntime {
  /** Version of the TensorFlow libraries. */
  readonly tensorflow: string;
  readonly gpu: boolean;
}

let loaded: (NativeRuntime & { readonly threads: number }) | undefined;

/**
 * Loads and registers it; a second call finds it loaded. TensorFlow makes its threads once, at the first operation.
 * @throws BackendError where the libraries do not load, or were loaded with another number of threads
 */
export async function loadNative(install: NativeInstall, threads: number): Promise<NativeRuntime> {
  if (loaded !== undefined && loaded.threads !== threads)
    throw new BackendError(`TensorFlow runs with ${loaded.threads} threads in this process, not ${threads}`);
  return (loaded ??= { ...(await load(install, threads)), threads });
}

async function load(install: NativeInstall, threads: number): Promise<NativeRuntime> {
  process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
  process.env['TF_NUM_INTEROP_THREADS'] = '1';
  // Several trainings may share a GPU. Notes on processors and drivers do not belong into the log of a training.
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const { binding, Backend } = loadPackage(install);
  const backend = new Backend(binding, `@tensorflow/${install.backend}`);
  tf.registerBackend(NATIVE, () => backend);
  // Some layers are tried out, which takes the active backend.
  await tf.setBackend(NATIVE);
  provideLayers(NATIVE, nativeLayers(backend));
  return { tensorflow: binding.TF_Version, gpu: binding.isUsingGpuDevice() };
}

interface LoadedPackage {
  readonly binding: NativeBinding;
  readonly Backend: new (binding: NativeBinding, name: string) => NativeBackendInstance;
}

/**
 * Loads the package's backend and kernels, and not its main module: that would load all of TensorFlow.js a second time, which takes
 * longer than TensorFlow itself.
 */
function loadPackage({ folder, binding: path, backend }: NativeInstall): LoadedPackage {
  const level = logLevelLibrary(path);
  // Its answer has to come before that of the libraries themselves.
  if (existsSync(level)) process.dlopen({ exports: {} }, level, dlopen.RTLD_NOW | dlopen.RTLD_GLOBAL);
  const require = createRequire(import.meta.url);
  // Functions that Node.js 23 removed and the package still calls.
  const removed = { isNullOrUndefined: (value: unknown) => value === null || value === undefined };
  Object.assign(util, { isArray: Array.isArray, ...removed });
  const core = require.resolve('@tensorflow/tfjs-core');
  const hooks = registerHooks({
    resolve: (name, context, next) => {
      if (name === '@tensorflow/tfjs' || name === '@tensorflow/tfjs-core') return next(core, context);
      // Only for writing TensorBoard's files, which needs one more package.
      if (name === './proto/api_pb') return next('node:util', context);
      return next(name, context);
    },
  });
  try {
    const { NodeJSKernelBackend: Backend } = require(join(folder, 'dist/nodejs_kernel_backend.js')) as {
      NodeJSKernelBackend: LoadedPackage['Backend'];
    };
    require(join(folder, 'dist/register_all_kernels.js'));
    return { binding: require(path) as NativeBinding, Backend };
  } catch (error) {
    const [reason] = (error as Error).message.split('\n', 1);
    throw new BackendError(`${backend} does not load: ${reason}\n  ${path}`);
  } finally {
    hooks.deregister();
  }
}
