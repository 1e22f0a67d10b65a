// Reads the options of one kind of remote, which are declared as texts.
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import type { RemoteOption } from '../../pipeline/config/remote-config.ts';
import type { Declared } from './remote-kind.ts';

/** Each is undefined where the option is not set. @throws PipeError for a value of another type, with its place. */
export interface RemoteOptions {
  text(option: string): string | undefined;
  flag(option: string): boolean | undefined;
  /** Greater than zero. */
  number(option: string): number | undefined;
  /** An absolute path. */
  path(option: string): string | undefined;
  /** Whether it comes from a file that git shares. */
  shared(option: string): boolean;
}

export function remoteOptions({ name, declared }: Declared): RemoteOptions {
  const { options } = declared;
  const read = <T>(option: string, parse: (found: RemoteOption) => T | undefined, expected: string) => {
    const found = options?.get(option);
    if (found === undefined) return undefined;
    const value = parse(found);
    if (value === undefined) throw badOption(name, option, found, expected);
    return value;
  };
  return {
    text: (option) => options?.get(option)?.value,
    flag: (option) => read(option, ({ value }) => FLAGS[value.toLowerCase()], 'true or false'),
    number: (option) => read(option, ({ value }) => positive(Number(value)), 'a number greater than 0'),
    path: (option) => read(option, absolute, 'a path'),
    shared: (option) => options?.get(option)?.shared === true,
  };
}

/** As DVC reads them. */
const FLAGS: Readonly<Record<string, boolean | undefined>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

const positive = (number: number): number | undefined => (number > 0 ? number : undefined);

const absolute = ({ value, folder }: RemoteOption): string =>
  value.startsWith('~/') ? resolve(homedir(), value.slice(2)) : resolve(folder, value);

function badOption(name: string, option: string, found: RemoteOption, expected: string): PipeError {
  const at = found.place();
  return new PipeError({
    code: 'bad-value',
    title: `the remote '${name}' has '${found.value}' as its ${option}`,
    facts: [['expected', expected]],
    ...(at && { place: at }),
  });
}
