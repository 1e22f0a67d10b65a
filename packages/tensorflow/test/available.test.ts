// Which backends are reported as loadable, with fake installs and a fake driver; and what a stage prints where its backend is missing,
// or a faster one is installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { AvailableBackends } from '../src/available.ts';

const repository = dirname(dirname(dirname(import.meta.dirname)));
interface Machine {
  /** Installs a program that prints what NVIDIA's would. */
  readonly driver: (script: string) => void;
  readonly install: (backend: string) => void;
  readonly available: () => AvailableBackends;
  /** What a stage prints that takes the backend. */
  readonly use: (backend: string) => { readonly stdout: string; readonly stderr: string };
}

/** Without any install. */
function makeMachine(t: TestContext): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-available-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const node = (program: string): ReturnType<Machine['use']> =>
    spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: [bin, process.env['PATH']].join(delimiter),
        TFJS_NODE_HOME: folder,
      },
    });
  return {
    driver(script) {
      writeFileSync(join(bin, 'nvidia-smi'), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, 'nvidia-smi'), 0o755);
    },
    install(backend) {
      const target = join(folder, backend, 'node_modules/@tensorflow', backend);
      mkdirSync(join(target, 'lib/napi-v8'), { recursive: true });
      writeFileSync(join(target, 'package.json'), '{"version": "4.22.0"}');
      writeFileSync(join(target, 'lib/napi-v8/tfjs_binding.node'), 'no binding');
    },
    available() {
      const { stdout, stderr } = node(
        `import { availableBackends } from '${repository}/packages/tensorflow/src/available.ts'; console.log(JSON.stringify(await availableBackends()))`,
      );
      assert.equal(stderr, '');
      return JSON.parse(stdout) as AvailableBackends;
    },
    use: (backend) =>
      node(
        `import { runStage } from '${repository}/stages/lib/stage/fail.ts'; import { useBackend } from '${repository}/stages/lib/stage/backend.ts'; await runStage(() => useBackend('${backend}', 1));`,
      ),
  };
}

const why = ({ offers }: AvailableBackends, name: string): string | undefined =>
  offers.find((offer) => offer.name === name)?.why;

test('without any install WASM is the best, and the others say what they lack', (t) => {
  const { driver, available, use } = makeMachine(t);
  // As NVIDIA's does where its driver is not loaded.
  driver('echo "NVIDIA-SMI has failed because it could not communicate with the driver."; exit 9');
  const found = available();
  assert.equal(found.best, 'wasm');
  assert.deepEqual(found.gpus, []);
  assert.equal(why(found, 'tfjs-node-gpu'), 'nvidia-smi lists no GPU on this machine');
  assert.equal(why(found, 'tfjs-node'), 'not installed: npm run setup:tensorflow');
  assert.match(
    use('tfjs-node').stderr,
    /^error: the tfjs-node backend is not installed\n {2}install it: npm run setup:tensorflow/,
  );
});

test('a GPU without the package names the command; with both it is the best', (t) => {
  const { driver, install, available } = makeMachine(t);
  driver('echo "NVIDIA H100 80GB HBM3"');
  const before = available();
  assert.deepEqual([before.best, before.gpus], ['wasm', ['NVIDIA H100 80GB HBM3']]);
  assert.equal(why(before, 'tfjs-node-gpu'), 'not installed: npm run setup:tensorflow -- --gpu');
  install('tfjs-node-gpu');
  const found = available();
  assert.equal(found.best, 'tfjs-node-gpu');
  assert.deepEqual(found.offers[0], {
    name: 'tfjs-node-gpu',
    loadable: true,
    version: '4.22.0',
    device: 'NVIDIA H100 80GB HBM3',
  });
});

test('an installed tfjs-node is the best on a machine without a GPU; a stage on WASM says so', (t) => {
  const { driver, install, available, use } = makeMachine(t);
  driver('exit 9');
  install('tfjs-node');
  assert.equal(available().best, 'tfjs-node');
  assert.match(use('wasm').stdout, /^note: tfjs-node is installed .*base\.backend: tfjs-node$/m);
});

test('a binding that does not load is an error of one sentence', (t) => {
  const { install, use } = makeMachine(t);
  install('tfjs-node');
  const { stderr } = use('tfjs-node');
  assert.match(stderr, /^error: tfjs-node does not load: /);
  assert.doesNotMatch(stderr, /\n {4}at /);
});
