// What `pipe diff` prints of two commits and the workspace, option by option.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeHere } from './here.ts';
import { project } from './compare-project.ts';
import { gitIn } from '../git.ts';

test('diff: data as text and JSON, and the whole as Markdown', async (t) => {
  const { out, err, json, read, remove, write } = await project(t);
  assert.equal(
    await out(0, 'diff', 'v1'),
    `Added:
    new.txt          7 B
    newer.txt        8 B

Deleted:
    old.txt          2 B
    older.txt        3 B

Renamed:
    d/two → d/three  4 B
    d/zwei → d/drei  4 B

Modified:
    d/               12 B → 14 B
    d/one            4 B → 6 B

2 files added, 2 files deleted, 2 files renamed, 1 file modified
`,
  );
  const { added, deleted, modified, renamed, ...rest } = (await json(
    'diff',
    'v1',
    'HEAD',
    '--show-hash',
  )) as Record<
    'added' | 'deleted' | 'modified' | 'renamed',
    readonly { readonly path: unknown; readonly size: unknown; readonly hash: unknown }[]
  >;
  assert.deepEqual(rest, {}, 'with two revisions nothing is said of the cache');
  assert.deepEqual(
    [added, deleted, renamed, modified].map((list) => list.map(({ path, size }) => [path, size])),
    [
      [
        ['new.txt', 7],
        ['newer.txt', 8],
      ],
      [
        ['old.txt', 2],
        ['older.txt', 3],
      ],
      [
        [{ old: 'd/two', new: 'd/three' }, 4],
        [{ old: 'd/zwei', new: 'd/drei' }, 4],
      ],
      [
        ['d/', { old: 12, new: 14 }],
        ['d/one', { old: 4, new: 6 }],
      ],
    ],
  );
  assert.deepEqual(modified[1]!.hash, {
    old: '911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2',
    new: '880553fca8fcea94e325ee2cfb48e5a985cc797f39a14cc6d3cedecfeb2ae4d2',
  });
  assert.deepEqual(Object.keys((await json('diff', 'v1', '--targets', 'new.txt')) as object), [
    'added',
    'deleted',
    'modified',
    'renamed',
    'not in cache',
  ]);
  assert.equal(await out(0, 'diff'), 'No data differs.\n');
  const report = await out(0, 'diff', 'v1', 'HEAD', '--md');
  assert.equal(
    report.slice(report.indexOf('<details>')),
    `<details>
<summary><b>Parameters</b>: 3 values</summary>

| Path | Param | v1 | HEAD |
|---|---|--:|--:|
| params.yaml | added | - | true |
| params.yaml | size | 1 | 2 |
| params.yaml | unused.deep | 0.5 | - |

</details>

<details>
<summary><b>Stages</b>: 4 changed, 2 added, 2 removed</summary>

- **prep**
  - command: \`x → longer, old.txt → new.txt, xy → longest, older.txt → newer.txt && mv d/two d/three && mv d/zwei d/drei\`
  - changed dependencies: raw.csv
  - new outputs: new.txt, newer.txt
  - no longer writes: old.txt, older.txt
- **\`train@2-0\`**, **\`train@2-1\`**
  - params.yaml:size: 1 → 2
- **last**
  - frozen: false → true
- **\`train@3-0\`**
  - added: \`echo "{\\"loss\\": 3.25, \\"acc\\": 30}" > m-3-0.json\`
  - writes m-3-0.json
- **\`train@3-1\`**
  - added: \`echo "{\\"loss\\": 3.25, \\"acc\\": 31}" > m-3-1.json\`
  - writes m-3-1.json
- **\`train@1-0\`**, **\`train@1-1\`**
  - removed

</details>

<details>
<summary><b>Data</b>: 2 (15 B) added, 2 (5 B) deleted, 2 (8 B) renamed, 1 (6 B) modified</summary>

| Status | Path | Size |
|---|---|--:|
| added | new.txt | 7 B |
| added | newer.txt | 8 B |
| deleted | old.txt | 2 B |
| deleted | older.txt | 3 B |
| renamed | d/two → d/three | 4 B |
| renamed | d/zwei → d/drei | 4 B |
| modified | d/ | 12 B → 14 B |
| modified | d/one | 4 B → 6 B |

</details>
`,
  );
  assert.match(await out(0, 'diff', 'v1', '--targets', 'new.txt'), /\n\n1 file added\n$/);
  assert.match(await out(0, 'diff', 'v1', '--targets', 'old.txt'), /\n\n1 file deleted\n$/);
  for (const name of ['none', 'd/on'])
    assert.match(
      await err(1, 'diff', 'v1', '--targets', name),
      new RegExp(`neither side has data at '${name}'`),
    );
  const declared = read('pipeline.yaml');
  write('pipeline.yaml', declared.replace('cat d/one >', 'sort d/one >'));
  assert.match(
    await out(0, 'diff', '--md'),
    /- \*\*last\*\*\n {2}- command: cat → sort\n/,
    'edited, and not run',
  );
  write('pipeline.yaml', declared);
  assert.match(
    report,
    /^### Changes from v1 to HEAD\n\n<details open>\n<summary><b>Metrics<\/b>: 11 values<\/summary>\n/,
  );
  assert.match(report, /\n\| report\.json \| all \| 0\.12346 \| 0\.5 \| 0\.37654 \|\n/);
  write('more.yaml', '{');
  assert.match(await out(0, 'diff', '--md'), /<b>Could not be read<\/b>: 1 file<\/summary>\n\n- /);
  remove('cache/objects/sha256/27/dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d88c01184a07300a5a');
  assert.deepEqual(
    ((await json('diff', 'v1')) as Record<string, readonly { readonly path: string }[]>)['not in cache']!.map(
      ({ path }) => path,
    ),
    ['d/two'],
  );
  remove('cache/objects');
  const lost = (await json('diff', 'v1')) as Record<string, readonly { readonly path: string }[]>;
  assert.deepEqual(
    lost['not in cache']!.map(({ path }) => path),
    ['d/', 'last.txt', 'old.txt', 'older.txt'],
  );
  const same = (await json('diff')) as typeof lost;
  assert.deepEqual(
    Object.entries(same).map(([what, list]) => [what, list.map(({ path }) => path)]),
    [['added', []], ['deleted', []], ['modified', []], ['renamed', []], ['not in cache', ['d/', 'last.txt', 'new.txt', 'newer.txt']]],
    'also where nothing differs',
  ); // prettier-ignore
  assert.match(await out(0, 'diff', 'v1'), /^Not in cache:\n {4}d\/ /m);
  assert.doesNotMatch(await out(0, 'diff', 'v1', '--hide-missing'), /Not in cache/);
});

test('diff --md names the plots that have other points, and the pictures that have other bytes', async (t) => {
  const { root, write, out } = makeHere(t, {
    'pipeline.yaml': 'stages: {}\nplots: [loss.csv, same.csv, pic.png, same.png]\n',
    ...Object.fromEntries(['loss.csv', 'same.csv'].map((name) => [name, 'step,loss\n0,1\n'])),
    ...Object.fromEntries(['pic.png', 'same.png'].map((name) => [name, 'one'])),
  });
  const git = gitIn(root);
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'First');
  write('loss.csv', 'step,loss\n0,2\n');
  write('pic.png', 'two');
  const report = await out(0, 'diff', '--md');
  assert.match(report, /loss\.csv/);
  assert.match(report, /pic\.png/);
  assert.doesNotMatch(report, /same\./);
});
