// Which TensorFlow.js backend a run gets: the one that the user named, else the best that can be loaded here. A backend is part
// of what a result depends on, so the choice is passed to the pipeline as the parameter base.backend.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { AvailableBackends, BackendOffer } from '@pipe-engine/tensorflow/available';
import { CommandError } from './command-error.ts';
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
}

/**
 * @param tryIt loads a backend and says what went wrong, undefined where nothing did; asked of GPUs alone, since their driver may
 * refuse what is installed
 * @throws CommandError where the named one cannot be loaded: it is never replaced in silence
 */
export function chooseBackend(
  { best, offers, gpus }: AvailableBackends,
  wishes: Wishes,
  tryIt: (name: string) => string | undefined,
): Choice {
  const wanted = [wishes.flag, wishes.environment, wishes.file].find(
    (name) => name !== undefined && name !== '',
  );
  if (wanted !== undefined) {
    const offer = offers.find(({ name }) => name === wanted);
    if (offer === undefined)
      throw new CommandError(
        `there is no backend ${wanted}; choose one of ${offers.map(({ name }) => name).join(', ')}`,
      );
    if (!offer.loadable) throw new CommandError(`the backend ${wanted} cannot be had: ${offer.why}`);
    return { offer, isAutomatic: false, lines: [describe(offer)] };
  }
  const gpu = offers.find(({ name }) => name === 'tfjs-node-gpu');
  const failure = gpu?.loadable === true ? tryIt(gpu.name) : undefined;
  const usable = offers.filter(({ name, loadable }) => loadable && !(name === gpu?.name && failure));
  const offer =
    usable.find(({ name }) => name === best) ??
    usable.find(({ name }) => name !== 'webgpu' && name !== 'cpu') ??
    usable.at(-1);
  if (offer === undefined) throw new CommandError('no backend can be loaded here; run npm ci');
  const hints: string[] = [];
  if (failure !== undefined) hints.push(`GPU ${gpu!.device} is not used: ${failure}`);
  else if (gpus.length > 0 && gpu?.loadable === false)
    hints.push(`GPU ${gpus[0]} is not used yet. To use it: ${command(gpu)}`);
  const native = offers.find(({ name }) => name === 'tfjs-node');
  if (gpus.length === 0 && offer.name === 'wasm' && native?.loadable === false)
    hints.push(`more than twice as fast: ${command(native)}`);
  return { offer, isAutomatic: true, lines: [describe(offer), ...hints] };
}

/** Loads a backend in a process of its own. @returns why that failed, or undefined */
export function tryBackend(name: string): string | undefined {
  const source = `const { useBackend } = await import(process.argv[1]); await useBackend(process.argv[2], 1);`;
  const module = join(import.meta.dirname, '../lib/stage/backend.ts');
  const { status, stderr, error } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', source, module, name],
    { encoding: 'utf8', env: { ...process.env, TFJS_BACKEND: name } },
  );
  if (status === 0) return undefined;
  const said = stderr.split('\n').filter((line) => /^\s*(?:\w*Error|error)\b/.test(line));
  return error?.message ?? said[0]?.trim() ?? `loading ${name} ended with status ${status}`;
}

function describe({ name, version, device }: BackendOffer): string {
  return `backend ${name}${version === undefined ? '' : ` ${version}`} on ${device === undefined || device === 'CPU' ? 'the CPU' : device}`;
}

/** The command that would make a backend loadable, which its reason ends with. */
const command = ({ why = '' }: BackendOffer): string => why.replace(/^[^:]*: /, '');
