// The pipeline that most claims are measured on, in every tool's own words: N stages that copy a file, and one that joins
// their outputs.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const kinds = ['pipe', 'dvc', 'ninja', 'n2', 'make', 'doit', 'snakemake', 'wireit', 'turbo'] as const;
export type Kind = (typeof kinds)[number];

/** Makes the folder anew. */
export function makeFanOut(folder: string, count: number, kind: Kind): void {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['in', 'out']) mkdirSync(join(folder, name), { recursive: true });
  const numbers = Array.from({ length: count }, (_, index) => index);
  for (const n of numbers) writeFileSync(join(folder, `in/${n}.txt`), `input ${n}\n`);
  for (const [name, text] of Object.entries(files[kind](numbers))) writeFileSync(join(folder, name), text);
}

const outs = (numbers: readonly number[]): string[] => numbers.map((n) => `out/${n}.txt`);
const joinCommand = (numbers: readonly number[]): string => `cat ${outs(numbers).join(' ')} > all.txt`;
const copy = (n: number): string => `cat in/${n}.txt > out/${n}.txt`;

function stagesYaml(numbers: readonly number[]): string {
  const stages = numbers.map(
    (n) => `  s${n}:\n    cmd: ${copy(n)}\n    deps:\n    - in/${n}.txt\n    outs:\n    - out/${n}.txt\n`,
  );
  const deps = outs(numbers).map((out) => `    - ${out}\n`);
  return `stages:\n${stages.join('')}  join:\n    cmd: ${joinCommand(numbers)}\n    deps:\n${deps.join('')}    outs:\n    - all.txt\n`;
}

const buildNinja = (numbers: readonly number[]): string =>
  [
    'rule copy\n  command = cat $in > $out',
    ...numbers.map((n) => `build out/${n}.txt: copy in/${n}.txt`),
    `build all.txt: copy ${outs(numbers).join(' ')}`,
    '',
  ].join('\n');

const packageJson = (more: object): string =>
  JSON.stringify({ name: 'fan-out', version: '1.0.0', private: true, ...more });

const files: { readonly [kind in Kind]: (numbers: readonly number[]) => Readonly<Record<string, string>> } = {
  pipe: (numbers) => ({ 'pipeline.yaml': stagesYaml(numbers) }),
  dvc: (numbers) => ({ 'dvc.yaml': stagesYaml(numbers) }),
  ninja: (numbers) => ({ 'build.ninja': buildNinja(numbers) }),
  n2: (numbers) => ({ 'build.ninja': buildNinja(numbers) }),
  make: (numbers) => ({
    Makefile: `all.txt: ${outs(numbers).join(' ')}\n\tcat $^ > $@\nout/%.txt: in/%.txt\n\tcat $< > $@\n`,
  }),
  doit: (numbers) => ({
    'dodo.py': `N = range(${numbers.length})
def task_copy():
    for n in N:
        yield {'name': str(n), 'actions': [f'cat in/{n}.txt > out/{n}.txt'], 'file_dep': [f'in/{n}.txt'], 'targets': [f'out/{n}.txt']}
def task_join():
    deps = [f'out/{n}.txt' for n in N]
    return {'actions': ['cat ' + ' '.join(deps) + ' > all.txt'], 'file_dep': deps, 'targets': ['all.txt']}
`,
  }),
  snakemake: (numbers) => ({
    Snakefile: `N = range(${numbers.length})
rule join:
    input: expand('out/{n}.txt', n=N)
    output: 'all.txt'
    shell: 'cat {input} > {output}'
rule copy:
    input: 'in/{n}.txt'
    output: 'out/{n}.txt'
    shell: 'cat {input} > {output}'
`,
  }),
  wireit: (numbers) => ({
    'package.json': packageJson({
      scripts: Object.fromEntries([...numbers.map((n) => [`s${n}`, 'wireit']), ['join', 'wireit']]),
      wireit: {
        ...Object.fromEntries(
          numbers.map((n) => [
            `s${n}`,
            { command: copy(n), files: [`in/${n}.txt`], output: [`out/${n}.txt`] },
          ]),
        ),
        join: {
          command: joinCommand(numbers),
          dependencies: numbers.map((n) => `s${n}`),
          files: [],
          output: ['all.txt'],
        },
      },
    }),
  }),
  turbo: (numbers) => ({
    'package.json': packageJson({
      packageManager: 'npm@11.0.0',
      scripts: { ...Object.fromEntries(numbers.map((n) => [`s${n}`, copy(n)])), join: joinCommand(numbers) },
    }),
    'package-lock.json': JSON.stringify({
      name: 'fan-out',
      version: '1.0.0',
      lockfileVersion: 3,
      packages: { '': { name: 'fan-out', version: '1.0.0' } },
    }),
    'turbo.json': JSON.stringify({
      tasks: {
        ...Object.fromEntries(
          numbers.map((n) => [`s${n}`, { inputs: [`in/${n}.txt`], outputs: [`out/${n}.txt`] }]),
        ),
        join: { dependsOn: numbers.map((n) => `s${n}`), outputs: ['all.txt'] },
      },
    }),
  }),
};
