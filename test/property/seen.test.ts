// Stages that copy what they see, one way each, under random overlays and edits of the parameter file: whatever the lock
// file then records of a stage is what that stage saw.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, symlinkSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { isMap, type Value } from '../../src/base/base.ts';
import { readYaml } from '../../src/yaml/yaml.ts';
import type { FieldKind } from '../../src/plan/plan.ts';
import { makeWorkspaceHere } from '../cli/here.ts';
import type { TestWorkspace } from '../workspace.ts';
import { amount } from './amount.ts';

type Kind = 'pipe' | 'dvc';

/** A stage that writes the one value it sees to `<name>.txt`. */
interface Watcher {
  readonly declared: (name: string, key: string, kind: Kind) => string;
  /** The text that the record says the stage saw. */
  readonly recorded: (entry: Value, key: string) => string;
  /** The value comes from the file, so that an overlay of it must be refused. */
  readonly fromFile: boolean;
}

const stage = (name: string, lines: readonly string[]): string =>
  `  ${name}:\n${lines.map((line) => `    ${line}\n`).join('')}`;

const inCommand = (entry: Value): string => /echo (\d+)/.exec(textAt(entry, 'cmd'))![1]!;
const param = (entry: Value, key: string): string => textAt(entry, 'params', 'params.yaml', key);

// One at least for each kind of field, which the type holds: a new one needs a way in which stages see it.
const watchers: { readonly [kind in FieldKind]: Readonly<Record<string, Watcher>> } = {
  cmd: {
    flag: {
      declared: (name, key) => stage(name, [`cmd: echo \${${key}} > ${name}.txt`, `outs: [${name}.txt]`]),
      recorded: inCommand,
      fromFile: false,
    },
    member: {
      declared: (name, key) =>
        stage(name, [
          `foreach: {only: {value: "\${${key}}"}}`,
          `do: {cmd: "echo \${item.value} > ${name}.txt", outs: [${name}.txt]}`,
        ]),
      recorded: inCommand,
      fromFile: false,
    },
  },
  wdir: {
    folder: {
      declared: (name, key) =>
        stage(name, [
          `wdir: folders/\${${key}}`,
          `cmd: basename $(pwd) > ../../${name}.txt`,
          `outs: [../../${name}.txt]`,
        ]),
      recorded: (entry) => textAt(entry, 'wdir').slice('folders/'.length),
      fromFile: false,
    },
  },
  env: {
    variable: {
      declared: (name, key) =>
        stage(name, [`env: {SEEN: "\${${key}}"}`, `cmd: echo $SEEN > ${name}.txt`, `outs: [${name}.txt]`]),
      recorded: (entry) => textAt(entry, 'env', 'SEEN'),
      fromFile: false,
    },
  },
  dep: {
    dependency: {
      declared: (name, key) =>
        stage(name, [
          `cmd: cat in/\${${key}} > ${name}.txt`,
          `deps: ["in/\${${key}}"]`,
          `outs: [${name}.txt]`,
        ]),
      recorded(entry) {
        const [dep] = at(entry, 'deps') as readonly Value[];
        const text = textAt(dep!, 'path').slice('in/'.length);
        const algorithm = isMap(dep) && dep.has('md5') ? 'md5' : 'sha256';
        assert.equal(at(dep!, algorithm), createHash(algorithm).update(`${text}\n`).digest('hex'));
        return text;
      },
      fromFile: false,
    },
  },
  mode: {
    executable: {
      declared: (name, key) =>
        stage(name, [
          `cmd: test -x programs/\${${key}} && cat programs/\${${key}} > ${name}.txt`,
          `deps: ["programs/\${${key}}"]`,
          `outs: [${name}.txt]`,
        ]),
      recorded(entry) {
        const [dep] = at(entry, 'deps') as readonly Value[];
        assert.equal(at(dep!, 'isexec'), true);
        return textAt(dep!, 'path').slice('programs/'.length);
      },
      fromFile: false,
    },
  },
  links: {
    linked: {
      declared: (name, key) =>
        stage(name, [
          `cmd: cat linked/\${${key}}/to > ${name}.txt`,
          `deps: ["linked/\${${key}}"]`,
          `outs: [${name}.txt]`,
        ]),
      recorded(entry) {
        const [dep] = at(entry, 'deps') as readonly Value[];
        assert.match(textAt(dep!, 'links'), /^[0-9a-f]{64}/);
        return textAt(dep!, 'path').slice('linked/'.length);
      },
      fromFile: false,
    },
  },
  out: {
    output: {
      declared: (name, key) =>
        stage(name, [
          `cmd: mkdir -p ${name} && touch ${name}/\${${key}} && echo \${${key}} > ${name}.txt`,
          `outs: ["${name}/\${${key}}", ${name}.txt]`,
        ]),
      recorded(entry) {
        const paths = (at(entry, 'outs') as readonly Value[]).map((item) => textAt(item, 'path'));
        return paths.find((path) => path.includes('/'))!.replace(/.*\//, '');
      },
      fromFile: false,
    },
  },
  param: {
    file: {
      declared: (name, key) =>
        stage(name, [
          `cmd: sed -n 's/^${key} *= *//p' params.toml > ${name}.txt`,
          `params: [{params.toml: [${key}]}]`,
          `outs: [${name}.txt]`,
        ]),
      recorded: (entry, key) => textAt(entry, 'params', 'params.toml', key),
      fromFile: true,
    },
    variable: {
      declared: (name, key) =>
        stage(name, [
          `cmd: echo "$PIPE_PARAMS" | grep -o '[0-9]*' > ${name}.txt`,
          `params: [${key}]`,
          `outs: [${name}.txt]`,
        ]),
      recorded: param,
      fromFile: true,
    },
    given: {
      declared: (name, key) =>
        stage(name, [
          `cmd: grep -o '[0-9]*' < $PIPE_PARAMS_FILE > ${name}.txt`,
          `params: [${key}]`,
          `outs: [${name}.txt]`,
        ]),
      recorded: param,
      fromFile: true,
    },
    both: {
      declared: (name, key) =>
        stage(name, [
          `cmd: echo \${${key}} > ${name}.txt; sed -n 's/^${key}. /and /p' params.yaml >> ${name}.txt`,
          'params: [{params.yaml: }]',
          `outs: [${name}.txt]`,
        ]),
      recorded: (entry, key) => `${inCommand(entry)} and ${param(entry, key)}`,
      fromFile: true,
    },
  },
};

/** DVC records neither, and takes a stage for the same where they differ. */
const ownOnly = [watchers.wdir, watchers.mode, watchers.links].flatMap((some) => Object.values(some));

const ways = Object.values(watchers).flatMap((some) => Object.values(some));

/** Undefined where the record lacks a key on the way. */
function at(value: Value, ...keys: readonly string[]): Value | undefined {
  return keys.reduce<Value | undefined>((inner, key) => (isMap(inner) ? inner.get(key) : undefined), value);
}

function textAt(value: Value, ...keys: readonly string[]): string {
  const found = at(value, ...keys);
  assert.ok(
    found !== undefined && found !== null && typeof found !== 'object',
    `no text at ${keys.join('.')}`,
  );
  return String(found);
}

const KEYS = ['a', 'b', 'c'] as const;
const someValue = fc.integer({ min: 0, max: 2 });
const someSettings = fc.dictionary(fc.constantFrom(...KEYS), someValue, { maxKeys: 2 });

interface Step {
  readonly edit: Readonly<Record<string, number>>;
  readonly overlay: Readonly<Record<string, number>>;
  readonly asFile: boolean;
}

const someStory = fc.record({
  stages: fc.array(fc.record({ way: fc.nat(ways.length - 1), key: fc.constantFrom(...KEYS) }), {
    minLength: 2,
    maxLength: 5,
  }),
  steps: fc.array(fc.record({ edit: someSettings, overlay: someSettings, asFile: fc.boolean() }), {
    minLength: 3,
    maxLength: 5,
  }),
});

for (const kind of ['pipe', 'dvc'] as const)
  test(`what is recorded of a stage is what it saw (${kind})`, (t) =>
    fc.assert(
      fc.asyncProperty(someStory, async ({ stages, steps }) => {
        const chosen = stages
          .map(({ way, key }, index) => ({ name: `s${index}`, watcher: ways[way]!, key }))
          .filter(({ watcher }) => kind === 'pipe' || !ownOnly.includes(watcher));
        await live(t, kind, chosen, steps);
      }),
      amount(1, 4),
    ));

interface Chosen {
  readonly name: string;
  readonly watcher: Watcher;
  readonly key: string;
}

async function live(
  t: TestContext,
  kind: Kind,
  chosen: readonly Chosen[],
  steps: readonly Step[],
): Promise<void> {
  const name = kind === 'pipe' ? 'pipeline' : 'dvc';
  const declared = chosen.map(({ name, watcher, key }) => asWritten(watcher.declared(name, key, kind), kind));
  const workspace = makeWorkspaceHere(t, {
    [`${name}.yaml`]: `stages:\n${declared.join('')}  last: {cmd: "true"}\n`,
    ...(kind === 'dvc' && { '.dvc/config': '' }),
    ...Object.fromEntries(
      [0, 1, 2].flatMap((n) => [
        [`in/${n}`, `${n}\n`],
        [`folders/${n}/.keep`, ''],
        [`programs/${n}`, `${n}\n`],
        [`linked/${n}/.keep`, ''],
      ]),
    ),
  });
  for (const n of [0, 1, 2]) {
    chmodSync(workspace.path(`programs/${n}`), 0o755);
    symlinkSync(`../../in/${n}`, workspace.path(`linked/${n}/to`));
  }
  let values: Readonly<Record<string, number>> = { a: 0, b: 0, c: 0 };
  for (const { edit, overlay, asFile } of steps) {
    values = { ...values, ...edit };
    const text = (between: string, of: Readonly<Record<string, number>>): string =>
      Object.entries(of)
        .map(([key, value]) => `${key}${between}${value}\n`)
        .join('');
    workspace.write('params.yaml', text(': ', values));
    workspace.write('params.toml', text(' = ', values));
    workspace.write('over.yaml', text(': ', overlay));
    const settings = Object.entries(overlay).flatMap(([key, value]) => ['-S', `${key}=${value}`]);
    const args = asFile && settings.length > 0 ? ['--params', 'over.yaml'] : settings;
    const isFalse = (key: string): boolean => (overlay[key] ?? values[key]) !== values[key];
    const refused = chosen.some(
      ({ watcher, key }) =>
        watcher.fromFile && (watcher === watchers.param['both'] ? KEYS.some(isFalse) : isFalse(key)),
    );
    const before = lockText(workspace, name);
    const { code, stdout, stderr } = await workspace.pipe('repro', ...args);
    assert.equal(code, refused ? 1 : 0, stdout + stderr);
    if (refused) {
      assert.match(stderr, /overlaid-parameter/);
      assert.equal(lockText(workspace, name), before);
      continue;
    }
    assertRecordedAsSeen(workspace, name, chosen);
    for (const { name: stageName, watcher, key } of chosen) {
      const value = String(overlay[key] ?? values[key]);
      const seen = watcher === watchers.param['both'] ? `${value} and ${value}` : value;
      assert.equal(seenBy(workspace, stageName), seen, stageName);
    }
  }
  workspace.remove('.');
}

/** In a dvc.yaml our own keys are under `meta`. */
const asWritten = (text: string, kind: Kind): string =>
  kind === 'dvc' ? text.replace(/^ {4}(env: .*)$/m, '    meta: {pipe: {$1}}') : text;

const seenBy = (workspace: TestWorkspace, name: string): string =>
  workspace.read(`${name}.txt`).trim().replaceAll('\n', ' ');

function lockText(workspace: TestWorkspace, name: string): string {
  try {
    return workspace.read(`${name}.lock`);
  } catch {
    return '';
  }
}

function assertRecordedAsSeen(workspace: TestWorkspace, name: string, chosen: readonly Chosen[]): void {
  const stages = at(readYaml(lockText(workspace, name), 'lock').value, 'stages')!;
  for (const { name: stageName, watcher, key } of chosen) {
    const entry = at(stages, stageName) ?? at(stages, `${stageName}@only`);
    // A DVC lock file has no place for the environment, which is recorded beside it.
    if (name === 'dvc' && watcher === watchers.env['variable']) continue;
    assert.equal(seenBy(workspace, stageName), watcher.recorded(entry!, key), `recorded of ${stageName}`);
  }
}
