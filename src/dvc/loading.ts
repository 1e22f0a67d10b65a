// How a DVC repository is loaded: dvc.yaml and `.dvc` files, and the settings of `.dvc/config`.
import type { LoadingRules, Settings } from '../pipeline/loading-rules.ts';
import type { FlagStyle } from '../pipeline/template/flags.ts';
import { dvcCacheConfig, readDvcConfig, type DvcConfig } from './config.ts';
import { loadDvcFile } from './data-file.ts';
import { checkDvcLock } from './lock-check.ts';
import { dvcRemotes } from './remotes.ts';

export const dvcLoading: LoadingRules = {
  ignoreFile: '.dvcignore',
  isForeignFolder: () => false,
  ignoresEmptied: true,
  isDataFile: (name) => name.endsWith('.dvc') && name !== '.dvc',
  loadDataFile: loadDvcFile,
  checkLock: checkDvcLock,
  refusesAsDep: (path) => /(?:^|\/)(?:dvc\.yaml|[^/]*\.dvc)$/.test(path),
  refusesAsOut: (name) => name === 'dvc.yaml' || name.endsWith('.dvc'),
  outsAnywhere: true,
  // They are refused when they are stored, as DVC does.
  refusedOuts: () => [],
  settings,
};

function settings(root: string): Settings {
  const dvc = readDvcConfig(root);
  return {
    flags: readFlagStyle(dvc),
    config: (declared) => ({
      ...declared,
      cache: dvcCacheConfig(dvc),
      remotes: dvcRemotes(dvc, declared.remotes),
    }),
  };
}

function readFlagStyle(config: DvcConfig): FlagStyle {
  const parsing = config.get('parsing');
  return {
    bool: parsing?.get('bool')?.value === 'boolean_optional' ? 'boolean_optional' : 'store_true',
    list: parsing?.get('list')?.value === 'append' ? 'append' : 'nargs',
  };
}
