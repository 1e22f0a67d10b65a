#!/usr/bin/env node
// Starts the compiled engine, on a Node that can run it. No static imports: where nothing changed, loading them would take longer than
// the answer. No top-level await: an old Node could not read this file, and would print a stack trace.
if (process.platform === 'win32') {
  console.error(
    'pipe runs on Linux and macOS. On Windows, run it inside WSL: https://learn.microsoft.com/windows/wsl',
  );
  process.exit(1);
}
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  void import('./newer-node.js').then(({ runOnNewerNode }) => runOnNewerNode('pipe'));
} else {
  const names = process.argv[2] === 'completion' && process.argv[3] === 'names';
  void import(names ? '../dist/names.js' : '../dist/fast.js')
    .then(async ({ answer }) => {
      if (answer()) return;
      await import('./engine-flags.js');
      if (major === 22) await import('./sqlite-warning.js');
      (await import('./load-engine.js')).loadEngine();
    })
    .catch(async (error) => {
      const { explainMissingBuild } = await import('./missing-build.js');
      explainMissingBuild(error);
    });
}
