// Stage download: one part of the data set as MNIST's idx files, from a mirror or drawn by a generator.
import { join } from 'node:path';
import { readPart } from './lib/data/download/data-set.ts';
import { SOURCE_FILES } from './lib/data/download/sources.ts';
import { runStage, StageError } from './lib/stage/fail.ts';
import { writeFileIn } from './lib/stage/files.ts';
import { choice, readFlags, required } from './lib/stage/flags.ts';
import { encodeIdx } from './lib/data/idx.ts';
import { say } from './lib/stage/progress.ts';

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
  const { part } = options;
  const files = await readPart(options, part, options.count);
  for (const [at, { name }] of SOURCE_FILES[part].entries()) {
    const file = files[at]!;
    writeFileIn(join(options.out, name), encodeIdx(file));
    say(`${name}: shape [${file.shape.join(', ')}]`);
  }
});
