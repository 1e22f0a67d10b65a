// What a training uses of its machine, under MLflow's names of system metrics: measured at the end of each epoch.
import { spawnSync } from 'node:child_process';
import { cpus, freemem, totalmem } from 'node:os';

/** By name, without the `system/` before it. */
export type SystemSample = Readonly<Record<string, number>>;

const MEGA = 1e6;
/** Of nvidia-smi's memory. */
const MEBI = 2 ** 20;
const PATIENCE_MS = 5000;

/**
 * @param usesGpu where nvidia-smi is asked, too @param patienceMs how long an answer of it may take
 * @returns what measures since the last call
 */
export function startSystemMetrics(usesGpu: boolean, patienceMs = PATIENCE_MS): () => SystemSample {
  let [machine, own, time] = [processorTimes(), process.cpuUsage(), performance.now()];
  let readGpus = usesGpu;
  return () => {
    const [before, ownBefore, timeBefore] = [machine, own, time];
    [machine, own, time] = [processorTimes(), process.cpuUsage(), performance.now()];
    const busy = machine.all - before.all - (machine.idle - before.idle);
    const used = totalmem() - freemem();
    const ownTime = own.user + own.system - ownBefore.user - ownBefore.system;
    const gpus = readGpus ? gpuMetrics(patienceMs) : {};
    // Without nvidia-smi there will be none at the next epoch either.
    readGpus &&= Object.keys(gpus).length > 0;
    return {
      cpu_utilization_percentage: share(busy, machine.all - before.all),
      system_memory_usage_megabytes: round(used / MEGA),
      system_memory_usage_percentage: share(used, totalmem()),
      process_cpu_utilization_percentage: share(ownTime / 1000, time - timeBefore),
      process_memory_usage_megabytes: round(process.memoryUsage.rss() / MEGA),
      ...gpus,
    };
  };
}

function processorTimes(): { readonly all: number; readonly idle: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return {
    all: sum(times.map(({ user, nice, sys, idle, irq }) => user + nice + sys + idle + irq)),
    idle: sum(times.map(({ idle }) => idle)),
  };
}

const QUERY = 'index,utilization.gpu,memory.used,memory.total,power.draw,power.limit';

/** Empty where nvidia-smi does not answer. */
function gpuMetrics(patienceMs: number): SystemSample {
  const { status, stdout } = spawnSync(
    'nvidia-smi',
    [`--query-gpu=${QUERY}`, '--format=csv,noheader,nounits'],
    {
      encoding: 'utf8',
      timeout: patienceMs,
    },
  );
  return status === 0 ? parseGpus(stdout) : {};
}

/** @param csv of nvidia-smi; a value that a card does not have is [N/A] */
export function parseGpus(csv: string): SystemSample {
  const found = csv
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line): [string, number][] => {
      const [index, utilisation, memory, allMemory, power, limit] = line.split(',').map(Number) as [
        number,
        ...number[],
      ];
      return [
        [`gpu_${index}_utilization_percentage`, utilisation!],
        [`gpu_${index}_memory_usage_megabytes`, round((memory! * MEBI) / MEGA)],
        [`gpu_${index}_memory_usage_percentage`, share(memory!, allMemory!)],
        [`gpu_${index}_power_usage_watts`, power!],
        [`gpu_${index}_power_usage_percentage`, share(power!, limit!)],
      ];
    });
  return Object.fromEntries(found.filter(([, value]) => Number.isFinite(value)));
}

const share = (part: number, all: number): number => (all === 0 ? 0 : round((100 * part) / all));

const round = (value: number): number => Math.round(value * 10) / 10;
