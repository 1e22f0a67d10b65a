// Flags of V8 that are set while the engine runs. Their names are those of Node 24's V8; any other runs as it comes.
import { setFlagsFromString } from 'node:v8';

const isKnown = process.versions.node.startsWith('24.');

export function setV8Flag(name: string, value: number): void {
  if (isKnown) setFlagsFromString(`--${name}=${value}`);
}
