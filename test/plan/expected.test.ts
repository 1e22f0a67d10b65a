import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest, ManifestEntry } from '../../src/hash/hash.ts';
import { determinesDeps } from '../../src/plan/plan.ts';

const file = (path: string): ManifestEntry => ({ kind: 'file', path, digest: 'aa' as Digest, size: 1 });

test('what is to be restored says all about a dependency, unless links lead on or git is in it', () => {
  const says = (entries: readonly ManifestEntry[] | undefined): boolean =>
    determinesDeps({ digest: 'aa.dir' as Digest, size: 1, nfiles: 1 }, { entries: () => entries });
  assert.equal(determinesDeps({ digest: 'aa' as Digest, size: 1 }, { entries: () => undefined }), true);
  assert.equal(
    says([file('a'), { kind: 'directory', path: 'empty' }, file('.gitignore'), file('x.git')]),
    true,
  );
  assert.equal(says([file('a'), { kind: 'symlink', path: 'link', target: 'a' }]), false);
  assert.equal(says([file('a'), file('sub/.git/config')]), false);
  assert.equal(says(undefined), false);
});
