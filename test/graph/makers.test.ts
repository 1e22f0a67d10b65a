// Which stages write the dependencies of a stage: the same as by comparing each pair.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makersByPath } from '../../src/graph/graph.ts';
import { reads } from '../../src/plan/plan.ts';
import { at, makeOut, makeStage } from '../show/stages.ts';

const path = fc.constantFrom('a', 'a/b', 'a/b/c', 'ab', 'a/d', 'e/f', '/out', '/out/side');
const placed = fc.record({
  path,
  linked: fc.option(fc.uniqueArray(path, { maxLength: 2 }), { nil: undefined }),
});
const links = (linked: readonly string[] | undefined): object => (linked ? { linked: linked.map(at) } : {});

test('every stage that writes a place of a dependency makes it', () => {
  const paths = fc.uniqueArray(placed, { selector: (item) => item.path, maxLength: 4 });
  fc.assert(
    fc.property(paths, fc.array(paths, { maxLength: 4 }), (declared, written) => {
      const template = makeStage('reads', { deps: declared.map((dep) => dep.path) });
      const deps = template.deps.map((dep, index) => ({ ...dep, ...links(declared[index]!.linked) }));
      const stages = written.map((outs, index) => ({
        ...makeStage(`s${index}`),
        outs: outs.map((out) => makeOut(out.path, links(out.linked))),
      }));
      const makers = makersByPath(deps, stages);
      for (const dep of deps)
        assert.deepEqual(
          makers.get(dep.path) ?? [],
          stages.filter(({ outs }) => outs.some((out) => reads(dep, out))),
        );
    }),
    { numRuns: 1000 },
  );
});
