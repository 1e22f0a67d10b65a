// The differences between the two formats of pipeline files. A project can have files of both, which their names distinguish.
import type { Schema } from './check-schema.ts';
import type { Value, ValueMap, ValuePath } from '../../base/value.ts';

export interface FileFormat {
  readonly schemas: { readonly [part in 'top' | 'stage' | 'foreach']: Schema };
  /** The schema of what `extensionsOf` finds, where the schema of the stage does not cover it. */
  readonly extensionSchema?: Schema;
  /** The mapping of a stage that holds `env`, `resources`, `retry` and `timeout`, and where it is in the stage. */
  extensionsOf(stage: ValueMap): { readonly map: Value | undefined; readonly path: ValuePath };
  /** The hint for a key that only the other format has. */
  unknownKeyHint(key: string, path: ValuePath): string | undefined;
  /** An empty file is valid, and so is one whose value is false in Python (`0`, `[]`, `''`). */
  readonly mayBeEmpty: boolean;
  /** Templates cannot name members of mappings whose keys are not strings. */
  readonly stringKeysOnly: boolean;
  /** A line of a command that cannot run by itself is a warning; otherwise it is an error. */
  readonly warnsOfSplitCommands: boolean;
  /** Templates of a foreach or matrix without members are not checked. */
  readonly skipsUnusedTemplates: boolean;
  /** A name may be declared again: by a key of a foreach that is spelled alike, by a plain stage without outputs. */
  readonly repeatsMembers: boolean;
  /** The values of a matrix axis that is a text are its characters. */
  readonly textIsAxis: boolean;
}
