// Where we differ from DVC on purpose: only where DVC itself crashes. docs/dvc.md describes each of them.

export interface KnownDifference {
  readonly workspace: string;
  readonly ours: 'refuses' | 'resolves';
}

export const knownDifferences: readonly KnownDifference[] = [
  { workspace: '04-dict-exact-cmd', ours: 'refuses' },
  { workspace: '79-plots-stage-list', ours: 'refuses' },
  { workspace: 'a3-foreach-nested-interp', ours: 'resolves' },
];
