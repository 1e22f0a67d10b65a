// The rules of a record's models: what every model registry takes.
import { bad, isPlain } from './record-mistakes.ts';
import type { RecordedModel, RecordedRun, TrackingRecord } from './record.ts';

const ALIAS = /^[A-Za-z0-9_-]{1,255}$/;

/** @throws MlflowError `BAD_RECORD` */
export function checkModels({ models, runs }: TrackingRecord): void {
  const aliases = new Set<string>();
  for (const model of models) {
    checkModel(model, runs);
    if (model.alias === undefined) continue;
    const alias = `${model.name}@${model.alias}`;
    if (aliases.has(alias)) throw bad(`two of its models are ${alias}`);
    aliases.add(alias);
  }
}

function checkModel(model: RecordedModel, runs: readonly RecordedRun[]): void {
  const { name, alias, criterion } = model;
  if (!isPlain(name) || name.includes('/') || name === '.' || name.startsWith('..'))
    throw bad(
      `model name ${JSON.stringify(name)} holds other characters than A-Z a-z 0-9 _ . @ = , - or starts with ..`,
    );
  if (alias !== undefined && (!ALIAS.test(alias) || /^(?:latest|v\d+)$/i.test(alias)))
    throw bad(
      `model ${name}: alias ${JSON.stringify(alias)} holds other characters than A-Z a-z 0-9 _ -, or is one of MLflow's own (latest, v1)`,
    );
  const run = runs.find(({ key }) => key === model.run);
  if (run === undefined) throw bad(`model ${name} is of the run ${model.run}, which is not there`);
  // The registry downloads folders; of a single file it finds nothing.
  if (!run.artifacts.some(({ path }) => path.startsWith(`${model.path}/`)))
    throw bad(`model ${name}: ${model.path} is not a folder among the artifacts of ${model.run}`);
  if (criterion === undefined) return;
  if (!Number.isFinite(criterion.value))
    throw bad(`model ${name}: its ${criterion.metric} is ${criterion.value}, which cannot be compared`);
  if (criterion.metric === '' || criterion.measuredOn === '')
    throw bad(`model ${name}: its criterion does not say what was measured, and on what`);
}
