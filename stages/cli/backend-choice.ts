// Which TensorFlow.js backend a run gets: the one that the user named, else the best that can be loaded here. A backend is part
// of what a result depends on, so the choice is passed to the pipeline as the parameter base.backend.
import type { AvailableBackends, BackendName, BackendOffer } from '@pipe-engine/tensorflow/available';
import { judgeAdapters, type Judged } from './adapter-choice.ts';
import { CommandError } from './command-error.ts';
import type { Machine } from './machine.ts';
import { FULL, valueAt, type Parameters } from './parameters.ts';

/** The ways to name a backend; the first that is set counts. */
export interface Wishes {
  /** `--backend` of the command. */
  readonly flag?: string | undefined;
  /** The variable TFJS_BACKEND. */
  readonly environment?: string | undefined;
  /** base.backend of the parameter file, where that is not just the default of the repository. */
  readonly file?: string | undefined;
}

/** The value of base.backend in the repository: it runs everywhere. */
const DEFAULT_BACKEND = 'wasm';

/** @param flag the value of `--backend` @param file the parameter file, relative to the root */
export function wishesOf(flag: string | undefined, file: string, { own }: Parameters): Wishes {
  const named = valueAt(own, 'base.backend');
  const isChosen = typeof named === 'string' && (file !== FULL || named !== DEFAULT_BACKEND);
  return { flag, environment: process.env['TFJS_BACKEND'], file: isChosen ? named : undefined };
}

export interface Choice {
  readonly offer: BackendOffer;
  /** The user did not name it. */
  readonly isAutomatic: boolean;
  /** For the user: what is used, and what could be. */
  readonly lines: readonly string[];
  /** Adapters of WebGPU, where they were asked for. */
  readonly judged?: Judged;
}

/** @throws CommandError where the named one cannot be loaded: it is never replaced in silence */
export function chooseBackend(available: AvailableBackends, wishes: Wishes, machine: Machine): Choice {
  const wanted = [wishes.flag, wishes.environment, wishes.file].find(
    (name) => name !== undefined && name !== '',
  );
  return wanted === undefined ? bestBackend(available, machine) : namedBackend(available, wanted, machine);
}

function namedBackend({ offers }: AvailableBackends, wanted: string, machine: Machine): Choice {
  const offer = offers.find(({ name }) => name === wanted);
  if (offer === undefined)
    throw new CommandError(
      `there is no backend ${wanted}; choose one of ${offers.map(({ name }) => name).join(', ')}`,
    );
  if (!offer.loadable) throw new CommandError(`the backend ${wanted} cannot be had: ${offer.why}`);
  if (wanted !== 'webgpu') return { offer, isAutomatic: false, lines: [describe(offer)] };
  const list = machine.listAdapters();
  const [adapter] = list.adapters;
  if (adapter === undefined) throw new CommandError(`the backend webgpu cannot be had: ${list.why}`);
  const named = { ...offer, device: adapter.name };
  const slow =
    adapter.kind === 'software' ? [`${adapter.name} computes on the processor, slower than wasm does`] : [];
  return {
    offer: named,
    isAutomatic: false,
    lines: [describe(named), ...slow],
    judged: { ...list, taken: adapter },
  };
}

/** CUDA's GPU, else one of WebGPU that is faster than the processor, else the processor. */
function bestBackend({ best, offers, gpus }: AvailableBackends, machine: Machine): Choice {
  const offerOf = (name: BackendName): BackendOffer | undefined =>
    offers.find((offer) => offer.name === name);
  const [cuda, webgpu, native] = [offerOf('tfjs-node-gpu'), offerOf('webgpu'), offerOf('tfjs-node')];
  const hints: string[] = [];
  if (cuda?.loadable === true) {
    const failure = machine.tryBackend(cuda.name);
    if (failure === undefined) return { offer: cuda, isAutomatic: true, lines: [describe(cuda)] };
    hints.push(`tfjs-node-gpu is not used on ${cuda.device}: ${failure}`);
  }
  const processor =
    offers.find(({ name, loadable }) => loadable && name === best && !isGpu(name)) ??
    offers.find(({ name, loadable }) => loadable && !isGpu(name));
  if (processor === undefined) throw new CommandError('no backend can be loaded here; run npm ci');
  const judged =
    webgpu?.loadable === true ? judgeAdapters(machine.listAdapters(), processor.name, machine) : undefined;
  const found = judged === undefined ? {} : { judged };
  if (judged?.taken !== undefined) {
    const offer = { ...webgpu!, device: judged.taken.name };
    return { offer, isAutomatic: true, lines: [describe(offer), ...hints], ...found };
  }
  if (judged !== undefined) {
    const [adapter] = judged.adapters;
    hints.push(`webgpu is not used${adapter === undefined ? '' : ` on ${adapter.name}`}: ${judged.refusal}`);
  } else if (gpus.length > 0 && cuda?.loadable === false)
    hints.push(
      `GPU ${gpus[0]} is not used yet. To use it: ${command(webgpu!)} (WebGPU), or ${command(cuda)} (CUDA)`,
    );
  if (gpus.length === 0 && processor.name === 'wasm' && native?.loadable === false)
    hints.push(`more than twice as fast: ${command(native)}`);
  return { offer: processor, isAutomatic: true, lines: [describe(processor), ...hints], ...found };
}

/** @param name the value of `--fallback` @throws CommandError where that is no backend of the processor, or cannot be loaded */
export function checkedFallback({ offers }: AvailableBackends, name: string): string {
  const offer = offers.find((one) => one.name === name);
  if (offer === undefined || isGpu(offer.name))
    throw new CommandError(`--fallback ${name}: choose wasm or tfjs-node`);
  if (!offer.loadable) throw new CommandError(`--fallback ${name} cannot be had: ${offer.why}`);
  return name;
}

const isGpu = (name: BackendName): boolean => name === 'tfjs-node-gpu' || name === 'webgpu';

function describe({ name, version, device }: BackendOffer): string {
  return `backend ${name}${version === undefined ? '' : ` ${version}`} on ${device === undefined || device === 'CPU' ? 'the CPU' : device}`;
}

/** The command that would make a backend loadable, which its reason ends with. */
const command = ({ why = '' }: BackendOffer): string => why.replace(/^[^:]*: /, '');
