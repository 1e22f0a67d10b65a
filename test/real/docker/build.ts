// Builds what a Dockerfile says, instruction by instruction, as folders: no daemon, no layers.
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import ignore from 'ignore';
import { assignment, filledIn, parseDockerfile, type Instruction } from './dockerfile.ts';
import { copyTree, runIn, type Process } from './rootfs.ts';

export interface Image {
  readonly root: string;
  /** As a container of it starts. */
  readonly process: Process;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}

/**
 * @param context folder with the Dockerfile and .dockerignore
 * @param base folder that stands for the images of FROM
 * @param work folder for the stages; all but the last are gone afterwards
 * @param log takes a line for each RUN
 * @throws where a RUN fails, with what it printed
 */
export function buildImage(context: string, base: string, work: string, log: (line: string) => void): Image {
  const stages = parseDockerfile(readFileSync(join(context, 'Dockerfile'), 'utf8'));
  const built = new Map<string, string>();
  let image: Image | undefined;
  for (const [at, { name, instructions }] of stages.entries()) {
    const root = join(work, name ?? `stage${at}`);
    copyTree(base, root);
    image = instructions.reduce(
      (so_far, instruction) => step(so_far, instruction, { context, built, log }),
      start(root),
    );
    if (name !== undefined) built.set(name, root);
  }
  for (const root of built.values()) rmSync(root, { recursive: true });
  return image!;
}

const start = (root: string): Image => ({
  root,
  process: {
    user: '0:0',
    folder: '/',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
  },
  entrypoint: [],
  cmd: [],
});

interface Surroundings {
  readonly context: string;
  readonly built: ReadonlyMap<string, string>;
  readonly log: (line: string) => void;
}

function step(image: Image, instruction: Instruction, around: Surroundings): Image {
  const { name, text } = instruction;
  const { process } = image;
  const filled = filledIn(text, new Map(Object.entries(process.env)));
  switch (name) {
    case 'WORKDIR':
      mkdirSync(join(image.root, filled), { recursive: true });
      return { ...image, process: { ...process, folder: filled } };
    case 'ARG': {
      const [key, value] = assignment(text);
      return { ...image, process: { ...process, env: { ...process.env, [key]: value } } };
    }
    case 'ENV': {
      const values = filled.trim().split(/\s+/).map(assignment);
      return { ...image, process: { ...process, env: { ...process.env, ...Object.fromEntries(values) } } };
    }
    case 'USER':
      return { ...image, process: { ...process, user: filled } };
    case 'ENTRYPOINT':
      return { ...image, entrypoint: JSON.parse(text) as string[] };
    case 'CMD':
      return { ...image, cmd: JSON.parse(text) as string[] };
    case 'COPY':
      copy(image, instruction, filled, around);
      return image;
    default: {
      around.log(`RUN ${text.replaceAll(/\s+/g, ' ').slice(0, 100)}`);
      const { status, output } = runIn(image.root, ['/bin/sh', '-c', text], process);
      if (status !== 0) throw new Error(`RUN ${text}\nended with ${status}:\n${output.slice(-4000)}`);
      return image;
    }
  }
}

function copy(image: Image, { flags }: Instruction, words: string, { context, built }: Surroundings): void {
  const paths = words.split(/\s+/);
  const target = join(image.root, paths.at(-1)!.startsWith('/') ? '' : image.process.folder, paths.at(-1)!);
  const from = flags['from'];
  if (from !== undefined) {
    const source = join(built.get(from)!, paths[0]!);
    if (statSync(source).isDirectory()) return copyTree(source, target);
    return copyFileSync(source, target);
  }
  for (const path of paths.slice(0, -1))
    for (const file of contextFiles(context, path)) {
      const isFolder = statSync(join(context, path)).isDirectory();
      const place = join(target, isFolder ? file.slice(path === '.' ? 0 : path.length + 1) : basename(file));
      mkdirSync(dirname(place), { recursive: true });
      copyFileSync(join(context, file), place);
      chmodSync(place, statSync(join(context, file)).mode);
    }
}

/** Files at or below a path that .dockerignore lets through, relative to the context. */
function contextFiles(context: string, path: string): readonly string[] {
  const filter = ignore().add(readFileSync(join(context, '.dockerignore'), 'utf8'));
  const walk = (at: string): readonly string[] => {
    if (at !== '.' && filter.ignores(statSync(join(context, at)).isDirectory() ? `${at}/` : at)) return [];
    if (!statSync(join(context, at)).isDirectory()) return [at];
    return readdirSync(join(context, at)).flatMap((name) => walk(at === '.' ? name : `${at}/${name}`));
  };
  return walk(path);
}
