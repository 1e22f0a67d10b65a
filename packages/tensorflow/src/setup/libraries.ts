// Gets TensorFlow's libraries and headers from its Python package: found and verified through pip's index, unpacked in the layout of
// Python's site-packages, in which they find each other and the CUDA libraries.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeBackend } from '../native-install.ts';
import { fetchWheel, findWheel, type FoundWheel } from './wheel.ts';
import { runProgram, say, SetupError } from './step.ts';

export const TENSORFLOW = '2.21.0';

/** Which of the package's builds: any Python serves, as none of its Python is used. */
const PYTHON = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'] as const;
const ARCHITECTURES: { readonly [architecture: string]: string } = { x64: 'x86_64', arm64: 'aarch64' };
/** Of the libraries, from the newest; pip takes none that is not named. */
const PLATFORMS = ['manylinux_2_28', 'manylinux_2_27', 'manylinux_2_17', 'manylinux2014'];

/** Unpacks what the binding needs; Python's own module is there wherever pip is. */
const UNPACK = `
import sys, zipfile
wheel, target = sys.argv[1:]
wanted = ('tensorflow/libtensorflow_cc.so.', 'tensorflow/libtensorflow_framework.so.', 'tensorflow/include/tensorflow/c/',
          'tensorflow/include/tensorflow/core/', 'tensorflow/include/xla/', 'tensorflow/include/tsl/')
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(target, [name for name in archive.namelist() if name.startswith(wanted)])
`;

/** @returns the folder that holds `tensorflow/` @throws SetupError */
export async function bringLibraries(folder: string, backend: NativeBackend): Promise<string> {
  const site = join(folder, 'site');
  if (existsSync(site)) return site;
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) throw new SetupError(`there is no TensorFlow for ${process.arch}`);
  const platforms = PLATFORMS.flatMap((platform) => ['--platform', `${platform}_${architecture}`]);
  const selection = ['--only-binary=:all:', ...platforms, ...PYTHON];
  const aside = join(folder, 'site.aside');
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  const name = backend === 'tfjs-node-gpu' ? 'tensorflow' : 'tensorflow-cpu';
  const found = findWheel(`${name}==${TENSORFLOW}`, selection);
  const wheel = await fetchWheel(found, folder);
  say('unpacking the libraries and headers');
  runProgram('python3', ['-c', UNPACK, wheel, aside], 'is the disk full? 1.2 GB are needed, for a GPU 6 GB');
  if (backend === 'tfjs-node-gpu') {
    say('pip fetches the CUDA libraries, about 2.5 GB');
    const args = [
      '-m',
      'pip',
      'install',
      '--no-deps',
      '--target',
      aside,
      ...selection,
      ...cudaLibraries(found),
    ];
    runProgram('python3', args, 'pip keeps what it has fetched: run this again');
  }
  rmSync(wheel);
  renameSync(aside, site);
  return site;
}

/** What the extra `and-cuda` of the package asks for. */
function cudaLibraries({ requires }: FoundWheel): readonly string[] {
  return requires.flatMap((requirement) => {
    const [library, condition = ''] = requirement.split(';') as [string, string?];
    return /extra == ["']and-cuda["']/.test(condition) ? [library.trim()] : [];
  });
}
