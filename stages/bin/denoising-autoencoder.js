#!/usr/bin/env node
// Starts the experiment's command, from its sources, on a Node that can run them.
import { isTooOld, runOnNewerNode } from '../../bin/newer-node.js';

if (process.platform === 'win32') {
  console.error(
    'denoising-autoencoder runs on Linux and macOS. On Windows, run it inside WSL: https://learn.microsoft.com/windows/wsl',
  );
  process.exit(1);
}
if (isTooOld()) runOnNewerNode('denoising-autoencoder');
else {
  if (process.versions.node.startsWith('22.')) await import('../../bin/sqlite-warning.js');
  await import('../cli/main.ts');
}
