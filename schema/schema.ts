// The format of pipeline files, before templates are resolved: the one description from which validation, the JSON Schema for editors
// and the reference page come (scripts/docs.ts). This file has DVC's part, schema-extensions.ts our additions. The engine does not load
// it: it reads checked-schemas.json.
import { z } from 'zod';
import {
  configSchema,
  dataSchema,
  defaultsSchema,
  depSchema,
  envSchema,
  includeSchema,
  matrixListSchema,
  executorSchema,
  resourcesSchema,
  retrySchema,
  scratchSchema,
  stageSlurmSchema,
  timeoutSchema,
} from './schema-extensions.ts';
import { dvcFileSchema, dvcLockSchema } from './dvc-file-schema.ts';

const described = <T extends z.ZodType>(schema: T, description: string, ...examples: unknown[]): T =>
  schema.meta({ description, ...(examples.length > 0 && { examples }) });
const anything = (): z.ZodUnknown => z.unknown();
/** A mapping with at least one key; JSON Schema has no refinements, so the bound is metadata too. */
const nonEmpty = <T extends z.ZodRecord>(schema: T): T =>
  schema.refine((map) => Object.keys(map).length > 0).meta({ minProperties: 1 });

const cmd = described(
  z.union([z.string(), z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]))]),
  'The command. Each line of a text runs in its own shell. Each item of a list runs in its own shell, and an item of several lines is one script. A mapping in `${…}` becomes `--key value` flags; each value is one argument, with any content.',
  'python train.py ${train}',
  ['echo 1', 'echo 2'],
);
const wdir = described(
  z.string(),
  'The folder in which the command runs and to which paths are relative; relative to the pipeline file.',
  'sub',
);
const depPath = z.string();
const params = described(
  z.array(
    z.union([
      z.string(),
      z.record(
        z.string(),
        z.union([z.array(z.union([z.string(), z.number(), z.boolean()])), z.null(), z.strictObject({})]),
      ),
    ]),
  ),
  'Parameters that the stage depends on: keys of params.yaml, or of another file; no keys means the whole file.',
  ['learning_rate', 'model.layers', { 'config.toml': ['seed'] }, { 'all.json': null }],
);
const vars = described(
  z.array(z.union([z.string(), z.looseObject({})])),
  'Names for templates: `file`, `file:key1,key2` or a mapping. The params.yaml beside the pipeline file is always loaded first.',
  ['vars.yaml', 'more.json:seed', { root: 'data' }],
);
const desc = described(z.string(), 'A description.', 'Train the classifier');
const meta = described(
  anything(),
  'Any value; ignored, except `meta.pipe` in a dvc.yaml, which may contain extensions.',
  { owner: 'data team' },
);
const frozen = described(z.boolean(), 'The stage never runs; its outputs are used as they are.', true);
const alwaysChanged = described(z.boolean(), 'The stage runs every time.', true);

const annotations = {
  desc: described(z.string(), 'A description.', 'Trained weights').optional(),
  type: described(z.string(), 'Its type, such as `model`.', 'model').optional(),
  labels: described(z.array(z.string()), 'Labels for searching.', ['vision']).optional(),
  meta: described(anything(), 'Any value; ignored.', { source: 'survey' }).optional(),
};
const outOptions = {
  cache: described(z.boolean(), 'Whether the output is kept in the cache (default true).', false).optional(),
  persist: described(
    z.boolean(),
    'Whether the output stays in place while its stage runs (default false: it is removed first).',
    true,
  ).optional(),
  push: described(z.boolean(), 'Whether the output is sent to remotes (default true).', false).optional(),
  remote: described(z.string(), 'The only remote that the output is sent to.', 'archive').optional(),
  checkpoint: described(z.boolean(), 'Accepted in old files, without effect.', true).optional(),
  ...annotations,
};
const plotOptions = {
  x: described(z.string(), 'The field of the x axis.', 'epoch').optional(),
  y: described(z.string(), 'The field of the y axis.', 'loss').optional(),
  x_label: described(z.string(), 'The label of the x axis.', 'Epoch').optional(),
  y_label: described(z.string(), 'The label of the y axis.', 'Loss').optional(),
  title: described(z.string(), 'The title of the plot.', 'Training').optional(),
  template: described(z.string(), 'The name of a plot template.', 'linear').optional(),
  header: described(
    z.boolean(),
    'Whether the first line of a CSV or TSV file names the fields.',
    false,
  ).optional(),
};
const outs = z.array(z.union([z.string(), z.record(z.string(), z.strictObject(outOptions))]));
const plots = z.array(
  z.union([z.string(), z.record(z.string(), z.strictObject({ ...outOptions, ...plotOptions }))]),
);

const stageKeys = {
  cmd,
  wdir: wdir.optional(),
  deps: described(z.array(depPath), 'Files and folders that the stage reads.', [
    'train.py',
    'data/raw',
  ]).optional(),
  params: params.optional(),
  outs: described(outs, 'Files and folders that the stage writes.', [
    'model.bin',
    { 'big.h5': { cache: false } },
  ]).optional(),
  metrics: described(outs, 'Outputs that hold metrics (JSON, YAML or TOML).', [
    { 'metrics.json': { cache: false } },
  ]).optional(),
  plots: described(plots, 'Outputs that hold plots (CSV, TSV, JSON, YAML or images).', [
    { 'loss.csv': { x: 'epoch', y: 'loss' } },
  ]).optional(),
  vars: vars.optional(),
  frozen: frozen.optional(),
  always_changed: alwaysChanged.optional(),
  desc: desc.optional(),
  meta: meta.optional(),
};
const matrixMap = z.record(z.string(), z.union([z.string(), z.array(anything())]));
const matrixDescription =
  'One stage per combination of these values, the last varying fastest; `item.<key>` and `key` are names in its templates.';

const extensionKeys = {
  env: envSchema.optional(),
  resources: resourcesSchema.optional(),
  retry: retrySchema.optional(),
  timeout: timeoutSchema.optional(),
  executor: executorSchema.optional(),
  slurm: stageSlurmSchema.optional(),
  scratch: scratchSchema.optional(),
};

const dvcStage = z.strictObject({ ...stageKeys, matrix: described(matrixMap, matrixDescription).optional() });
const pipeStageKeys = {
  ...stageKeys,
  deps: described(z.array(z.union([z.string(), depSchema])), 'Files and folders that the stage reads.', [
    'data/raw',
    { 'train.ts': { imports: true } },
  ]).optional(),
  ...extensionKeys,
};
const pipeStage = z.strictObject({
  ...pipeStageKeys,
  matrix: described(z.union([matrixMap, matrixListSchema(matrixMap)]), matrixDescription, {
    model: ['cnn', 'mlp'],
    seed: [1, 2],
  }).optional(),
  defaults: defaultsSchema.optional(),
});

const foreach = described(
  z.union([z.string(), z.array(anything()), z.looseObject({})]),
  'One stage per member of a list or mapping; `item` (and `key`, for a mapping) are names in its templates.',
  ['us', 'eu'],
  '${models}',
);
const doDescription = 'The stage, once per member.';
const doExample = { cmd: 'python train.py --country ${item}', outs: ['models/${item}'] };
const dvcForeach = z.strictObject({ foreach, do: described(dvcStage, doDescription, doExample) });
const pipeForeach = z.strictObject({ foreach, do: described(pipeStage, doDescription, doExample) });

const plotAxis = z.union([z.string(), z.record(z.string(), z.string())]);
const topPlot = z.strictObject({
  x: described(plotAxis, 'The field of the x axis, or a mapping of a file to its field.', 'epoch', {
    'a.csv': 'epoch',
  }).optional(),
  y: described(
    z.union([
      z.string(),
      z.array(z.string()),
      z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    ]),
    'The fields of the y axis, or a mapping of files to fields.',
    ['loss', 'accuracy'],
    { 'a.csv': 'loss', 'b.csv': ['loss'] },
  ).optional(),
  x_label: described(z.string(), 'The label of the x axis.', 'Epoch').optional(),
  y_label: described(z.string(), 'The label of the y axis.', 'Loss').optional(),
  title: described(z.string(), 'The title of the plot.', 'Training').optional(),
  template: described(z.string(), 'The name of a plot template.', 'linear').optional(),
});
const artifact = z.strictObject({
  path: described(z.string(), 'The file or folder.', 'models/final.bin'),
  ...annotations,
});

const topKeys = {
  vars: vars.optional(),
  params: described(z.array(z.string()), 'Parameter files to show and compare in addition to those of the stages.', [
    'more.yaml',
  ]).optional(),
  metrics: described(z.array(z.string()), 'Metric files to show and compare in addition to those of the stages.', [
    'summary.json',
  ]).optional(),
  plots: described(
    z.array(z.union([z.string(), nonEmpty(z.record(z.string(), topPlot.nullable()))])),
    'Plots of one or several files.',
    ['loss.csv', { curves: { x: 'epoch', y: { 'a.csv': 'loss' } } }],
  ).optional(),
  artifacts: described(z.record(z.string(), artifact), 'Named files, such as models, that others can look up.', {
    classifier: { path: 'model.bin', type: 'model' },
  }).optional(),
  datasets: described(anything(), 'DVC data sets; ignored.', [{ name: 'd', type: 'dvc' }]).optional(),
};
const stagesOf = <T extends z.ZodType>(stage: T): z.ZodOptional<z.ZodRecord<z.ZodString, T>> =>
  described(z.record(z.string(), stage), 'The stages, by name.', {
    prepare: { cmd: 'python prepare.py', deps: ['raw.csv'], outs: ['clean.csv'] },
  }).optional();

/** The schemas that files are checked against: `stages` one by one, so that foreach and plain stages are not confused. */
export const checkedSchemas = {
  pipe: {
    top: z.strictObject({
      ...topKeys,
      stages: stagesOf(anything()),
      data: dataSchema.optional(),
      config: configSchema.optional(),
      include: includeSchema.optional(),
    }),
    stage: pipeStage,
    foreach: pipeForeach,
  },
  dvc: {
    top: z.strictObject({ ...topKeys, stages: stagesOf(anything()) }),
    stage: dvcStage,
    foreach: dvcForeach,
  },
  /** The keys of `meta.pipe` in a dvc.yaml. */
  metaPipe: z.strictObject(extensionKeys),
  config: configSchema,
  dvcFile: dvcFileSchema,
  dvcLock: dvcLockSchema,
};

/** The whole of a pipeline.yaml, for editors and the reference. */
export const pipelineSchema = z
  .strictObject({
    stages: stagesOf(z.union([pipeStage, pipeForeach])),
    data: dataSchema.optional(),
    ...topKeys,
    include: includeSchema.optional(),
    config: configSchema.optional(),
  })
  .meta({
    title: 'pipeline.yaml',
    description: 'A declarative pipeline: stages, what they read and what they write.',
  });
