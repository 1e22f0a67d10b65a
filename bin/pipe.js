#!/usr/bin/env node
// Starts the compiled engine, on a Node that can run it.
import { isTooOld, runOnNewerNode } from './newer-node.js';

if (process.platform === 'win32') {
  console.error(
    'pipe runs on Linux and macOS. On Windows, run it inside WSL: https://learn.microsoft.com/windows/wsl',
  );
  process.exit(1);
}
if (isTooOld()) runOnNewerNode('pipe');
else await import('../dist/main.js');
