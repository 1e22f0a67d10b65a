// The parts of the data set, from a mirror or drawn by a generator.
import { StageError } from '../../stage/fail.ts';
import { scratchFolder } from '../../stage/scratch.ts';
import { drawDigits } from '../digits/draw.ts';
import { decodeIdx, takeFirst, type IdxFile } from '../idx.ts';
import { SIZE } from '../images.ts';
import { fetchFile } from './fetch-file.ts';
import { SOURCE_FILES, type Part } from './sources.ts';

export interface DataSource {
  readonly dataset: string;
  /** Addresses or paths of folders; MNIST_MIRROR in the environment overrides. */
  readonly mirrors: readonly string[];
  /** Of the synthetic digits. */
  readonly seed: number;
}

/** Images, then labels. @param count the first ones */
export async function readPart(source: DataSource, part: Part, count: number): Promise<readonly IdxFile[]> {
  if (source.dataset !== 'mnist') return drawn(source, part, count);
  return [await fetched(source, part, 0, count), await fetched(source, part, 1, count)];
}

/** Of MNIST, only the file of the labels is fetched. */
export async function readPartLabels(source: DataSource, part: Part, count: number): Promise<Uint8Array> {
  const file =
    source.dataset === 'mnist' ? await fetched(source, part, 1, count) : drawn(source, part, count)[1]!;
  return file.values;
}

async function fetched({ mirrors }: DataSource, part: Part, which: 0 | 1, count: number): Promise<IdxFile> {
  const own = process.env['MNIST_MIRROR'];
  const file = SOURCE_FILES[part][which];
  const bytes = await fetchFile(
    file,
    own === undefined || own === '' ? mirrors : [own],
    scratchFolder('mnist'),
  );
  const whole = decodeIdx(bytes, file.name);
  const available = whole.shape[0]!;
  if (count > available) throw new StageError(`${count} images: the ${part} part has ${available} images`);
  return takeFirst(whole, count);
}

function drawn({ seed }: DataSource, part: Part, count: number): readonly IdxFile[] {
  const { images, labels } = drawDigits(count, seed, part);
  return [
    { shape: [count, SIZE, SIZE], values: images },
    { shape: [count], values: labels },
  ];
}
