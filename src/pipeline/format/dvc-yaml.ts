// The format of dvc.yaml: DVC's, with the extensions of pipe below `meta: {pipe: …}` of a stage.
import { isMap } from '../../base/spelling.ts';
import type { FileFormat } from './file-format.ts';
import schemas from '../../../schema/checked-schemas.json' with { type: 'json' };
import type { ValuePath } from '../../base/value.ts';

const EXTENSIONS = new Set(['env', 'resources', 'retry', 'timeout', 'executor', 'slurm', 'scratch']);

export const dvcYaml: FileFormat = {
  schemas: schemas.dvc,
  extensionSchema: schemas.metaPipe,
  extensionsOf(stage) {
    const meta = stage.get('meta');
    return { map: isMap(meta) ? meta.get('pipe') : undefined, path: ['meta', 'pipe'] };
  },
  unknownKeyHint,
  mayBeEmpty: true,
  stringKeysOnly: true,
  warnsOfSplitCommands: true,
  skipsUnusedTemplates: true,
  repeatsMembers: true,
  textIsAxis: true,
};

function unknownKeyHint(key: string, path: ValuePath): string | undefined {
  if (EXTENSIONS.has(key) && path[0] === 'stages' && path.length === 2)
    return `'${key}' is an extension of pipeline.yaml; in a dvc.yaml write \`meta: {pipe: {${key}: …}}\``;
  if (path.length === 0 && key === 'data')
    return 'a DVC repository declares data in .dvc files: `pipe add PATH` writes them';
  const onlyPipe =
    (path.length === 0 && (key === 'config' || key === 'include')) ||
    (path[0] === 'stages' && key === 'defaults') ||
    key === 'imports';
  return onlyPipe ? `'${key}' is an extension that is valid in pipeline.yaml only` : undefined;
}
