// Names of params, tags, metrics, models and aliases: what our check takes is what MLflow's own validation takes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatRecord, type RecordedModel, type RecordedRun } from '@pipe-engine/mlflow';
import { mlflowPrograms } from './venv.ts';

const PROGRAM = `
import json, sys
from mlflow.exceptions import MlflowException
from mlflow.utils import validation as v

def takes(check, *values):
    try:
        check(*values)
        return True
    except MlflowException:
        return False

def alias(name):
    v._validate_model_alias_name(name)
    v._validate_model_alias_name_reserved(name)

checks = {
    'params': lambda name: v._validate_param(name, '1'),
    'tags': lambda name: v._validate_tag(name, '1'),
    'metrics': lambda name: v._validate_metric(name, 1, 1, 1),
    'model': v._validate_model_name,
    'alias': alias,
}
names = json.load(sys.stdin)
print(json.dumps({kind: [name for name in names if takes(check, name)] for kind, check in checks.items()}))
`;

/** Paths of up to three parts, and names at the limits of characters and lengths. */
function names(): string[] {
  const parts = ['', '.', '..', '...', 'a', '..a', 'a..', '.a', 'a b', 'é:', '-_1'];
  const two = parts.flatMap((a) => parts.map((b) => `${a}/${b}`));
  const three = two.flatMap((a) => parts.map((b) => `${a}/${b}`));
  const single = [
    'a=b',
    'a@b',
    'a,b',
    'a\\b',
    'a"b',
    'a%b',
    'ⅷ',
    '½',
    '你',
    '𝒳',
    'a\tb',
    'latest',
    'Latest',
    'v1',
    'V12',
    'v1a',
  ];
  return [...parts, ...two, ...three, ...single, 'x'.repeat(250), 'x'.repeat(251)];
}

function takes(run: Partial<RecordedRun>, model?: Partial<RecordedModel>): boolean {
  const whole: RecordedRun = {
    key: 'a',
    name: 'a',
    status: 'FINISHED',
    start: 1,
    end: 2,
    params: {},
    tags: {},
    context: {},
    metrics: {},
    artifacts: [{ path: 'm/w', file: 'w', sha256: 'a'.repeat(64), size: 1 }],
    ...run,
  };
  const models = model === undefined ? [] : [{ name: 'm', run: 'a', path: 'm', ...model }];
  try {
    return formatRecord({ experiment: 'e', project: 'p', runs: [whole], models }) !== '';
  } catch {
    return false;
  }
}

test('the same names are taken as by MLflow', () => {
  const all = names();
  const { status, stdout, stderr } = spawnSync(join(mlflowPrograms(), 'python'), ['-c', PROGRAM], {
    input: JSON.stringify(all),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const theirs = JSON.parse(stdout) as { readonly [kind: string]: readonly string[] };
  const ours = {
    params: all.filter((name) => takes({ params: { [name]: '1' } })),
    tags: all.filter((name) => takes({ tags: { [name]: '1' } })),
    metrics: all.filter((name) => takes({ metrics: { [name]: [[1, 1, 1]] } })),
  };
  assert.ok(ours.params.length > 50 && ours.params.length < all.length / 2);
  for (const kind of ['params', 'tags', 'metrics'] as const) assert.deepEqual(ours[kind], theirs[kind], kind);
  // Models may have fewer names here: those that need no quotes in a search.
  const models = all.filter((name) => takes({}, { name }));
  assert.deepEqual(
    models.filter((name) => !theirs['model']!.includes(name)),
    [],
  );
  assert.deepEqual(
    theirs['model']!.filter((name) => /^[A-Za-z0-9_.@=,-]{1,250}$/.test(name)),
    models,
  );
  const aliases = all.filter((name) => takes({}, { alias: name }));
  assert.deepEqual(
    theirs['alias']!.filter((name) => /^[\0-\u007f]{1,250}$/.test(name)),
    aliases.filter((name) => name.length < 251),
  );
});
