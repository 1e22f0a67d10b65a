// The format of pipeline.yaml: DVC's, with the extensions of pipe as keys of the stage.
import type { FileFormat } from './file-format.ts';
import schemas from '../../../schema/checked-schemas.json' with { type: 'json' };

export const pipelineYaml: FileFormat = {
  schemas: schemas.pipe,
  extensionsOf: (stage) => ({ map: stage, path: [] }),
  unknownKeyHint: () => undefined,
  mayBeEmpty: false,
  stringKeysOnly: false,
  warnsOfSplitCommands: false,
  skipsUnusedTemplates: false,
  repeatsMembers: false,
  textIsAxis: false,
};
