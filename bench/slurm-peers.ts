// Other engines that submit to Slurm, installed into a folder of the benchmark's own: Snakemake from PyPI, Nextflow from Maven Central.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { install } from '../test/real/debian.ts';

export interface SlurmPeer {
  readonly name: string;
  /** For bash. */
  readonly command: string;
  /** By name. */
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** Why one is not there. */
export interface Absent {
  readonly name: string;
  readonly why: string;
}

export interface Work {
  readonly jobs: number;
  /** Of a job. */
  readonly seconds: number;
}

/** @param home where they are installed, and found again. @param conf the configuration of the cluster. */
export function findSlurmPeers(home: string, conf: string, work: Work): readonly (SlurmPeer | Absent)[] {
  return [
    orAbsent('snakemake', () => snakemake(home, conf, work)),
    orAbsent('nextflow', () => nextflow(home, work)),
  ];
}

function orAbsent(name: string, find: () => SlurmPeer): SlurmPeer | Absent {
  try {
    return find();
  } catch (error) {
    return { name, why: (error as Error).message };
  }
}

function snakemake(home: string, conf: string, { jobs, seconds }: Work): SlurmPeer {
  const venv = join(home, 'venv-snakemake-slurm');
  mkdirSync(home, { recursive: true });
  const done = join(venv, 'installed');
  if (!existsSync(done)) {
    call(home, 'python3', '-m', 'venv', venv);
    call(home, `${venv}/bin/pip`, 'install', '-q', 'snakemake', 'snakemake-executor-plugin-slurm');
    writeFileSync(done, '');
  }
  // Its jobs call `srun` without SLURM_CONF, and this cluster is not that of /etc.
  const programs = join(home, 'programs');
  mkdirSync(programs, { recursive: true });
  const srun = `#!/bin/sh\nPATH=\${PATH#'${programs}:'}\nSLURM_CONF='${conf}' exec srun "$@"\n`;
  writeFileSync(join(programs, 'srun'), srun, { mode: 0o755 });
  return {
    name: 'snakemake',
    // Each job is a Snakemake of its own and another below `srun`, which need more memory than the nodes give by default. It looks
    // as often as it may: its defaults are 40 s before the first look and 10 s between two.
    command: `PATH='${programs}':$PATH '${venv}/bin/snakemake' -q all --executor slurm -j ${jobs} --default-resources mem_mb=900 runtime=5 \
--slurm-init-seconds-before-status-checks 1 --seconds-between-status-checks 1 --slurm-logdir "$PWD/logs"`,
    files: {
      Snakefile: `rule all:
    input: expand("out-{n}", n=range(1, ${jobs + 1}))
rule s:
    output: "out-{n}"
    shell: "sleep ${seconds}; echo made > {output}"
`,
    },
  };
}

/** The last whose parts are all in Maven Central, without those for clouds. */
const NEXTFLOW = '24.10.5';

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>bench</groupId><artifactId>bench</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>io.nextflow</groupId><artifactId>nextflow</artifactId><version>${NEXTFLOW}</version>
    <exclusions><exclusion><groupId>io.nextflow</groupId><artifactId>nf-httpfs</artifactId></exclusion></exclusions>
  </dependency></dependencies>
</project>
`;

/** What Nextflow opens of Java for itself. */
const OPENED = ['lang', 'io', 'nio', 'net', 'util', 'util.concurrent', 'util.concurrent.locks'];

function nextflow(home: string, { jobs, seconds }: Work): SlurmPeer {
  const folder = join(home, 'nextflow');
  const done = join(folder, 'installed');
  if (!existsSync(done)) {
    if (spawnSync('mvn', ['-v']).error) install('default-jre-headless', 'maven');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'pom.xml'), POM);
    call(folder, 'mvn', '-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${folder}/lib`);
    writeFileSync(done, '');
  }
  const opened = OPENED.map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`).join(' ');
  return {
    name: 'nextflow',
    command: `java ${opened} -cp '${folder}/lib/*' nextflow.cli.Launcher -q run main.nf`,
    env: {
      NXF_HOME: join(folder, 'home'),
      NXF_OFFLINE: 'true',
      NXF_DISABLE_CHECK_LATEST: 'true',
      NXF_ANSI_LOG: 'false',
    },
    files: {
      // Its defaults are 100 jobs at a time, a look every 5 s and a question to Slurm every minute.
      'nextflow.config': `process.executor = 'slurm'
executor { queueSize = ${jobs}; pollInterval = '1 sec'; queueStatInterval = '1 sec' }
`,
      'main.nf': `process s {
  publishDir '.', mode: 'link'
  input: val n
  output: path "out-\${n}"
  script: "sleep ${seconds}; echo made > out-\${n}"
}
workflow { Channel.of(1..${jobs}) | s }
`,
    },
  };
}

/** @throws Error with the last line of what the program says. */
function call(cwd: string, program: string, ...args: readonly string[]): void {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status === 0) return;
  const said = (stderr || stdout || '').trim().split('\n').at(-1);
  throw new Error(`\`${program} ${args[0]}\` failed: ${error?.message ?? said}`);
}
