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
    // Most commands end before optimised code pays for its making, and starting a stage costs by the memory of whoever
    // starts it: optimise late, keep the young generation small. The names are those of this Node's V8.
    if (major === 24) {
      const { setFlagsFromString } = process.getBuiltinModule('node:v8');
      for (const flag of [
        '--invocation-count-for-maglev=5000',
        '--invocation-count-for-maglev-osr=5000',
        '--invocation-count-for-osr=5000',
        '--invocation-count-for-turbofan=100000',
        '--semi-space-growth-factor=1',
      ])
        setFlagsFromString(flag);
    }
    process.getBuiltinModule('node:module').enableCompileCache?.();
    await import('../dist/main.js');
  }
}
