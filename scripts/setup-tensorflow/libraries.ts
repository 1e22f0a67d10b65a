// TensorFlow's libraries and headers out of its Python package: found and checked through pip's index, unpacked in the layout of
// Python's site-packages, in which they find each other and the CUDA libraries beside them.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeBackend } from '../../stages/lib/tensorflow/native-install.ts';
import { fetchWheel, findWheel } from './wheel.ts';
import { runProgram, say, SetupError } from './step.ts';

export const TENSORFLOW = '2.21.0';

/** Which of the package's builds: any Python serves, as none of its Python is used. */
const PYTHON = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'] as const;
const PLATFORMS: { readonly [architecture: string]: string } = {
  x64: 'manylinux_2_27_x86_64',
  arm64: 'manylinux_2_27_aarch64',
};

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
  const platform = PLATFORMS[process.arch];
  if (platform === undefined) throw new SetupError(`there is no TensorFlow for ${process.arch}`);
  const selection = ['--only-binary=:all:', '--platform', platform, ...PYTHON];
  const aside = join(folder, 'site.aside');
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  if (backend === 'tfjs-node-gpu') {
    say(`pip installs tensorflow ${TENSORFLOW} with the CUDA libraries (3.4 GB)`);
    const requirement = `tensorflow[and-cuda]==${TENSORFLOW}`;
    const args = ['-m', 'pip', 'install', '--target', aside, ...selection, requirement];
    runProgram('python3', args, 'pip keeps what it has fetched: run this again');
  } else {
    const wheel = await fetchWheel(findWheel(`tensorflow-cpu==${TENSORFLOW}`, selection), folder);
    say('unpacking the libraries and headers');
    runProgram('python3', ['-c', UNPACK, wheel, aside], 'is the disk full? 1.2 GB are needed');
    rmSync(wheel);
  }
  renameSync(aside, site);
  return site;
}
