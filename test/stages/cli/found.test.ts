// What `info` says of results that are here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeData, describeProgress, describeResults } from '../../../stages/cli/found.ts';
import { makeSpace } from '../../hash/space.ts';

const stage = (name: string, ...paths: readonly string[]) => ({
  name,
  group: name.includes('@') ? name.slice(0, name.indexOf('@')) : null,
  outs: paths.map((path) => ({ path })),
});

test('the measures of each level beside those of the noisy input and of the rival with the least error', (t) => {
  const space = makeSpace(t);
  const json = (path: string, value: object): string => space.write(path, JSON.stringify(value));
  json('e/metrics.json', { model: { mse: 0.01, ssim: 0.9 }, images: 3 });
  json('b/metrics.json', {
    images: 3,
    noisy: { mse: 0.25, ssim: 0.1 },
    median: { mse: 0.05, ssim: 0.8 },
    learned: { mse: 0.03, ssim: 0.6 },
    gaussian: { mse: 0.04, ssim: 0.7 },
  });
  json('alone/metrics.json', { model: { mse: 0.02, ssim: 0.5 } });
  space.write('half/metrics.json', '{"model": ');
  for (const file of ['report.html', 'other.html']) space.write(`r/${file}`, '');
  const stages = [
    stage('baseline@0.5', 'b/images.bin', 'b/metrics.json'),
    stage('evaluate@0.5', 'e/metrics.json'),
    stage('evaluate@0.7', 'alone/metrics.json'),
    stage('evaluate@0.8', 'half/metrics.json'),
    stage('evaluate@0.9', 'missing/metrics.json'),
    stage('report', 'r/report.html', 'r/other.html'),
    stage('best_model', 'r/best_model_final.safetensors'),
  ];
  assert.deepEqual(describeResults(space.path('.'), stages), [
    'σ 0.5: MSE 0.0100, SSIM 0.900 (noisy input MSE 0.2500, SSIM 0.100; strongest rival learned MSE 0.0300, SSIM 0.600) on the test set',
    'σ 0.7: MSE 0.0200, SSIM 0.500 on the test set',
    'r/report.html',
  ]);
});

test('which trainings are done, and which data are here', (t) => {
  const space = makeSpace(t);
  const stages = [
    stage('download@images', 'd/images'),
    stage('download@labels', 'd/labels'),
    stage('train@1', '1/model', '1/curve'),
    stage('train@2', '2/model', '2/curve'),
    stage('evaluate@1', 'd/images'),
  ];
  const root = space.path('.');
  assert.deepEqual(describeProgress(root, stages), []);
  for (const path of ['1/model', '1/curve', '2/model']) space.write(path, '');
  assert.deepEqual(describeProgress(root, stages), ['1 of 2 trainings done'], 'not one that lacks an output');
  space.write('d/images', 'x'.repeat(1_260_000));
  assert.deepEqual(describeData(root, stages), [
    'd/images: 1.3 MB',
    'd/labels: not here yet; the first run gets it',
  ]);
});
