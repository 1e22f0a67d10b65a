// The stages' own arithmetic and files against the libraries that define them: scikit-image, scipy, NumPy and scikit-learn from
// PyPI, on the digits of the quickstart with noise.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { applyAffine, fitAffine } from '../../../stages/lib/rivals/affine-fit.ts';
import { readFold, splitsCsv, stratifiedFolds } from '../../../stages/lib/data/cv-splits.ts';
import { drawDigits } from '../../../stages/lib/data/digits/draw.ts';
import { encodeIdx } from '../../../stages/lib/data/idx.ts';
import { gaussianFilter } from '../../../stages/lib/rivals/gaussian-filter.ts';
import { quality, squaredErrorPerPixel } from '../../../stages/lib/measure/metrics.ts';
import { bootstrapMeans } from '../../../stages/lib/measure/bootstrap.ts';
import { fitLinearFilter } from '../../../stages/lib/rivals/linear-filter.ts';
import { applyFilter, settingsText, type Filter } from '../../../stages/lib/rivals/rivals.ts';
import { readNpy } from '../../../stages/lib/data/npy.ts';
import { ssimPerImage } from '../../../stages/lib/measure/ssim.ts';
import { venv } from '../python.ts';

const IMAGES = 60;
const repository = dirname(dirname(dirname(import.meta.dirname)));
const folder = mkdtempSync(join(tmpdir(), 'pipe-libraries-'));
const path = (name: string): string => join(folder, name);
const { images, labels } = drawDigits(IMAGES, 1, 'test');
const clean = Float32Array.from(images, (value) => value / 255);
let programs = '';

before(() => {
  programs = venv('experiment', ['numpy', 'scipy', 'scikit-image', 'scikit-learn', 'bm3d']);
  writeFileSync(path('images'), encodeIdx({ shape: [IMAGES, 28, 28], values: images }));
  // The stage itself writes the file that NumPy reads.
  const args = [
    '--images',
    path('images'),
    '--noise_level',
    '0.5',
    '--noise_seed',
    '42',
    '--out',
    path('noisy.npy'),
  ];
  const { status, stderr } = spawnSync(process.execPath, [join(repository, 'stages/noise.ts'), ...args]);
  assert.equal(status, 0, String(stderr));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a Python program in the folder; it prints JSON. */
function python(program: string): unknown {
  const { status, stdout, stderr } = spawnSync(join(programs, 'python'), ['-c', program], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as unknown;
}

function assertNear(actual: ArrayLike<number>, expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  for (const [at, value] of expected.entries())
    assert.ok(Math.abs(actual[at]! - value) < 1e-6, `${what} ${at}: ${actual[at]} is not ${value}`);
}

const CLEAN = `
import json, numpy as np
clean = (np.fromfile('images', np.uint8)[16:].reshape(-1, 28, 28) / 255).astype(np.float32)
noisy = np.load('noisy.npy')
`;

test('NumPy reads the noisy images', () => {
  const seen = python(`${CLEAN}
print(json.dumps({'dtype': str(noisy.dtype), 'shape': noisy.shape, 'order': bool(noisy.flags.c_contiguous),
  'range': [float(noisy.min()), float(noisy.max())], 'values': noisy[3, 10].tolist()}))`) as {
    readonly values: readonly number[];
  };
  const { values, ...rest } = seen;
  assert.deepEqual(rest, { dtype: 'float32', shape: [IMAGES, 28, 28], order: true, range: [0, 1] });
  const row = 3 * 784 + 10 * 28;
  assert.deepEqual([...readNpy(path('noisy.npy')).values.subarray(row, row + 28)], values);
});

test('NumPy writes what the stages read', () => {
  python(`import numpy as np
np.save('theirs.npy', np.arange(24, dtype=np.float32).reshape(2, 3, 4))
print('null')`);
  assert.deepEqual(readNpy(path('theirs.npy')), {
    shape: [2, 3, 4],
    values: Float32Array.from({ length: 24 }, (_, at) => at),
  });
});

test('SSIM is that of scikit-image', () => {
  const expected = python(`${CLEAN}
from skimage.metrics import structural_similarity as ssim
print(json.dumps([float(ssim(a.astype(float), b.astype(float), data_range=1.0)) for a, b in zip(clean, noisy)]))`);
  assertNear(ssimPerImage(clean, readNpy(path('noisy.npy')).values, 28), expected as number[], 'image');
});

test('errors, PSNR, pixel accuracy and the error map are those of scikit-image and NumPy', () => {
  const noisy = readNpy(path('noisy.npy')).values;
  const expected = python(`${CLEAN}
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio
a, b = clean.astype(float), noisy.astype(float)
print(json.dumps({'mse': mean_squared_error(a, b), 'psnr': float(np.mean([peak_signal_noise_ratio(x, y, data_range=1) for x, y in zip(a, b)])),
  'pixels': float(np.mean((clean >= .5) == (noisy >= .5))), 'map': ((a - b) ** 2).mean(0).ravel().tolist()}))`) as {
    readonly mse: number;
    readonly psnr: number;
    readonly pixels: number;
    readonly map: readonly number[];
  };
  const { mse, psnr, pixel_accuracy: pixels } = quality(noisy, clean);
  assertNear([mse, psnr, pixels], [expected.mse, expected.psnr, expected.pixels], 'measure');
  assertNear(squaredErrorPerPixel(noisy, clean), expected.map, 'place');
});

test("the calibration is NumPy's least squares", () => {
  const expected = python(`${CLEAN}
print(json.dumps(np.polyfit(noisy.ravel().astype(float), clean.ravel().astype(float), 1).tolist()))`);
  const { a, b } = fitAffine(readNpy(path('noisy.npy')).values, clean);
  assertNear([a, b], expected as number[], 'coefficient');
});

for (const sigma of [0.4, 0.8, 1.1, 1.7, 5])
  test(`the Gaussian filter of ${sigma} pixels is scipy's`, () => {
    const expected = python(`${CLEAN}
from scipy.ndimage import gaussian_filter
print(json.dumps(gaussian_filter(noisy, (0, ${sigma}, ${sigma})).ravel().tolist()))`);
    assertNear(gaussianFilter(readNpy(path('noisy.npy')).values, 28, sigma), expected as number[], 'pixel');
  });

/** The filters of the other libraries, image by image in double precision. */
const FILTERS: readonly {
  readonly filter: Filter;
  readonly program: string;
  readonly within: number;
}[] = [
  ...[3, 5].map((window) => ({
    filter: { rival: 'median', window } as const,
    program: `scipy.ndimage.median_filter(image, ${window})`,
    within: 1e-7,
  })),
  ...[0.05, 0.2, 0.5].map((weight) => ({
    filter: { rival: 'tv', weight } as const,
    program: `skimage.restoration.denoise_tv_chambolle(image, weight=${weight})`,
    within: 1e-6,
  })),
  ...[
    { patch: 3, distance: 4, h: 0.3, sigma: 0 },
    { patch: 5, distance: 5, h: 0.15, sigma: 0.35 },
    { patch: 7, distance: 6, h: 0.4, sigma: 0.2 },
  ].flatMap((settings) => {
    const filter = { rival: 'nlm', ...settings } as const;
    const { patch, distance, h, sigma } = settings;
    return [
      { filter, program: `non_local_means(image, ${patch}, ${distance}, ${h}, ${sigma})`, within: 1e-6 },
      // Its exponential is an approximation, within a few per cent.
      {
        filter,
        program: `skimage.restoration.denoise_nl_means(image, patch_size=${patch}, patch_distance=${distance}, h=${h}, sigma=${sigma}, fast_mode=True)`,
        within: 0.1,
      },
    ];
  }),
];

for (const { filter, program, within } of FILTERS)
  test(`${program.split('(')[0]}, ${settingsText(filter)}: is the library's`, () => {
    const expected = python(`${CLEAN}
import sys, scipy.ndimage, skimage.restoration
sys.path.append(${JSON.stringify(import.meta.dirname)})
from non_local_means import non_local_means
print(json.dumps(np.array([${program} for image in noisy.astype(float)]).ravel().tolist()))`) as readonly number[];
    const own = applyFilter(filter, readNpy(path('noisy.npy')).values);
    const distances = expected.map((value, at) => Math.abs(own[at]! - value));
    assert.ok(Math.max(...distances) < within, `at most ${Math.max(...distances)}`);
    const mean = distances.reduce((a, b) => a + b, 0) / distances.length;
    assert.ok(mean < within / 5, `on average ${mean}`);
  });

test('BM3D, for the record: better than the noise, and what it gives is shown', (t) => {
  const program = `${CLEAN}
import bm3d
print(json.dumps(np.array([bm3d.bm3d(image, 0.5) for image in noisy[:6].astype(float)]).ravel().tolist()))`;
  const filtered = Float32Array.from(python(program) as readonly number[]);
  const own = clean.subarray(0, filtered.length);
  const noisy = readNpy(path('noisy.npy')).values.subarray(0, filtered.length);
  const calibrated = quality(applyAffine(fitAffine(filtered, own), filtered), own);
  t.diagnostic(
    `BM3D at σ 0.5, calibrated: MSE ${calibrated.mse.toFixed(4)}, SSIM ${calibrated.ssim.toFixed(3)}`,
  );
  assert.ok(calibrated.mse < 0.5 * quality(noisy, own).mse, String(calibrated.mse));
});

test("the learned linear filter is NumPy's least squares", () => {
  const expected = python(`${CLEAN}
wide = np.pad(noisy.astype(float), ((0, 0), (4, 4), (4, 4)), mode='symmetric')
windows = np.lib.stride_tricks.sliding_window_view(wide, (9, 9), axis=(1, 2)).reshape(-1, 81)
rows = np.hstack([windows, np.ones((len(windows), 1))])
print(json.dumps(np.linalg.lstsq(rows, clean.astype(float).ravel(), rcond=None)[0].tolist()))`);
  const { weights } = fitLinearFilter(readNpy(path('noisy.npy')).values, clean, 28, 9);
  assertNear(weights, expected as number[], 'weight');
});

test('the interval of a mean difference is that of scipy', () => {
  const noisy = readNpy(path('noisy.npy')).values;
  const series = Float64Array.from(ssimPerImage(clean, noisy, 28));
  const [low, high] = python(`
import json, numpy as np, scipy.stats
values = np.array(${JSON.stringify([...series])})
print(json.dumps(list(scipy.stats.bootstrap((values,), np.mean, method='percentile', n_resamples=20000, random_state=0).confidence_interval)))`) as [
    number,
    number,
  ];
  const [found] = bootstrapMeans([series], 1);
  // Both are estimates; their own spread is a few hundredths of the interval.
  for (const [own, theirs] of [
    [found!.low, low],
    [found!.high, high],
  ] as const)
    assert.ok(Math.abs(own - theirs) < 0.1 * (high - low), `${own}, ${theirs}`);
});

test('folds keep the promises of StratifiedKFold, class by class', () => {
  writeFileSync(path('labels'), encodeIdx({ shape: [IMAGES], values: labels.map((label) => label % 7) }));
  const own = labels.map((label) => label % 7);
  const folds = stratifiedFolds(own, 5, 42);
  const counts = Array.from({ length: 7 }, (_, label) =>
    Array.from(
      { length: 5 },
      (_, fold) => folds.filter((value, at) => value === fold && own[at] === label).length,
    ),
  );
  const expected = python(`
import json, numpy as np
from sklearn.model_selection import StratifiedKFold
y = np.fromfile('labels', np.uint8)[8:]
counts = np.zeros((7, 5), int)
for fold, (_, test) in enumerate(StratifiedKFold(5, shuffle=True, random_state=42).split(y, y)):
    counts[:, fold] = np.bincount(y[test], minlength=7)
print(json.dumps(counts.tolist()))`) as readonly (readonly number[])[];
  const sorted = (rows: readonly (readonly number[])[]): readonly number[][] =>
    rows.map((row) => row.toSorted((a, b) => a - b));
  assert.deepEqual(sorted(counts), sorted(expected));
});

test('a splits file made with scikit-learn is read as the first version of the experiment read it', () => {
  const expected = python(`
import json, numpy as np
from sklearn.model_selection import StratifiedKFold
y = np.fromfile('labels', np.uint8)[8:]
rows, folds = [], []
for fold, (train, test) in enumerate(StratifiedKFold(5, shuffle=True, random_state=42).split(y, y)):
    rows += [(int(i), int(y[i]), fold) for i in train]
    folds.append({'training': train.tolist(), 'validation': test.tolist()})
with open('splits.csv', 'w') as file:
    file.write('index,label,split\\n' + ''.join(f'{i},{l},{s}\\n' for i, l, s in sorted(rows)))
print(json.dumps(folds))`) as readonly {
    readonly training: readonly number[];
    readonly validation: readonly number[];
  }[];
  for (const [fold, { training, validation }] of expected.entries()) {
    const read = readFold(path('splits.csv'), fold, IMAGES);
    assert.deepEqual([[...read.training], [...read.validation]], [training, validation]);
  }
});

test('pandas-like reading of our splits file gives the folds', () => {
  const folds = stratifiedFolds(labels, 5, 42);
  writeFileSync(path('ours.csv'), splitsCsv(labels, folds, 5));
  const validation = python(`
import json, numpy as np
rows = np.genfromtxt('ours.csv', delimiter=',', names=True, dtype=int)
print(json.dumps([sorted(set(range(${IMAGES})) - set(rows['index'][rows['split'] == s].tolist())) for s in range(5)]))`);
  assert.deepEqual(
    validation,
    [0, 1, 2, 3, 4].map((fold) => [...folds.keys()].filter((index) => folds[index] === fold)),
  );
  assert.equal(readFileSync(path('ours.csv'), 'utf8').split('\n').length, 2 + 4 * IMAGES);
});
