// What the scan of one source gives. Data only.

/** What one source imports: absolute paths of sources, and of the files that record the versions of packages. */
export interface Imports {
  readonly files: readonly string[];
  readonly packages: readonly string[];
}
