// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export type { Algorithm, Content, Digest } from './digest.ts';
export { compareBytes, whyBadPath, whyBadTarget } from './entry-names.ts';
export { readWhole } from './file-task.ts';
export { FileList, listFiles } from './file-list.ts';
export { followLinks } from './follow-links.ts';
export { FoundFiles } from './found-files.ts';
export type { Hasher, HasherOptions, View } from './hasher.ts';
export { keepTrees } from './kept-trees.ts';
export { openHasher } from './open-hasher.ts';
export { signatureOf } from './signature.ts';
export type { ManifestEntry, TreeEntry } from './tree.ts';
