// The report's pictures: test images as every method leaves them, and maps of the errors.
import { errorColour } from '../figures/colour-map.ts';
import { errorImages } from '../figures/image-grid.ts';
import { escape } from '../figures/markup.ts';
import { errorText, shareText } from '../tables/number-text.ts';
import { colourPicture, picture } from '../figures/picture.ts';
import { drawnMethodsOf } from '../measure/methods.ts';
import type { Level } from '../measure/results.ts';
import type { Samples } from '../measure/samples.ts';
import { figureLinks, pngSource, type Places } from './html.ts';
import type { Section } from './opening.ts';

export interface ShownLevel {
  readonly level: Level;
  readonly samples: Samples;
  /** Folders of the files that the pictures show. */
  readonly folders: { readonly evaluation: string; readonly baseline: string };
}

interface Strip {
  readonly name: string;
  readonly notes: readonly string[];
  readonly alt: string;
  readonly png: Uint8Array;
}

export function pictures(shown: readonly ShownLevel[], places: Places): Section {
  const content = shown.map((one) => looks(one, places) + errors(one, places));
  return {
    id: 'pictures',
    title: 'What it looks like',
    content: `<p>One test image of each digit. These images and their noise played no part in any training or tuning. The filters are shown with their calibration.</p>${content.join('')}`,
  };
}

function looks({ level, samples, folders }: ShownLevel, places: Places): string {
  const digits = samples.classes.join(', ');
  const strips: readonly Strip[] = [
    { name: 'Clean', notes: [], alt: `The digits ${digits}, clean`, png: picture([samples.clean], 2) },
    ...drawnMethodsOf(level).map(({ method, short, mse, ssim }) => ({
      name: short,
      notes: [`MSE ${errorText(mse)}`, `SSIM ${shareText(ssim)}`],
      alt: `The digits ${digits}, ${short}`,
      png: picture([samples.images[method]], 2),
    })),
  ];
  const data = [
    { path: `${folders.evaluation}/samples.npy`, text: 'denoised images (.npy)' },
    { path: `${folders.baseline}/samples/`, text: 'filtered images (.npy)' },
  ];
  return (
    `<h3>Noise σ = ${escape(level.name)}</h3>` +
    stripsHtml(
      strips,
      `Measures are means over the whole test set. ${figureLinks(places, `denoising_noise${level.name}`, data)}`,
    )
  );
}

function errors({ level, samples, folders }: ShownLevel, places: Places): string {
  const strips = drawnMethodsOf(level).map(({ method, short, mse }): Strip => ({
    name: short,
    notes: [`RMSE ${errorText(Math.sqrt(mse))}`],
    alt: `Absolute errors of ${short} at each pixel of these digits, and over all test images`,
    png: colourPicture([errorImages(samples, method)], 2, errorColour),
  }));
  const data = [
    { path: `${folders.evaluation}/error_map.npy`, text: 'mean squared error at each pixel (.npy)' },
    { path: `${folders.baseline}/error_maps/`, text: 'of the filters (.npy)' },
  ];
  return (
    `<h4>Where the errors are, σ = ${escape(level.name)}</h4>` +
    stripsHtml(
      strips,
      `<span class="scale" aria-hidden="true"></span> Absolute error of each pixel, from 0 (black) over violet and orange to 1 (light yellow); last column: root of the mean squared error over all test images. ${figureLinks(places, `error_maps_noise${level.name}`, data)}`,
    )
  );
}

/** @param caption HTML */
function stripsHtml(strips: readonly Strip[], caption: string): string {
  const rows = strips.map(
    ({ name, notes, alt, png }) =>
      `<div>${escape(name)}<small>${notes.map(escape).join(' <br>')}</small></div><img alt="${escape(alt)}" src="${pngSource(png)}">`,
  );
  return `<figure><div class="strip">${rows.join('')}</div><figcaption>${caption}</figcaption></figure>`;
}
