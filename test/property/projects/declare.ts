// How a project is written down: its files, and its stages as the engine should understand them.
import { posix } from 'node:path';
import type {
  Grid,
  OutModel,
  ParamsFile,
  ParamsRead,
  Stage,
  StageModel,
  Template,
  Value,
  Values,
  Vars,
  World,
} from './project.ts';
import { PARAMS_FILES } from './project.ts';
import type { Tree } from './tree.ts';

/** Prints what is at its arguments: files with their mode, and below folders every name that is not ignored. */
const SHOW = `#!/bin/sh
show() { if [ -x "$2" ]; then echo "program $1"; else echo "file $1"; fi; cat "$2"; }
for path; do
  if [ -d "$path" ]; then
    (cd "$path" && find . -mindepth 1 -name skipped -prune -o -mindepth 1 ! -name '*.tmp' ! -name '*.bak' -print | LC_ALL=C sort) | while IFS= read -r name; do
      at=$path/$name
      target=
      [ ! -L "$at" ] || target=$(readlink "$at")
      case $target in
        '' | /*) if [ -d "$at" ]; then echo "folder $name"; else show "$name" "$at"; fi ;;
        *) echo "link $name $target"; [ ! -f "$at" ] || show "$name" "$at" ;;
      esac
    done
  else
    show . "$path"
  fi
done
`;

/** All files that declare something, by path. */
export function filesOf({ project, values, vars }: World): Readonly<Record<string, string>> {
  const inHome = (home: string): readonly StageModel[] =>
    project.stages.filter((stage) => stage.home === home);
  return {
    'show.sh': SHOW,
    '.pipeignore': '*.tmp\nskipped/\n',
    'pipeline.yaml': [
      "vars: [vars.yaml, 'vars.json:nested,list']\n",
      ...(project.links.length > 0 ? [`config: {cache: {links: [${project.links.join(', ')}]}}\n`] : []),
      ...(project.data.length > 0 ? [`data: [${project.data.join(', ')}]\n`] : []),
      'stages:\n',
      ...inHome('.').map(stageText),
      gridText(project.grid),
    ].join(''),
    'sub/pipeline.yaml': [
      "vars: [../vars.yaml, '../vars.json:nested,list']\n",
      inHome('sub').length > 0 ? 'stages:\n' : 'stages: {}\n',
      ...inHome('sub').map(stageText),
    ].join(''),
    'vars.yaml': `word: ${vars.word}\nflags: {rate: ${floatText(vars.rate)}, on: ${vars.on}, deep: {list: [1, 2]}}\n`,
    'vars.json': JSON.stringify({ nested: { word: vars.word }, list: ['no', vars.word], a: 'not loaded' }),
    ...Object.fromEntries(PARAMS_FILES.map((file) => [file, paramsText(file, values[file])])),
  };
}

const spelled: Readonly<Record<Template, (vars: Vars) => string>> = {
  '${word}': ({ word, over }) => over ?? word,
  '${nested.word}': ({ word }) => word,
  '${list[1]}': ({ word }) => word,
  '${flags}': ({ rate, on }) => `--rate ${floatText(rate)} ${on ? '--on ' : ''}--deep.list 1 2`,
};
const floatText = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));

const SECTIONS = ['outs', 'metrics', 'plots'] as const;

/** In any order. */
export function stagesOf({ project, values, vars, tree }: World): readonly Stage[] {
  const resolved = (template: Template): string => spelled[template](vars);
  const data = project.data.map((path): Stage => ({
    ...plain,
    name: path,
    address: path,
    isData: true,
    outs: [kept(path)],
  }));
  const stages = project.stages.map((stage): Stage => ({
    ...stage,
    address: stage.home === '.' ? stage.name : `${stage.home}/pipeline.yaml:${stage.name}`,
    cmd: commandOf(stage, resolved),
    printed: stage.words.flatMap((word) => resolved(word).split(' ')),
    env: Object.fromEntries(Object.entries(stage.env).map(([name, value]) => [name, resolved(value)])),
    deps: [...stage.reads, ...(stage.imports ? importedIn(tree) : [])].map((at) => declared(stage, at)),
    params: stage.params.map((read) => ({ ...declared(stage, read.file), values: valuesOf(read, values) })),
    // As the engine lists them.
    outs: stage.outs.toSorted((a, b) => SECTIONS.indexOf(a.section) - SECTIONS.indexOf(b.section)),
    fails: stage.brittle && resolved('${word}') === 'high',
    isData: false,
  }));
  return [...data, ...stages, ...membersOf(project.grid)];
}

/** A source with `imports: true`, the module that it may import, and the one that this may import. */
const PROGRAM = 'lib/prog.py';
const HELPER = 'lib/helper.py';
const DEEP = 'lib/deep.py';
export const MODULES: readonly string[] = [DEEP, HELPER];

function importedIn(tree: Tree): readonly string[] {
  const imports = (path: string, module: string): boolean => {
    const source = tree.get(path);
    return source?.kind === 'file' && source.text.includes('import') && tree.has(module);
  };
  if (!imports(PROGRAM, HELPER)) return [];
  return imports(HELPER, DEEP) ? MODULES : [HELPER];
}

const kept = (path: string, form: OutModel['form'] = 'file'): OutModel => ({
  path,
  form,
  section: 'outs',
  cache: true,
  persist: false,
});

const plain = {
  home: '.',
  wdir: '.',
  imports: false,
  cmd: '',
  printed: [],
  env: {},
  deps: [],
  params: [],
  frozen: false,
  always: false,
  brittle: false,
  retry: false,
  meddles: null,
  fails: false,
} as const;

const folderOf = ({ home, wdir }: Pick<StageModel, 'home' | 'wdir'>): string => posix.join(home, wdir);

const declared = (stage: StageModel, at: string): { path: string; at: string } => ({
  path: posix.relative(folderOf(stage), at),
  at,
});

function commandOf(stage: StageModel, resolved: (template: Template) => string): string {
  const here = (at: string): string => posix.relative(folderOf(stage), at);
  const words = stage.words.map(resolved).join(' ');
  const shown = [
    ...(stage.reads.length > 0 ? [`sh ${[here('show.sh'), ...stage.reads.map(here)].join(' ')}`] : []),
    ...(stage.params.length > 0 ? [`printf '%s\\n' "$PIPE_PARAMS"`] : []),
    ...Object.keys(stage.env).map((name) => `echo "$${name}"`),
    ...(stage.wdir === '.' ? [] : ['basename "$PWD"']),
    `printf '%s\\n' words ${words}`.trimEnd(),
  ];
  const all = `{ ${shown.join('; ')}; }`;
  const writes = stage.outs.map(({ form, path, persist }) => {
    const at = here(path);
    const into = persist ? '>>' : '>';
    switch (form) {
      case 'file':
        return `${all} ${into} ${at}`;
      case 'words':
        return `printf '%s\\n' words ${words}`.trimEnd() + ` ${into} ${at}`;
      case 'program':
        return `${all} > ${at} && chmod +x ${at}`;
      case 'count':
        return `${all} | grep -c . > ${at}`;
      case 'folder':
        return `mkdir -p ${at}/deep ${at}/empty && ${all} > ${at}/deep/all && echo program > ${at}/run && chmod +x ${at}/run && : > ${at}/${shellQuoted(ODD_NAME)} && ln -s run ${at}/link`;
    }
  });
  const ends = [
    ...(stage.brittle ? [`[ ${resolved('${word}')} != high ]`] : []),
    ...(stage.retry ? ['{ [ -e "$PIPE_TMP/again" ] || { : > "$PIPE_TMP/again"; exit 1; }; }'] : []),
    ...(stage.meddles === null
      ? []
      : [`{ ! grep -q '^go$' ${here(stage.meddles)} || echo gone > ${here(stage.meddles)}; }`]),
  ];
  return [...writes, ...ends].join(' && ');
}

/** Of an empty file in every folder that a stage writes. */
export const ODD_NAME = `-é "$it's" \\`;
const shellQuoted = (name: string): string => `'${name.replaceAll("'", `'\\''`)}'`;

function stageText(stage: StageModel): string {
  const here = (at: string): string => posix.relative(folderOf(stage), at);
  const unresolved = (template: Template): string => template;
  const deps = stage.reads.map((at, index) =>
    index === 0 && stage.imports
      ? `{${JSON.stringify(here(at))}: {imports: true}}`
      : JSON.stringify(here(at)),
  );
  const params = stage.params.map(({ file, keys }) => {
    const at = here(file);
    if (keys.length === 0) return `{${JSON.stringify(at)}: null}`;
    return at === 'params.yaml' ? keys.join(', ') : `{${JSON.stringify(at)}: [${keys.join(', ')}]}`;
  });
  const env = Object.entries(stage.env).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const outs = (section: OutModel['section']): string[] => {
    const list = stage.outs
      .filter((out) => out.section === section)
      .map((out) => outText(out, here(out.path)));
    return list.length > 0 ? [`${section}: [${list.join(', ')}]`] : [];
  };
  const lines = [
    ...(stage.wdir === '.' ? [] : [`wdir: ${stage.wdir}`]),
    `cmd: ${JSON.stringify(commandOf(stage, unresolved))}`,
    ...(deps.length > 0 ? [`deps: [${deps.join(', ')}]`] : []),
    ...(params.length > 0 ? [`params: [${params.join(', ')}]`] : []),
    ...(env.length > 0 ? [`env: {${env.join(', ')}}`] : []),
    ...outs('outs'),
    ...outs('metrics'),
    ...outs('plots'),
    ...(stage.frozen ? ['frozen: true'] : []),
    ...(stage.always ? ['always_changed: true'] : []),
    ...(stage.retry ? ['retry: 1'] : []),
  ];
  return [`  ${stage.name}:\n`, ...lines.map((line) => `    ${line}\n`)].join('');
}

function outText({ cache, persist }: OutModel, path: string): string {
  const options = [...(cache ? [] : ['cache: false']), ...(persist ? ['persist: true'] : [])];
  return options.length > 0 ? `{${JSON.stringify(path)}: {${options.join(', ')}}}` : JSON.stringify(path);
}

/** Every member reads this source. */
export const GRID_SOURCE = 'in/a.txt';
const memberCommand = (words: string, out: string): string =>
  `{ sh show.sh ${GRID_SOURCE}; printf '%s\\n' ${words}; } > grid/${out}.txt`;

function gridText({ form, items }: Grid): string {
  const inner = (words: string, out: string): string =>
    `      cmd: ${JSON.stringify(memberCommand(words, out))}\n      deps: [${GRID_SOURCE}]\n      outs: ["grid/${out}.txt"]\n`;
  switch (form) {
    case 'list':
      return `  grid:\n    foreach: [${items.join(', ')}]\n    do:\n${inner('${item}', '${item}')}`;
    case 'mapping':
      return `  grid:\n    foreach: {${items.map((item) => `${item}: {v: v-${item}}`).join(', ')}}\n    do:\n${inner('${item.v}', '${key}')}`;
    case 'matrix':
      return `  grid:\n    matrix: {x: [${items.join(', ')}], y: [1, 2]}\n    defaults: {y: 5, z: 7}\n${inner('${item.x} ${item.y} ${item.z}', '${key}').replace(/^ {2}/gm, '')}`;
  }
}

function membersOf({ form, items }: Grid): Stage[] {
  const member = (words: string, out: string): Stage => ({
    ...plain,
    name: `grid@${out}`,
    address: `grid@${out}`,
    cmd: memberCommand(words, out),
    printed: words.split(' '),
    deps: [{ path: GRID_SOURCE, at: GRID_SOURCE }],
    outs: [kept(`grid/${out}.txt`)],
    isData: false,
  });
  if (form === 'list') return items.map((item) => member(item, item));
  if (form === 'mapping') return items.map((item) => member(`v-${item}`, item));
  return items.flatMap((item) => ['1', '2'].map((y) => member(`${item} ${y} 7`, `${item}-${y}`)));
}

const tables = ({ a, b, x, y }: Values) => ({ a, b, n: { x, y } });

function valuesOf(
  { file, keys }: ParamsRead,
  values: Readonly<Record<ParamsFile, Values>>,
): Stage['params'][number]['values'] {
  const all = tables(values[file]);
  const at = (key: string): Value | object =>
    key === 'n' ? all.n : key.startsWith('n.') ? all.n[key.slice(2) as 'x' | 'y'] : all[key as 'a' | 'b'];
  return Object.fromEntries((keys.length > 0 ? keys : ['a', 'b', 'n']).map((key) => [key, at(key)]));
}

function paramsText(file: ParamsFile, values: Values): string {
  const { a, b, n } = tables(values);
  const text = (value: Value): string =>
    typeof value === 'number'
      ? floatText(value)
      : typeof value === 'string'
        ? JSON.stringify(value)
        : String(value);
  const python = (value: Value): string =>
    typeof value === 'boolean' ? (value ? 'True' : 'False') : text(value);
  switch (file) {
    case 'params.yaml':
      return `a: ${text(a)}\nb: ${text(b)} # of many\nn:\n  x: ${text(n.x)}\n  y: ${text(n.y)}\n`;
    case 'conf.json':
      return `{"a": ${text(a)}, "b": ${text(b)}, "n": {"x": ${text(n.x)}, "y": ${text(n.y)}}}\n`;
    case 'conf.toml':
      return `a = ${text(a)}\nb = ${text(b)}\n[n]\nx = ${text(n.x)}\ny = ${text(n.y)}\n`;
    case 'conf.py':
      return `a = ${python(a)}\nb: float = ${python(b)}\nclass n:\n    x = ${python(n.x)}\n    y = ${python(n.y)}\n`;
  }
}
