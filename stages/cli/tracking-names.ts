// The names that a parameter file's runs have in MLflow: those that it says itself, else the full experiment's with the name of the file.
import { globSync } from 'node:fs';
import { dirname } from 'node:path';
import { keyPart } from '../lib/tracking/names.ts';
import { FULL, nameOf, readParameters, valueAt, type Parameters } from './parameters.ts';

const NAMES = [
  { parameter: 'tracking.experiment', joint: '_' },
  { parameter: 'tracking.model', joint: '-' },
] as const;

/** Options of `pipe repro` for a file that does not say them. @param file relative to the root @param isSet of names set by the user */
export function trackingOptions(
  file: string,
  parameters: Parameters,
  isSet: (name: string) => boolean,
): readonly string[] {
  return NAMES.filter(({ parameter }) => !isSet(parameter)).flatMap(({ parameter, joint }) => {
    const name = trackingName(file, parameters, parameter, joint);
    return name === valueAt(parameters.all, parameter) ? [] : ['-S', `${parameter}=${name}`];
  });
}

export interface ExperimentNames {
  readonly full: string;
  /** By the folder of all outputs. */
  readonly byOutputs: ReadonlyMap<string, string>;
}

/** For runs that are followed before they have a record. @param more parameter files beside those of the repository */
export function experimentNames(root: string, more: readonly string[]): ExperimentNames {
  const files = [...globSync(`${dirname(FULL)}/*.{yaml,yml}`, { cwd: root }).sort(), ...more];
  const { parameter, joint } = NAMES[0];
  const byOutputs = files.map((file): [string, string] => {
    const parameters = readParameters(root, file);
    const outputs = String(valueAt(parameters.all, 'paths.root')).replace(/\/+$/, '');
    return [outputs, trackingName(file, parameters, parameter, joint)];
  });
  return {
    full: String(valueAt(readParameters(root, FULL).all, parameter)),
    byOutputs: new Map(byOutputs),
  };
}

function trackingName(file: string, { own, all }: Parameters, parameter: string, joint: string): string {
  const full = String(valueAt(all, parameter));
  if (file === FULL || valueAt(own, parameter) !== undefined) return full;
  return `${full}${joint}${keyPart(nameOf(file))}`;
}
