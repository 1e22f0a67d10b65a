// Each number of the stages, run one after the other on forty digits, is that of the files it names: computed here again.
// One process for all of chain/: the stages run once.
import './chain/trainings.ts';
import './chain/measurements.ts';
import './chain/records.ts';
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { useBackend } from '../../stages/lib/stage/backend.ts';
import { sampleOf } from '../amount.ts';
import { fails, type FlagTexts } from './run-stage.ts';
import { backend, inRoot, root, runChain, trainFlags } from './tiny-chain.ts';

before(() => Promise.all([useBackend('wasm', 1), runChain()]));
after(() => rmSync(root, { recursive: true, force: true }));

test('values that make no sense, and files of another noise level, are refused', async () => {
  const selection = 'select/selection_noise0.4.json';
  const noise = { images: 'train-images', noise_seed: 1, out: 'x.npy' };
  const cases: readonly (readonly [stage: string, flags: FlagTexts, message: RegExp])[] = [
    ...(['latent_dim', 'batch_size', 'epochs', 'early_stopping_patience'] as const).map(
      (name) =>
        [
          'train',
          { ...trainFlags(0.15, 0), [name]: 0 },
          new RegExp(`--${name} 0: must be at least 1`),
        ] as const,
    ),
    ['train', { ...trainFlags(0.15, 0), train_on: 21 }, /--train_on 21: there are 20 training images/],
    ['train', { ...trainFlags(0.15, 0), train_on: 0 }, /--train_on 0: must be a whole number from 1, or all/],
    ['train', trainFlags(0, 0), /--learning_rate 0: must be above 0/],
    ['train', { ...trainFlags(0.15, 0), filters: [2, 0, 4] }, /--filters 2 0 4: must be three numbers/],
    ['train', { ...trainFlags(0.15, 0), fold: 2 }, /no fold 2; its folds are 0, 1/],
    ['train', { ...trainFlags(0.15, 0), noisy: 'noisy/test_noise0.4.npy' }, /the clean set has 40 images/],
    ['noise', { ...noise, noise_level: -0.1 }, /--noise_level: must not be negative/],
    ['noise_test', { ...noise, selection, noise_level: 0.5 }, /is the selection for σ 0\.4, not for 0\.5/],
    [
      'retrain',
      {
        selection,
        images: 'train-images',
        noisy: 'noisy/train_noise0.4.npy',
        noise_level: 0.5,
        final_seeds: 1,
        ...backend,
        out: 'x',
        timings: 'x.json',
      },
      /is the selection for σ 0\.4, not for 0\.5/,
    ],
    [
      'split',
      { labels: 'train-labels', n_splits: 1, seed: 1, out: 'x.csv' },
      /--n_splits 1: must be at least 2/,
    ],
  ];
  const chosen = sampleOf(cases, 5);
  for (let at = 0; at < chosen.length; at += 4)
    await Promise.all(
      chosen.slice(at, at + 4).map(([stage, flags, message]) => fails(root, stage, flags, message)),
    );
  for (const file of ['x', 'x.npy', 'x.json', 'x.csv']) assert.equal(existsSync(inRoot(file)), false, file);
});
