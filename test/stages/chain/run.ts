// Runs the stages once for all files of this folder.
import { rmSync } from 'node:fs';
import { after, before } from 'node:test';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { root, runChain } from '../tiny-chain.ts';

before(() => Promise.all([useBackend('wasm', 1), runChain()]));
after(() => rmSync(root, { recursive: true, force: true }));
