// What differs between the formats of pipeline files. A project can hold files of both: the name of a file says which it is.
import type { Schema } from './check-schema.ts';
import type { Value, ValueMap } from '../../base/value.ts';
import type { ValuePath } from '../../yaml/yaml-source.ts';

export interface FileFormat {
  readonly schemas: { readonly [part in 'top' | 'stage' | 'foreach']: Schema };
  /** The schema of what `extensionsOf` finds, where the schema of the stage does not cover it. */
  readonly extensionSchema?: Schema;
  /** The mapping of a stage that holds `env`, `resources`, `retry` and `timeout`, and where it is in the stage. */
  extensionsOf(stage: ValueMap): { readonly map: Value | undefined; readonly path: ValuePath };
  /** What to do about a key that only the other format has. */
  unknownKeyHint(key: string, path: ValuePath): string | undefined;
  /** An empty file is valid, and so is one whose value is false in Python (`0`, `[]`, `''`). */
  readonly mayBeEmpty: boolean;
  /** Members of mappings whose keys are not strings do not exist for templates. */
  readonly stringKeysOnly: boolean;
  /** A line of a command that cannot run by itself is a warning; otherwise it is an error. */
  readonly warnsOfSplitCommands: boolean;
  /** Templates of a foreach or matrix without members are not checked. */
  readonly skipsUnusedTemplates: boolean;
  /** A name may be declared again: by a key of a foreach that is spelled alike, by a plain stage without outputs. */
  readonly repeatsMembers: boolean;
  /** A matrix axis that is a text has its characters as values. */
  readonly textIsAxis: boolean;
}
