// Max-pooling of 2×2 pixels; of an odd height or width the last row or column is left out.
import type { Kernel } from '../../kernel.ts';
import { perValue, split } from './per-value.ts';

interface ImageSizes {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export function pool({ images, height, width, channels }: ImageSizes): Kernel {
  const [h, w] = [Math.floor(height / 2), Math.floor(width / 2)];
  return perValue(
    'pool',
    images * h * w * channels,
    ['x'],
    ['y'],
    `
    ${split({ n: images, r: h, c: w, o: channels })}
    let f = ((n*${height}+2*r)*${width}+2*c)*${channels}+o;
    y[at] = max(max(x[f], x[f+${channels}]), max(x[f+${width * channels}], x[f+${(width + 1) * channels}]));`,
  );
}

export function poolGradient({ images, height, width, channels }: ImageSizes): Kernel {
  const [h, w] = [Math.floor(height / 2), Math.floor(width / 2)];
  return perValue(
    'pool gradient',
    images * height * width * channels,
    ['x', 'dy'],
    ['dx'],
    `
    ${split({ n: images, r: height, c: width, o: channels })}
    if (r / 2 >= ${h} || c / 2 >= ${w}) { dx[at] = 0.0; return; }
    let f = ((n*${height}+r/2*2)*${width}+c/2*2)*${channels}+o;
    var best = 0; var value = x[f];
    if (x[f+${channels}] > value) { best = 1; value = x[f+${channels}]; }
    if (x[f+${width * channels}] > value) { best = 2; value = x[f+${width * channels}]; }
    if (x[f+${(width + 1) * channels}] > value) { best = 3; }
    dx[at] = select(0.0, dy[((n*${h}+r/2)*${w}+c/2)*${channels}+o], best == (r&1)*2+(c&1));`,
  );
}
