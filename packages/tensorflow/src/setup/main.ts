#!/usr/bin/env node
// Installs TensorFlow's own libraries for the backends tfjs-node and tfjs-node-gpu, or WebGPU. Continues where an earlier call stopped;
// changes one folder only.
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { existsSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { findNative, installFolder, SETUP, type NativeBackend } from '../native-install.ts';
import { isInstalled } from '../place.ts';
import { buildBinding } from './binding.ts';
import { installOrdinary, ordinaryDownloadWorks } from './ordinary.ts';
import { bringPackages, TFJS } from './packages.ts';
import { checkBackend } from './check.ts';
import { setUpWebGpu } from './gpu.ts';
import { buildLogLevel } from './log-level.ts';
import { bringLibraries, TENSORFLOW } from './libraries.ts';
import { SetupError, say } from './step.ts';

// As pip does: behind a company's proxy, Node's own list of certificate authorities is not enough.
setDefaultCACertificates([...getCACertificates('default'), ...getCACertificates('system')]);

const HELP = `Installs TensorFlow's own libraries for the backends tfjs-node and tfjs-node-gpu, or WebGPU.

Usage: ${SETUP['tfjs-node']} ${isInstalled ? '[options]' : '[-- options]'}

  --gpu          for NVIDIA GPUs: backend tfjs-node-gpu in place of tfjs-node
  --webgpu       for GPUs of any vendor: backend webgpu in place of tfjs-node${isInstalled ? '' : ` (${SETUP.webgpu})`}
  --from-wheel   build the binding, even where npm's own download works
  --help         this

Takes the npm package as it is where its download of TensorFlow works; else builds its binding against the libraries of
the Python package tensorflow-cpu ${TENSORFLOW}, which needs g++ and pip.

WebGPU is Dawn, from the npm package webgpu: 130 MB, of which this system needs a third. No script of a package is run, and
package-lock.json stays as it is. Then the GPUs are listed, and the gradients of a small model are checked on the first one.
On Linux a GPU needs Vulkan's loader and a driver: where one is missing, the distribution's packages are named.
`;

const { values } = parseArgs({
  options: {
    gpu: { type: 'boolean', default: false },
    webgpu: { type: 'boolean', default: false },
    'from-wheel': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else {
  try {
    if (values.webgpu) await setUpWebGpu();
    else await setUp(values.gpu ? 'tfjs-node-gpu' : 'tfjs-node', values['from-wheel']);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  }
}

async function setUp(backend: NativeBackend, fromWheel: boolean): Promise<void> {
  const folder = join(installFolder(), backend);
  const shown = relative(process.cwd(), folder) || '.';
  if (findNative(backend) !== undefined && (await checkBackend(backend))) {
    // An earlier version of this setup had none.
    buildLogLevel(folder, backend, bindingOf(folder, backend));
    say(`${backend} is set up already; nothing was done`);
    return;
  }
  // An existing binding did not load, or computes wrong results.
  rmSync(bindingOf(folder, backend), { force: true });
  if (process.platform !== 'linux' && fromWheel)
    throw new SetupError('the binding is built on Linux only; leave out --from-wheel');
  if (fromWheel || !(await viaNpm(folder, backend))) await build(folder, backend);
  say(`done: ${backend} ${TFJS} in ${shown}`);
  if (!isInstalled)
    say(`  use it   npx pipe repro -S base.backend=${backend}   (or base.backend in the parameter file)`);
  say(`  undo     rm -r ${shown}`);
}

/** @returns whether the package as npm installs it works here */
async function viaNpm(folder: string, backend: NativeBackend): Promise<boolean> {
  if (!(await ordinaryDownloadWorks(backend))) {
    if (process.platform !== 'linux')
      throw new SetupError(
        'the package cannot download TensorFlow here, and a binding is built on Linux only',
      );
    say("the npm package's own download cannot be reached from here: its binding is built instead");
    return false;
  }
  installOrdinary(folder, backend);
  if (existsSync(bindingOf(folder, backend)) && (await checkBackend(backend))) return true;
  say('the package as npm installs it does not work here: its binding is built instead');
  rmSync(folder, { recursive: true, force: true });
  return false;
}

async function build(folder: string, backend: NativeBackend): Promise<void> {
  bringPackages(folder, backend);
  const site = await bringLibraries(folder, backend);
  buildBinding(folder, backend, site);
  buildLogLevel(folder, backend, bindingOf(folder, backend));
  if (await checkBackend(backend)) return;
  rmSync(bindingOf(folder, backend), { force: true });
  throw new SetupError(
    'the binding was built, but what it computes is wrong or it does not load (see above)',
  );
}

function bindingOf(folder: string, backend: NativeBackend): string {
  return join(folder, 'node_modules/@tensorflow', backend, 'lib/napi-v8/tfjs_binding.node');
}
