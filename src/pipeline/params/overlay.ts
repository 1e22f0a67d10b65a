// The overlay of a command: `--params FILE` and `-S key=value`, which replace values of the names that templates use. Data
// only; overlay-merge.ts applies it.

/** Applied after all other values: files first, in order, then single values. */
export interface Overlay {
  /** Paths of parameter files, relative to the project root if they are inside of it. */
  readonly files: readonly string[];
  /** `dotted.key=value` or `key.list[0]=value`, the value read as YAML; `~dotted.key` takes the key out. */
  readonly set: readonly string[];
}

export const noOverlay: Overlay = { files: [], set: [] };
