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
}

export interface ModelPipeline {
  readonly stages: readonly ModelStage[];
}

/** Everything that people edit. */
export interface ModelInputs {
  /** Texts of the sources. */
  readonly sources: readonly string[];
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

/** The pipeline file, the parameter file and the sources. */
export function inputFiles({ stages }: ModelPipeline, inputs: ModelInputs): Files {
  const declared = stages.map((stage, index) => {
    const files = readsOf(stage, stages);
    const param = stage.param === 'cmd' ? `\${p${index}}` : `$(sed -n 's/^p${index}: //p' params.yaml)`;
    const digest = `{ cat /dev/null ${files.join(' ')}; echo ${param}; } | sha256sum | cut -c1-${stage.width}`;
    const path = outPath(index, stage);
    const cmd =
      stage.out === 'file'
        ? `mkdir -p out && ${digest} > ${path}`
        : `mkdir -p ${path} && ${digest} > ${path}/a && echo ${param} > ${path}/b`;
    const deps = [
      ...stage.sources.map(sourcePath),
      ...stage.stages.map((before) => outPath(before, stages[before]!)),
    ];
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

/** Paths of the files that a stage reads, in the order of its command. */
function readsOf(stage: ModelStage, stages: readonly ModelStage[]): readonly string[] {
  return [
    ...stage.sources.map(sourcePath),
    ...stage.stages.flatMap((before) => outFiles(before, stages[before]!)),
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
export function evaluate({ stages }: ModelPipeline, { sources, params, grid }: ModelInputs): Evaluated {
  const files: Record<string, string> = Object.fromEntries(
    sources.map((text, index) => [sourcePath(index), text]),
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
    const read = readsOf(stage, stages).map((path) => files[path]!);
    const digest = `${sha256(`${read.join('')}${params[index]}\n`).slice(0, stage.width)}\n`;
    const [first, second] = outFiles(index, stage);
    const made = { [first!]: digest, ...(second !== undefined && { [second]: `${params[index]}\n` }) };
    write(`s${index}`, made, [read, params[index]]);
  }
  for (const item of grid)
    write(`grid@${item}`, { [`grid/${item}.txt`]: sum(`${sources[0]}${item}\n`) }, [sources[0], item]);
  const members = [...grid].map((item) => `grid/${item}.txt`).sort();
  const read = members.map((path) => [path, files[path]!] as const);
  write('sum', { 'sum.txt': sum(read.map(([, text]) => text).join('')) }, read);
  return { outs, keys, written };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
/** What `sha256sum` prints of its standard input. */
const sum = (text: string): string => `${sha256(text)}  -\n`;
