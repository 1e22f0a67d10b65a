// The shells that `pipe completion` writes scripts for, and the kinds of names that the scripts ask for.
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export const NAME_KINDS = ['targets', 'remotes', 'experiments', 'revisions'] as const;
export type NameKind = (typeof NAME_KINDS)[number];
