// What commands write into pipeline files: data, imports and remotes.
import assert from 'node:assert/strict';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import type { WorkspacePath } from '../../src/base/base.ts';
import { ownData, ownImports, ownRemoteFiles } from '../../src/own/own.ts';
import { locateStage, noOverlay, type Project } from '../../src/pipeline/pipeline.ts';
import { loadFolder } from './load-folder.ts';
import { withFolder, type Files } from './project-folder.ts';

const at = (path: string): WorkspacePath => path as WorkspacePath;

const withLoaded = (files: Files, use: (project: Project) => void): void =>
  withFolder(files, (root) => use(loadFolder(root, noOverlay)));

const FILES = {
  'pipeline.yaml': 'data: [top]\ninclude: {one: {file: lib/part.yaml, wdir: work}}\nstages: {}\n',
  'lib/part.yaml': 'data: [raw, {path: in/x, remote: far}]\nstages: {}\n',
  'sub/pipeline.yaml': 'data: [own]\nstages: {}\n',
};

test('data that moves is written as the file that declares it has it, templates literally', () => {
  withLoaded(FILES, (project) => {
    const moved = (name: string, to: string): object => {
      const stage = project.stages.find((one) => one.address === name)!;
      return Object.fromEntries(ownData.move(project, stage, at(to)));
    };
    assert.deepEqual(moved('work/raw', 'work/in/new'), {
      'lib/part.yaml': FILES['lib/part.yaml'].replace('raw', 'in/new'),
    });
    assert.deepEqual(moved('sub/own', 'other/${x}'), {
      'sub/pipeline.yaml': 'data: ["../other/\\\\${x}"]\nstages: {}\n',
    });
    const both = ['work/raw', 'work/in/x', 'top'].map((name) =>
      project.stages.find((one) => one.address === name)!,
    );
    assert.deepEqual(Object.fromEntries(ownData.change(project, both, { desc: 'd', push: false })), {
      'pipeline.yaml': FILES['pipeline.yaml'].replace('[top]', '[{path: top, desc: d, push: false}]'),
      'lib/part.yaml':
        'data: [{path: raw, desc: d, push: false}, {path: in/x, remote: far, desc: d, push: false}]\nstages: {}\n',
    });
  });
});

test('new data goes into the nearest file, with what was changed there already', () => {
  withLoaded(FILES, (project) => {
    const place = { root: project.root, pipelineFile: 'pipeline.yaml' } as const;
    const entries = [
      { at: at('sub/in/a'), remote: '${r}' },
      { at: at('b'), file: at('pipeline.yaml') },
    ];
    const changed = new Map([[at('sub/pipeline.yaml'), 'data: [own, more]\nstages: {}\n']]);
    assert.deepEqual(Object.fromEntries(ownData.declare(place, at('sub/in'), entries, changed)), {
      'sub/pipeline.yaml': 'data: [own, more, {path: in/a, remote: "\\\\${r}"}]\nstages: {}\n',
      'pipeline.yaml': FILES['pipeline.yaml'].replace('[top]', '[top, {path: b}]'),
    });
  });
});

test('several entries of one file go together, whatever their order', () => {
  const files = {
    'pipeline.yaml': 'data: [a, b, {path: c}, d]\nstages: {}\n',
    ...Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, ''])),
  };
  withLoaded(files, (project) => {
    const stages = ['a', 'd', 'c', 'a'].map((name) => project.stages.find((one) => one.address === name)!);
    assert.deepEqual(Object.fromEntries(ownData.remove(project, stages)), {
      'pipeline.yaml': 'data: [b]\nstages: {}\n',
    });
    const place = { root: project.root, pipelineFile: 'pipeline.yaml' } as const;
    const [text] = ownData.declare(place, at('.'), [{ at: at('${x}${y}') }]).values();
    assert.ok(text!.includes('"\\\\${x}\\\\${y}"'), text);
  });
});

test('an import that follows another revision says so', () => {
  const files = { 'pipeline.yaml': 'data: [{path: r, from: {repo: u, path: p, rev: v1}}, u]\nstages: {}\n' };
  withLoaded(files, (project) => {
    const [stage, other] = project.stages;
    assert.match(ownImports.follow(project, stage!, 'v2')!.text, /from: \{repo: u, path: p, rev: v2\}/);
    assert.equal(ownImports.follow(project, other!, 'v2'), undefined);
  });
});

test('an import has all that is known of its source, in the file that declares it already or the nearest one', () => {
  withLoaded(FILES, (project) => {
    const declare = (imported: object): readonly string[] => {
      const { file, text, address } = ownImports.declare(
        project,
        { folder: at('sub'), existing: undefined, ...imported } as never,
        undefined,
      );
      return [file, text.split('\n').find((line) => line.startsWith('data:'))!, address];
    };
    const far = { kind: 'url', at: '/far/x', url: '/far/x' };
    const near = { kind: 'url', at: 'raw.csv', url: '../raw.csv' };
    assert.deepEqual(declare({ origin: far, out: at('sub/x'), remote: 'r' }), [
      'sub/pipeline.yaml',
      'data: [own, {path: x, from: /far/x, remote: r}]',
      'sub/x',
    ]);
    assert.deepEqual(
      declare({ origin: near, out: at('sub/x') })[1],
      'data: [own, {path: x, from: ../raw.csv}]',
    );
    const existing = project.stages.find((one) => one.address === 'work/raw');
    assert.match(
      declare({ origin: near, out: at('work/raw'), existing, folder: at('.') })[1]!,
      /from: \.\.\/raw\.csv/,
    );
    const repository = { kind: 'repository', url: 'u', path: 'p', rev: 'v1', remote: 's' };
    assert.deepEqual(
      declare({ origin: repository, out: at('work/raw'), existing, remote: 'r' }).slice(0, 2),
      [
        'lib/part.yaml',
        'data: [{path: raw, remote: r, from: {repo: u, path: p, rev: v1, remote: s}}, {path: in/x, remote: far}]',
      ],
    );
  });
});

test('remotes: the later file wins, paths are relative to the project, and an option has the type that is valid', () => {
  withFolder({ 'pipeline.yaml': '' }, (root) => {
    const files = ownRemoteFiles(root, 'pipeline.yaml');
    assert.deepEqual([...files.secrets].sort(), [
      'key',
      'passphrase',
      'password',
      'secret_access_key',
      'session_token',
      'sse_customer_key',
      'token',
    ]);
    assert.deepEqual(
      files.all.map(({ level }) => level),
      ['global', 'project', 'local'],
    );
    const [project, local, global] = (['project', 'local', 'global'] as const).map((level) =>
      files.file(level),
    );
    const here = (path: string): string => relative(process.cwd(), join(root, path));
    assert.deepEqual(
      [
        project!.written('url', here('store')),
        project!.written('url', here('.')),
        local!.written('url', here('../far')),
      ],
      ['store', '.', '../far'],
    );
    assert.equal(global!.written('url', here('store')), join(root, 'store'));
    assert.deepEqual(
      ['~/store', '/abs', 's3://bucket/x'].map((path) => project!.written('url', path)),
      ['~/store', '/abs', 's3://bucket/x'],
    );
    assert.equal(project!.written('region', './x'), './x');
    assert.equal(project!.resolved('store'), join(root, 'store'));

    const text = 'config:\n  remotes:\n    a:\n      url: store\n';
    const changed = project!.edit(text, { kind: 'rename', name: 'a', to: 'b' });
    assert.equal(changed, text.replace('a:', 'b:'));
    const set = (option: string, value: string): string =>
      project!.edit(text, { kind: 'set', name: 'a', option, value });
    assert.equal(set('trust', 'true'), `${text}      trust: true\n`);
    assert.match(set('user', '007'), /user: ["']007["']\n$/);
    assert.throws(() => set('nonsense', '1'), /nonsense/);
    const own = 'remotes:\n  a:\n    url: store\n';
    assert.equal(local!.edit(own, { kind: 'default', name: 'a' }), `${own}remote: a\n`);
    assert.throws(
      () => local!.edit(own, { kind: 'set', name: 'a', option: 'trust', value: 'maybe' }),
      /trust/,
    );
  });
});

test('a stage of an included file is found there, from whatever folder it is included', () => {
  const files = {
    'pipeline.yaml':
      'include: {one: lib/a.yaml, x: c.yaml, y: {file: c.yaml, wdir: w}}\nstages: {one.two.own: {cmd: x}}\n',
    'lib/a.yaml': 'include: {two: b.yaml}\nstages: {s: {cmd: x}}\n',
    'lib/b.yaml': 'stages: {s: {cmd: x}}\n',
    'c.yaml': 'stages: {s: {cmd: x}}\n',
  };
  withFolder(files, (root) => {
    const located = (name: string): readonly string[] => {
      const { file, name: inner } = locateStage(root, at('pipeline.yaml'), name);
      return [file, inner];
    };
    assert.deepEqual(located('one.s'), ['lib/a.yaml', 's']);
    assert.deepEqual(located('one.two.s'), ['lib/b.yaml', 's']);
    for (const name of ['one.two.own', 'two.s', 'none'])
      assert.deepEqual(located(name), ['pipeline.yaml', name]);
    assert.throws(() => located('y.s'), /c\.yaml is included several times/);
  });
});
