// Compiles the package's own binding between Node.js and TensorFlow: its sources as they are, one call of the compiler.
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeBackend } from '../native-install.ts';
import { runProgram, say, SetupError } from './step.ts';

/** @param site folder that holds TensorFlow's libraries and headers @throws SetupError */
export function buildBinding(folder: string, backend: NativeBackend, site: string): void {
  say('compiling the binding');
  const modules = join(folder, 'node_modules');
  const source = join(modules, '@tensorflow', backend);
  const target = join(source, 'lib/napi-v8');
  mkdirSync(target, { recursive: true });
  const libraries = join(site, 'tensorflow');
  const aside = join(target, 'tfjs_binding.node.aside');
  const link = ['libtensorflow_cc.so.', 'libtensorflow_framework.so.'].map(
    (name) => `-l:${find(libraries, name)}`,
  );
  // Relative to the binding, so that the folder can be moved. As RPATH, because the loader uses that for the libraries' own
  // dependencies, too: those of CUDA.
  const cuda = backend === 'tfjs-node-gpu' ? cudaFolders(site) : [];
  const paths = ['tensorflow', ...cuda].map((name) => `-Wl,-rpath,$ORIGIN/../../../../../site/${name}`);
  const headers = [join(modules, 'node-api-headers/include'), join(libraries, 'include'), join(source, '..')];
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(source, 'binding', name));
  const compile = ['-O2', '-std=c++17', '-fPIC', '-DNAPI_VERSION=8', ...headers.map((path) => `-I${path}`)];
  const linking = ['-shared', '-o', aside, `-L${libraries}`, ...link, '-Wl,--disable-new-dtags', ...paths];
  runProgram(
    process.env['CXX'] || 'g++',
    [...compile, ...sources, ...linking],
    'g++ is the C++ compiler (Debian: apt install g++); CXX names another',
  );
  renameSync(aside, join(target, 'tfjs_binding.node'));
  // Only the compiler read them.
  rmSync(join(libraries, 'include'), { recursive: true, force: true });
}

function find(folder: string, start: string): string {
  const name = readdirSync(folder).find((entry) => entry.startsWith(start));
  if (name === undefined)
    throw new SetupError(`${start}* is not in the package\n  remove ${folder}, and run this again`);
  return name;
}

/** `nvidia/cudnn/lib` and so on. */
function cudaFolders(site: string): readonly string[] {
  return readdirSync(join(site, 'nvidia')).map((name) => `nvidia/${name}/lib`);
}
