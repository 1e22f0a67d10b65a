#!/usr/bin/env node
// Starts the compiled engine, on a Node that can run it: re-executes itself with the one in node_modules where the
// running one is too old. Kept in plain old JavaScript, so that any Node gets far enough to say what is needed.
const [major, minor] = process.versions.node.split('.').map(Number);
if (process.platform === 'win32') {
  console.error('pipe runs on Linux and macOS. On Windows, run it inside WSL: https://learn.microsoft.com/windows/wsl');
  process.exit(1);
} else if (major < 22 || (major === 22 && minor < 22)) {
  await runOnNewerNode();
} else {
  await import('../dist/main.js');
}

async function runOnNewerNode() {
  const { spawn } = await import('node:child_process');
  const { existsSync, realpathSync } = await import('node:fs');
  const { delimiter, dirname } = await import('node:path');
  const { fileURLToPath } = await import('node:url');
  const link = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  if (!existsSync(link)) {
    console.error(`pipe needs Node 22.22 or newer; this is ${process.version}. Install a current Node, or run \`npm ci\` here.`);
    process.exit(1);
  }
  const node = realpathSync(link);
  // Stages that call `node` get the same one.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
