// A store that leaves files of the workspace as they are, whatever links are configured.
import { openStore } from '../../cache/open-store.ts';
import type { LinkKind } from '../../cache/link-kind.ts';
import type { ObjectStore } from '../../cache/object-store.ts';
import type { Hasher } from '../../hash/hasher.ts';
import type { OpenWorkspace } from '../open-workspace.ts';

/** @param root absolute folder of the files; @param links besides clones. */
export function copyingStore(
  { project, folders, dialect, layout }: OpenWorkspace,
  root: string,
  hasher: Hasher,
  links: readonly LinkKind[] = [],
): ObjectStore {
  const { cache, placing } = folders;
  const options = { dir: cache, hasher, scratch: placing, shared: project.config.cache?.shared === true };
  const store = openStore({ ...options, root, layout, links: ['reflink', ...links] });
  return dialect.extendStore({ ...options, store });
}
