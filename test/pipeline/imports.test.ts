import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadFolder } from './load-folder.ts';
import { noOverlay, type Project } from '../../src/pipeline/pipeline.ts';
import { withFolder, withProject } from './project-folder.ts';

const describe = (project: Project): string[] =>
  project.stages.map(({ deps, params }) =>
    [...deps.map(({ path }) => path), ...params.map(({ file, keys }) => `${file}:${keys.join()}`)].join(' '),
  );

test('local modules count, one after another; types and what Node has do not', () => {
  const files = {
    'pipeline.yaml':
      'stages:\n  a: {cmd: x, deps: [{src/a.ts: {imports: true}, x.csv: {}}, ./src/c.ts]}\n  b: {cmd: x, deps: [src/a.ts]}\n',
    'src/a.ts': `import type { T } from './types.ts';
import { type U, b } from './lib/b.ts';
import fs from 'node:fs';
import { loadFolder } from './load-folder.ts';
import data from './data.json' with { type: 'json' };
import './gone.ts';
const c: number = await import('./c.js');
import './m.mjs';
type V = import('./more-types.ts').V;
const d = require('./required'), e = require('./folder'), f = require('./older');
// import './comment.ts'
`,
    'src/lib/b.ts': "import './d'; import 'fs'; export * from '../a.ts'; import { join } from 'path';",
    'src/lib/d.ts': '',
    'src/c.ts': '',
    'src/m.mts': '',
    'src/required.js': '',
    'src/folder/index.ts': '',
    'src/older/index.js': '',
    'src/data.json': '{}',
    'src/types.ts': '',
    'src/more-types.ts': '',
    'src/comment.ts': '',
  };
  withProject(files, (project) => {
    assert.deepEqual(describe(project), [
      'src/a.ts x.csv ./src/c.ts src/data.json src/folder/index.ts src/lib/b.ts src/lib/d.ts src/m.mts src/older/index.js src/required.js',
      'src/a.ts',
    ]);
  });
});

test('packages count by their version, those of the project itself by their sources', () => {
  const files = {
    'pipeline.yaml': 'stages:\n  a: {cmd: x, wdir: sub, deps: [{a.mjs: {imports: true}}]}\n',
    'sub/a.mjs': "import 'dep/inner'; import '@own/lib/part'; const x = require('dep'); import 'missing';",
    // Without exports a package does not import itself by its name.
    'package.json': '{"name": "dep", "version": "7.0.0"}',
    'node_modules/dep/package.json': '{"name": "dep", "version": "0.9.9"}',
    'sub/node_modules/dep/package.json': '{"name": "dep", "version": "1.2.3"}',
    'sub/node_modules/dep/index.js': '',
    'sub/node_modules/dep/inner.js': '',
    'packages/lib/package.json':
      '{"name": "@own/lib", "version": "0.1.0", "exports": {".": "./index.ts", "./part": {"types": "./p.d.ts", "import": "./part.ts"}}}',
    'packages/lib/part.ts': "import './deep.ts';",
    'packages/lib/deep.ts': '',
    'node_modules/@own/': '',
  };
  withFolder(files, (root) => {
    symlinkSync('../../packages/lib', join(root, 'node_modules/@own/lib'));
    const project = loadFolder(root, noOverlay);
    assert.deepEqual(describe(project), [
      'a.mjs ../packages/lib/deep.ts ../packages/lib/part.ts ../node_modules/@own/lib/package.json:version node_modules/dep/package.json:version',
    ]);
    assert.deepEqual([...project.params(project.stages[0]!.params[1]!)], [['version', '1.2.3']]);
  });
});

test('a package of the project itself is read where its manifest says, or else beside that', () => {
  const manifests = {
    one: '{"exports": {".": "./a.js"}, "main": "./b.js"}',
    two: '{"main": "./b.js"}',
    three: '{}',
  };
  const files = {
    'pipeline.yaml': 'stages:\n  a: {cmd: x, deps: [{a.mjs: {imports: true}}]}\n',
    'a.mjs': "import 'one'; import 'two'; import 'three'; import 'three/c.js';",
    'node_modules/': '',
    ...Object.fromEntries(
      Object.entries(manifests).flatMap(([name, manifest]) => [
        [`packages/${name}/package.json`, manifest],
        ...['a', 'b', 'c', 'index'].map((file) => [`packages/${name}/${file}.js`, '']),
      ]),
    ),
  };
  withFolder(files, (root) => {
    for (const name of Object.keys(manifests))
      symlinkSync(`../packages/${name}`, join(root, 'node_modules', name));
    const { deps } = loadFolder(root, noOverlay).stages[0]!;
    assert.deepEqual(
      deps.slice(1).map(({ path }) => path),
      ['one/a.js', 'three/c.js', 'three/index.js', 'two/b.js'].map((file) => `packages/${file}`),
    );
  });
});

test('what manifests map is followed: patterns, `#…`, a package by its own name, conditions by their order', () => {
  const own = {
    name: 'self',
    exports: { './*': './src/*.ts', './none': null },
    imports: {
      '#one': './src/one.ts',
      '#lib/*': './src/lib/*.ts',
      '#dep': 'dep',
      '#part': 'part/deep/x',
      '#both': { require: './src/both.cjs', default: './src/both.mjs' },
    },
  };
  const part = {
    exports: {
      './deep/*': { types: './deep/*.d.ts', require: './deep/*.cjs', node: './deep/*.js' },
      './first': { browser: './first.web.js', default: './first.js', import: './never.js' },
    },
  };
  const files = {
    'pipeline.yaml': 'stages:\n  a: {cmd: x, deps: [{sub/a.ts: {imports: true}}]}\n',
    'package.json': JSON.stringify(own),
    'sub/a.ts': `import 'node:fs'; import '#one'; import '#lib/two'; import '#dep'; import '#part'; import '#both'; import '#gone';
import 'self/three'; import 'self/none'; import 'part/first'; import 'part/hidden.js';`,
    ...Object.fromEntries(
      ['one.ts', 'lib/two.ts', 'three.ts', 'none.ts', 'lib/other.ts', 'both.cjs', 'both.mjs'].map((name) => [
        `src/${name}`,
        '',
      ]),
    ),
    'node_modules/dep/package.json': '{"name": "dep", "version": "1.2.3"}',
    'packages/part/package.json': JSON.stringify(part),
    ...Object.fromEntries(
      ['deep/x.js', 'deep/x.cjs', 'first.js', 'first.web.js', 'never.js', 'hidden.js'].map((name) => [
        `packages/part/${name}`,
        '',
      ]),
    ),
  };
  withFolder(files, (root) => {
    symlinkSync('../packages/part', join(root, 'node_modules/part'));
    assert.deepEqual(describe(loadFolder(root, noOverlay)), [
      'sub/a.ts packages/part/deep/x.cjs packages/part/deep/x.js packages/part/first.js src/both.cjs src/both.mjs src/lib/two.ts src/one.ts src/three.ts node_modules/dep/package.json:version node_modules/part/package.json:version',
    ]);
  });
});

test('the version of a package counts beside other keys of its manifest', () => {
  const manifest = 'node_modules/dep/package.json';
  const stage = (params: string): string => `{cmd: x, deps: [{a.mjs: {imports: true}}], params: [${params}]}`;
  const stages = [`${manifest}: [name]`, `${manifest}: [version]`, `${manifest}:`];
  const files = {
    'pipeline.yaml': `stages:\n${stages.map((params, index) => `  s${index}: ${stage(params)}\n`).join('')}`,
    'a.mjs': "import 'dep';",
    [manifest]: '{"name": "dep", "version": "1.2.3"}',
  };
  withProject(files, (project) => {
    assert.deepEqual(describe(project), [
      `a.mjs ${manifest}:name,version`,
      `a.mjs ${manifest}:version`,
      `a.mjs ${manifest}:`,
    ]);
  });
});

test('packages that only an imported module imports count too', () => {
  const files = {
    'pipeline.yaml':
      'stages:\n  js: {cmd: x, deps: [{a.ts: {imports: true}}]}\n  py: {cmd: x, deps: [{a.py: {imports: true}}]}\n',
    'a.ts': "import './b.ts';",
    'b.ts': "import './c.ts';",
    'c.ts': "import 'dep';",
    'node_modules/dep/package.json': '{"name": "dep", "version": "1.2.3"}',
    'a.py': 'import b\n',
    'b.py': 'import numpy, my_pkg\n',
    '.venv/bin/': '',
    'venv/lib/python3.9/': '',
    'env/lib/python3.11/site-packages/numpy-2.0.1.dist-info/METADATA': 'Version: 2.0.1',
    'env/lib/python3.11/site-packages/My.Pkg-1.dist-info/METADATA': 'Version: 1',
  };
  withProject(files, (project) => {
    assert.deepEqual(describe(project), [
      'a.ts b.ts c.ts node_modules/dep/package.json:version',
      'a.py b.py env/lib/python3.11/site-packages/My.Pkg-1.dist-info/METADATA env/lib/python3.11/site-packages/numpy-2.0.1.dist-info/METADATA',
    ]);
  });
});

test('a source that is broken or missing counts by itself, and what it surely asks for', () => {
  withProject(
    {
      'pipeline.yaml':
        'stages:\n  a: {cmd: x, deps: [{a.ts: {imports: true}}, {gone.ts: {imports: true}}]}\n',
      'a.ts': "require('./c.ts'); import './b.ts' }}} ((",
      'b.ts': '',
      'c.ts': '',
    },
    (project) => {
      assert.deepEqual(describe(project), ['a.ts gone.ts c.ts']);
    },
  );
});

test('Python modules of the project', () => {
  const files = {
    'pipeline.yaml': 'stages:\n  a: {cmd: x, wdir: py, deps: [{main.py: {imports: true}}]}\n',
    'py/main.py': `import os, util
from pkg import thing, mod
from pkg.sub import (
  a,
  b)
import numpy as np
import a.b.c
"""
import nope
"""
# import nope
`,
    'py/util.py': 'import shared.x\n',
    // A package runs before what is in it, and goes before a module of its name.
    'py/a/__init__.py': '',
    'py/a.py': '',
    'py/a/b/__init__.py': 'from . import d\n',
    'py/a/b/c.py': '',
    'py/a/b/d/__init__.py': '',
    'py/a/b/d.py': '',
    'py/nope.py': '',
    'py/pkg/__init__.py': '',
    'py/pkg/mod.py': '',
    'py/pkg/sub.py': 'from . import sub2\nfrom ..pkg import sub3 as s\n',
    'py/pkg/sub2.py': '',
    'py/pkg/sub3/__init__.py': 'from .deep import far\n',
    'py/pkg/sub3/deep/far.py': 'from ...sub4 import x\nfrom .... import top\n',
    'py/pkg/sub4.py': '',
    'py/top.py': '',
    'py/pkg/top.py': '',
    'shared/x.py': '',
    '.venv/lib/python3.11/site-packages/numpy-2.0.1.dist-info/METADATA': 'Version: 2.0.1',
  };
  withProject(files, (project) => {
    assert.deepEqual(describe(project), [
      'main.py a/__init__.py a/b/__init__.py a/b/c.py a/b/d/__init__.py pkg/__init__.py pkg/mod.py pkg/sub.py pkg/sub2.py pkg/sub3/__init__.py pkg/sub3/deep/far.py pkg/sub4.py top.py util.py ../shared/x.py ../.venv/lib/python3.11/site-packages/numpy-2.0.1.dist-info/METADATA',
    ]);
  });
});

test('a program in a package runs what is above it where it imports from there', () => {
  const files = {
    'pipeline.yaml': 'stages:\n  a: {cmd: x, deps: [{pkg/main.py: {imports: true}}]}\n',
    'pkg/main.py': 'from . import thing\n',
    'pkg/__init__.py': 'import helper\n',
    'helper.py': '',
  };
  withProject(files, (project) =>
    assert.deepEqual(describe(project), ['pkg/main.py helper.py pkg/__init__.py']),
  );
});

test('what a Python source imports is looked for beside each program that reads it', () => {
  const files = {
    'pipeline.yaml':
      'stages:\n  a: {cmd: x, deps: [{a/main.py: {imports: true}}]}\n  b: {cmd: x, deps: [{b/main.py: {imports: true}}]}\n  c: {cmd: x, deps: [{b/main.py: {imports: true}}, {a/main.py: {imports: true}}]}\n',
    'shared.py': 'import helper\n',
    // The one beside the program goes before it.
    'helper.py': '',
    ...Object.fromEntries(
      ['a', 'b'].flatMap((folder) => [
        [`${folder}/main.py`, 'import shared\n'],
        [`${folder}/helper.py`, ''],
      ]),
    ),
  };
  withProject(files, (project) => {
    assert.deepEqual(describe(project), [
      'a/main.py a/helper.py shared.py',
      'b/main.py b/helper.py shared.py',
      'b/main.py a/main.py b/helper.py shared.py a/helper.py',
    ]);
  });
});

test('every way to write an import in Python', () => {
  const ways = {
    a: '# it\'s """ here\nimport a',
    b: 'try: import b\nexcept ImportError: pass',
    c: 'if x: from c import(y,\n  z)  # why',
    d: 'x = 1; from d import*',
    e: "x = 'a\\'b'; import e as f",
    g: 'import os.path as p, \\\n  g',
    é: 'from é import x',
    'h/__init__': 'from . h import x',
    i: 'from .import i',
    j: "x = \"\"\" ' \"\"\"; import j ; y = '''\nimport nope\n'''",
    k: 'def f():\n\tfrom k import (  # list\n\t\tx as y, z,\n\t)',
    l: 'print "no syntax of today"\nimport l',
    m: "x = f'{a['import nope']}'\nimport m",
  };
  const nothing = [
    "'import nope'",
    'x = "from nope import y"',
    'x = "a\\\nimport nope"',
    "r'''\\''' ; import_nope ; nope.important",
    'reimport = nope',
    '"unclosed import nope',
  ];
  for (const [module, code] of [...Object.entries(ways), ...nothing.map((code) => ['', code] as const)]) {
    const files = {
      'pipeline.yaml': 'stages:\n  a: {cmd: x, deps: [{main.py: {imports: true}}]}\n',
      'main.py': `${code}\n`,
      'nope.py': '',
      ...(module && { [`${module}.py`]: '' }),
    };
    const expected = module === '' ? 'main.py' : `main.py ${module}.py`;
    withProject(files, (project) => assert.deepEqual(describe(project), [expected], code));
  }
});
