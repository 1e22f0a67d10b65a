// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { readText } from './read-text.ts';
export { readSimpleYaml } from './simple-yaml.ts';
export { blockEntry, type Plain } from './write-entry.ts';
export { quoteString, writeString } from './write-scalar.ts';
export { writeValue } from './write-value.ts';
export { readYaml } from './yaml-source.ts';
