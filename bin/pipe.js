#!/usr/bin/env node
// Starts the compiled engine, on a Node that can run it. Imports nothing itself: where nothing changed, loading costs more
// than the answer.
if (process.platform === 'win32') {
  console.error(
    'pipe runs on Linux and macOS. On Windows, run it inside WSL: https://learn.microsoft.com/windows/wsl',
  );
  process.exit(1);
}
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  const { runOnNewerNode } = await import('./newer-node.js');
  runOnNewerNode('pipe');
} else {
  const { answer } = await import('../dist/fast.js');
  if (!answer()) {
    await import('./engine-flags.js');
    process.getBuiltinModule('node:module').enableCompileCache?.();
    await import('../dist/main.js');
  }
}
