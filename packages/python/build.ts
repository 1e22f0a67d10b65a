// `npm run wheel`: packs what the last build made, for PyPI.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { makeWheel } from './src/wheel.ts';

const root = resolve(import.meta.dirname, '../..');
const dist = join(import.meta.dirname, 'dist');
const { name, bytes } = makeWheel(root);
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
writeFileSync(join(dist, name), bytes);
console.log(`${relative(process.cwd(), join(dist, name))} (${Math.ceil(bytes.length / 1000)} kB)`);
