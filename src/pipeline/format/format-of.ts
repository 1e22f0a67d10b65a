// The format of a pipeline file, by its name.
import { dvcYaml } from './dvc-yaml.ts';
import type { FileFormat } from './file-format.ts';
import { pipelineYaml } from './pipeline-yaml.ts';

export const formatOf = (file: string): FileFormat => (file.endsWith('dvc.yaml') ? dvcYaml : pipelineYaml);
