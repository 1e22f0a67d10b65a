// Stage download: one part of the data set as MNIST's idx files, from a mirror or drawn by a generator.
import { join } from 'node:path';
import { drawDigits } from './lib/data/digits/draw.ts';
import { fetchFile } from './lib/data/download/fetch-file.ts';
import { SOURCE_FILES, type Part } from './lib/data/download/sources.ts';
import { runStage, StageError } from './lib/stage/fail.ts';
import { writeFileIn } from './lib/stage/files.ts';
import { choice, readFlags, required } from './lib/stage/flags.ts';
import { decodeIdx, encodeIdx, takeFirst, type IdxFile } from './lib/data/idx.ts';
import { SIZE } from './lib/data/images.ts';
import { say } from './lib/stage/progress.ts';
import { scratchFolder } from './lib/stage/scratch.ts';

const flags = {
  dataset: choice(['mnist', 'digits'], 'MNIST from a mirror, or synthetic digits that need no network'),
  part: choice(['train', 'test'], 'which part'),
  count: required('integer', 'number of images; of MNIST, the first ones'),
  mirrors: required(
    'texts',
    'addresses or paths of folders that hold the files; MNIST_MIRROR in the environment overrides',
  ),
  seed: required('integer', 'seed of the synthetic digits'),
  out: required('path', 'folder for the two idx files'),
} as const;

await runStage(async () => {
  const options = readFlags(
    'download',
    'Gets one part of the data set, as idx files of images and labels.',
    flags,
  );
  if (options.count < 1) throw new StageError(`--count ${options.count}: must be at least 1`);
  const part = options.part as Part;
  const files = options.dataset === 'mnist' ? await mnist(part, options.mirrors) : digits(part, options);
  const available = files[0]!.shape[0]!;
  if (options.count > available)
    throw new StageError(`--count ${options.count}: the ${part} part has ${available} images`);
  for (const [at, { name }] of SOURCE_FILES[part].entries()) {
    const kept = takeFirst(files[at]!, options.count);
    writeFileIn(join(options.out, name), encodeIdx(kept));
    say(`${name}: shape [${kept.shape.join(', ')}]`);
  }
});

async function mnist(part: Part, listed: readonly string[]): Promise<readonly IdxFile[]> {
  const own = process.env['MNIST_MIRROR'];
  const mirrors = own === undefined || own === '' ? listed : [own];
  const scratch = scratchFolder('mnist');
  const files: IdxFile[] = [];
  for (const source of SOURCE_FILES[part])
    files.push(decodeIdx(await fetchFile(source, mirrors, scratch), source.name));
  return files;
}

function digits(part: Part, { count, seed }: { count: number; seed: number }): readonly IdxFile[] {
  const { images, labels } = drawDigits(count, seed, part);
  return [
    { shape: [count, SIZE, SIZE], values: images },
    { shape: [count], values: labels },
  ];
}
