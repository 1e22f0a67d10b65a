// A small language of pipelines whose results are a pure function of their inputs: how such a pipeline is written down, and
// what each of its outputs must hold. The reference that the engine is held against.
import { createHash } from 'node:crypto';

/** One stage: it reads sources and outputs of earlier stages and writes a file or a folder of two files. */
export interface ModelStage {
  readonly sources: readonly number[];
  /** Indices of earlier stages. */
  readonly stages: readonly number[];
  readonly out: 'file' | 'folder';
  /** Hex digits of the digest that it writes: with one, other inputs often give equal outputs. */
  readonly width: 1 | 64;
  /** How its parameter reaches it: in the command, or declared as `params:`. */
  readonly param: 'cmd' | 'params';
  /** What it reads is declared: by path, or as one folder of symlinks, direct or by way of a link to the folder around. */
  readonly via: 'path' | 'links' | 'chains';
}

export interface ModelPipeline {
  readonly stages: readonly ModelStage[];
}

/** Everything that people edit. */
export interface ModelInputs {
  /** Texts of the sources. */
  readonly sources: readonly string[];
  /** Which sources may be executed; the outputs of stages show whether the files that they read are executable. */
  readonly executable: readonly boolean[];
  /** One parameter per stage. */
  readonly params: readonly number[];
  /** Members of the group `grid`, each of which reads source 0; `sum` reads the folder of their outputs. */
  readonly grid: readonly number[];
}

export type Files = Readonly<Record<string, string>>;

export const sourcePath = (index: number): string => `in/${index}.txt`;
export const outPath = (index: number, { out }: ModelStage): string =>
  out === 'file' ? `out/${index}.txt` : `out/${index}`;

/** Files that a stage's output consists of, in the order in which a shell lists them. */
export function outFiles(index: number, stage: ModelStage): readonly string[] {
  const path = outPath(index, stage);
  return stage.out === 'file' ? [path] : [`${path}/a`, `${path}/b`];
}

const viewPath = (index: number): string => `view/${index}`;

/** Symlinks that people made once, by path, with their targets. */
export function inputLinks({ stages }: ModelPipeline): Files {
  const links: Record<string, string> = { 'by/in': '../in', 'by/out': '../out' };
  for (const [index, stage] of stages.entries())
    for (const { declared } of readsOf(index, stage, stages))
      if (stage.via !== 'path')
        links[`${viewPath(index)}/${flat(declared)}`] =
          `../../${stage.via === 'chains' ? 'by/' : ''}${declared}`;
  return links;
}

/** A name of one part. */
const flat = (path: string): string => path.replaceAll('/', '-');

/** The pipeline file, the parameter file and the sources. */
export function inputFiles({ stages }: ModelPipeline, inputs: ModelInputs): Files {
  const declared = stages.map((stage, index) => {
    const reads = readsOf(index, stage, stages);
    const files = reads.map(({ opened, isSource }) =>
      isSource ? `cat ${opened}; [ ! -x ${opened} ] || echo x` : `cat ${opened}`,
    );
    const param = stage.param === 'cmd' ? `\${p${index}}` : `$(sed -n 's/^p${index}: //p' params.yaml)`;
    const digest = `{ ${[...files, `echo ${param}`].join('; ')}; } | sha256sum | cut -c1-${stage.width}`;
    const path = outPath(index, stage);
    const cmd =
      stage.out === 'file'
        ? `mkdir -p out && ${digest} > ${path}`
        : `mkdir -p ${path} && ${digest} > ${path}/a && echo ${param} > ${path}/b`;
    const deps =
      stage.via === 'path' || reads.length === 0
        ? [...new Set(reads.map(({ declared }) => declared))]
        : [viewPath(index)];
    return [
      `  s${index}:`,
      `    cmd: ${JSON.stringify(cmd)}`,
      `    deps: ${JSON.stringify(deps)}`,
      ...(stage.param === 'params' ? [`    params: [p${index}]`] : []),
      `    outs: [${path}]`,
    ].join('\n');
  });
  const grid = `
  grid:
    foreach: ${JSON.stringify(inputs.grid)}
    do:
      cmd: mkdir -p grid && { cat ${sourcePath(0)}; echo \${item}; } | sha256sum > grid/\${item}.txt
      deps: [${sourcePath(0)}]
      outs: ["grid/\${item}.txt"]
  sum:
    cmd: cat grid/* | sha256sum > sum.txt
    deps: [grid]
    outs: [sum.txt]
`;
  return {
    'pipeline.yaml': `vars: [params.yaml]\nstages:\n${declared.join('\n')}${grid}`,
    'params.yaml': inputs.params.map((value, index) => `p${index}: ${value}\n`).join(''),
    ...Object.fromEntries(inputs.sources.map((text, index) => [sourcePath(index), text])),
  };
}

interface Read {
  readonly file: string;
  readonly isSource: boolean;
  /** The source or output that holds it. */
  readonly declared: string;
  /** How its command opens it. */
  readonly opened: string;
}

/** The files that a stage reads, in the order of its command. */
function readsOf(index: number, stage: ModelStage, stages: readonly ModelStage[]): readonly Read[] {
  const read = (file: string, declared: string, isSource: boolean): Read => {
    const seen = `${viewPath(index)}/${flat(declared)}${file.slice(declared.length)}`;
    return { file, isSource, declared, opened: stage.via === 'path' ? file : seen };
  };
  return [
    ...stage.sources.map((source) => read(sourcePath(source), sourcePath(source), true)),
    ...stage.stages.flatMap((before) => {
      const earlier = stages[before]!;
      return outFiles(before, earlier).map((file) => read(file, outPath(before, earlier), false));
    }),
  ];
}

export interface Evaluated {
  /** Every file that a build leaves, by path. */
  readonly outs: Files;
  /** By address of a stage: everything that its result depends on, as one text. */
  readonly keys: ReadonlyMap<string, string>;
  /** By address: paths of its files. */
  readonly written: ReadonlyMap<string, readonly string[]>;
}

/** What a build from nothing gives. */
export function evaluate({ stages }: ModelPipeline, inputs: ModelInputs): Evaluated {
  const { sources, executable, params, grid } = inputs;
  const files: Record<string, string> = Object.fromEntries(
    sources.map((text, index) => [sourcePath(index), executable[index] ? `${text}x\n` : text]),
  );
  const keys = new Map<string, string>();
  const written = new Map<string, readonly string[]>();
  const outs: Record<string, string> = {};
  const write = (address: string, made: Files, key: unknown): void => {
    Object.assign(outs, made);
    Object.assign(files, made);
    written.set(address, Object.keys(made));
    keys.set(address, `${address} ${JSON.stringify(key)}`);
  };
  for (const [index, stage] of stages.entries()) {
    const read = readsOf(index, stage, stages).map(({ file }) => files[file]!);
    const digest = `${sha256(`${read.join('')}${params[index]}\n`).slice(0, stage.width)}\n`;
    const [first, second] = outFiles(index, stage);
    const made = { [first!]: digest, ...(second !== undefined && { [second]: `${params[index]}\n` }) };
    write(`s${index}`, made, [read, params[index]]);
  }
  for (const item of grid)
    write(`grid@${item}`, { [`grid/${item}.txt`]: sum(`${sources[0]}${item}\n`) }, [
      files[sourcePath(0)],
      item,
    ]);
  const members = [...grid].map((item) => `grid/${item}.txt`).sort();
  const read = members.map((path) => [path, files[path]!] as const);
  write('sum', { 'sum.txt': sum(read.map(([, text]) => text).join('')) }, read);
  return { outs, keys, written };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
/** What `sha256sum` prints of its standard input. */
const sum = (text: string): string => `${sha256(text)}  -\n`;
