// What the command of a stage writes, as declare.ts spells it.
import { MODULES, ODD_NAME } from './declare.ts';
import type { OutModel, Stage } from './project.ts';
import { endOf, file, isIgnored, partAt, put, type Node, type Tree } from './tree.ts';

/** What a run of a stage does, with all its attempts. */
export function run(stage: Stage, tree: Tree): Tree {
  const first = attempt(stage, tree);
  const after = stage.retry ? attempt(stage, first) : first;
  const meddled = stage.meddles === null || stage.fails ? undefined : after.get(stage.meddles);
  if (meddled?.kind !== 'file' || meddled.text !== 'go\n') return after;
  return put(after, stage.meddles!, new Map([['', file('gone\n', meddled.exec)]]));
}

function attempt(stage: Stage, tree: Tree): Tree {
  let after = tree;
  for (const { path, persist } of stage.outs) if (!persist) after = put(after, path, undefined);
  const words = ['words', ...stage.printed].map((word) => `${word}\n`).join('');
  const all = [
    ...stage.deps.filter(({ at }) => !MODULES.includes(at)).map(({ at }) => shown(after, at)),
    ...(stage.params.length > 0 ? [`${paramsJson(stage)}\n`] : []),
    ...Object.values(stage.env).map((value) => `${value}\n`),
    stage.wdir === '.' ? '' : `${stage.wdir}\n`,
    stage.name.startsWith('grid@') ? words.slice('words\n'.length) : words,
  ].join('');
  for (const { path, form, persist } of stage.outs) {
    const before = persist ? partAt(after, path)?.get('') : undefined;
    after = put(after, path, new Map(written(form, before, all, words)));
  }
  return after;
}

/** @param before what is appended to, which keeps its mode. */
function written(
  form: OutModel['form'],
  before: Node | undefined,
  all: string,
  words: string,
): [string, Node][] {
  const appended = (text: string): Node =>
    before?.kind === 'file' ? file(before.text + text, before.exec) : file(text);
  switch (form) {
    case 'file':
      return [['', appended(all)]];
    case 'words':
      return [['', appended(words)]];
    case 'program':
      return [['', file(all, true)]];
    case 'count':
      return [['', file(`${all.split('\n').filter(Boolean).length}\n`)]];
    case 'folder':
      return [
        ['deep/all', file(all)],
        ['empty', { kind: 'folder' }],
        ['run', file('program\n', true)],
        [ODD_NAME, file('')],
        ['link', { kind: 'link', target: 'run' }],
      ];
  }
}

/** What `show.sh` prints. */
function shown(tree: Tree, path: string): string {
  const one = (name: string, { text, exec }: Extract<Node, { kind: 'file' }>): string =>
    `${exec ? 'program' : 'file'} ${name}\n${text}`;
  const part = partAt(tree, path)!;
  const single = part.get('');
  if (single?.kind === 'file') return one('.', single);
  const names = new Map<string, string>();
  for (const [name, node] of part) {
    for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1))
      names.set(name.slice(0, end), `folder ./${name.slice(0, end)}\n`);
    if (node.kind === 'folder') names.set(name, `folder ./${name}\n`);
    else if (node.kind === 'file') names.set(name, one(`./${name}`, node));
    else {
      const end = partAt(tree, endOf(`${path}/${name}`, node.target))?.get('');
      names.set(name, `link ./${name} ${node.target}\n${end?.kind === 'file' ? one(`./${name}`, end) : ''}`);
    }
  }
  return [...names]
    .filter(([name]) => !isIgnored(name))
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(`./${a}`), Buffer.from(`./${b}`)))
    .map(([, text]) => text)
    .join('');
}

function paramsJson({ params }: Stage): string {
  const json = (value: unknown): string => {
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'number') return Number.isInteger(value) ? `${value}.0` : String(value);
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${json(item)}`)
      .join(',')}}`;
  };
  return json({ params: Object.fromEntries(params.map(({ path, values }) => [path, values])) });
}
