// Every workspace of `cases/`, and of the public pipelines of other people where they are present, means here what it means to DVC: same stages, same graph, refused where DVC refuses.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { sampleOf } from '../amount.ts';
import { knownDifferences } from './known-differences.ts';
import { compare, find, prepare, readExpected, RULES, verdictOf, type Comparison } from './workspace.ts';

const fixtures = process.env['PIPE_FIXTURES'];
const counts = new Map(RULES.map((rule) => [rule, { same: 0, differing: 0, workspaces: new Set<string>() }]));

function count(name: string, comparisons: readonly Comparison[]): void {
  for (const { rule, same } of comparisons) {
    const row = counts.get(rule)!;
    if (same) row.same += 1;
    else row.differing += 1;
    row.workspaces.add(name);
  }
}

test('cases mean what they mean to DVC', (t) => checkAll(t, join(import.meta.dirname, 'cases'), 1));

test('public pipelines mean what they mean to DVC', async (t) => {
  if (!fixtures) return t.skip('PIPE_FIXTURES is not set');
  await checkAll(t, join(fixtures, 'dvc/corpus'), 4);
});

/** @param nth of them, in a sample. */
async function checkAll(t: TestContext, folder: string, nth: number): Promise<void> {
  for (const name of sampleOf(readdirSync(folder).sort(), nth))
    await t.test(name, () => checkWorkspace(join(folder, name), name));
}

function checkWorkspace(folder: string, name: string): void {
  const root = prepare(folder);
  try {
    const known = knownDifferences.find(({ workspace }) => workspace === name);
    for (const [path, expected] of Object.entries(readExpected(folder))) {
      const found = find(join(root, path));
      const verdict = verdictOf(expected);
      if (known) {
        assert.equal(found.refused.length > 0 ? 'refuses' : 'resolves', known.ours, found.refused.join('\n'));
        console.log(`known  ${name}: DVC ${verdict}, pipe ${known.ours}`);
        continue;
      }
      assert.notEqual(verdict, 'crashes', 'DVC crashes here: list it as a known difference');
      const comparisons = compare(expected, found, root);
      count(name, comparisons);
      const differing = comparisons.filter(({ same }) => !same);
      console.log(
        `${differing.length === 0 ? 'same  ' : 'DIFFER'} ${name}${path === '.' ? '' : ` in ${path}`}: ${summary(verdict, found.refused, comparisons)}`,
      );
      assert.deepEqual(differing, []);
    }
  } finally {
    rmSync(dirname(root), { recursive: true, force: true });
  }
}

function summary(verdict: string, refused: readonly string[], comparisons: readonly Comparison[]): string {
  if (verdict === 'refuses') return `refused as by DVC: ${refused[0]}`;
  const stages = comparisons.filter(({ rule }) => rule === 'cmd').length;
  return `${stages} ${stages === 1 ? 'stage' : 'stages'}, ${comparisons.length} comparisons`;
}

test('every known difference is described in docs/dvc.md', () => {
  const text = readFileSync(new URL('../../docs/dvc.md', import.meta.url), 'utf8');
  for (const { workspace } of knownDifferences) assert.ok(text.includes(`\`${workspace}\``), workspace);
});

after(() => {
  console.log(['', 'rule            workspaces    same  different'].join('\n'));
  for (const [rule, { same, differing, workspaces }] of counts) {
    console.log(
      `${rule.padEnd(15)} ${String(workspaces.size).padStart(10)} ${String(same).padStart(7)} ${String(differing).padStart(10)}`,
    );
  }
});
