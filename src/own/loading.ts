// How a project of our own is loaded: pipeline.yaml files, outputs inside of the project only.
import { userConfigFile } from '../pipeline/config/config.ts';
import { escapingOuts } from '../pipeline/escaping-outs.ts';
import type { LoadingRules } from '../pipeline/loading-rules.ts';
import { defaultFlagStyle } from '../pipeline/template/flags.ts';

export const ownLoading: LoadingRules = {
  ignoreFile: '.pipeignore',
  isForeignFolder: (name) => name === 'node_modules',
  ignoresEmptied: false,
  isDataFile: () => false,
  loadDataFile(_root, file) {
    throw new Error(`${file} is no data file`);
  },
  checkLock: () => undefined,
  refusesAsDep: () => false,
  refusesAsOut: (name, owner) => name === owner,
  outsAnywhere: false,
  refusedOuts: escapingOuts,
  settings: () => ({
    flags: defaultFlagStyle,
    userConfig: userConfigFile(),
    config: (declared) => declared,
  }),
};
