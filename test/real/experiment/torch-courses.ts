// Runs the tiny trainings in PyTorch.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeNpy } from '../../../stages/lib/data/npy.ts';
import { writeNetwork } from '../../../stages/lib/model/classifier-file.ts';
import { firstValues, networkParameters } from '../../../stages/lib/model/classifier.ts';
import { writeModel } from '../../../stages/lib/model/model-file.ts';
import { startTrainer } from '../../../stages/lib/training/trainer.ts';
import {
  classifier,
  clean,
  labels,
  models,
  noisy,
  sides,
  type Courses,
} from '../../stages/training/tiny-courses.ts';
import { venv } from '../python.ts';

/** On the active backend, which only makes the first weights. */
export async function torchCourses(): Promise<Courses> {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-courses-'));
  try {
    for (const [name, { architecture, seed }] of Object.entries(models)) {
      const trainer = startTrainer(architecture, seed);
      writeModel(join(folder, `${name}.safetensors`), await trainer.snapshot());
      trainer.dispose();
    }
    const weights = networkParameters(classifier.channels).map((parameter): [string, Float32Array] => [
      parameter.name,
      firstValues(parameter, classifier.seed),
    ]);
    writeNetwork(join(folder, 'classifier.safetensors'), {
      channels: classifier.channels,
      weights: new Map(weights),
    });
    const shape = [labels.length, 28, 28];
    writeNpy(join(folder, 'noisy.npy'), { shape, values: noisy });
    writeNpy(join(folder, 'clean.npy'), { shape, values: Float32Array.from(clean) });
    const settings = {
      models,
      classifier,
      labels: [...labels],
      training: [...sides.training],
      validation: [...sides.validation],
    };
    writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
    const { status, stdout, stderr } = spawnSync(
      join(venv('torch', ['torch', 'numpy', 'safetensors']), 'python'),
      [join(import.meta.dirname, 'torch_courses.py')],
      { cwd: folder, encoding: 'utf8', maxBuffer: 64e6 },
    );
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Courses;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
