// Runs the compiled engine. What Node's compile cache keeps of a file is what V8 compiles while it loads it, which is no function of it,
// and compiling the functions that a short command calls takes longer than running them. So the code is kept here after a command, with
// all functions that it called: a file for each command, beside Node's own.
const fs = process.getBuiltinModule('node:fs');
const { Script } = process.getBuiltinModule('node:vm');
const { enableCompileCache, getCompileCacheDir } = process.getBuiltinModule('node:module');

/** Commands that are in a file of their own, too. */
const APART = /^(?:metrics|params)$/;
const name = APART.test(process.argv[2] ?? '') ? 'compare.js' : 'main.js';
const url = new URL(`../dist/${name}`, import.meta.url);
const PREFIX = 'pipe-';
/** Commands that have commands of their own, which call other functions. */
const WITH_COMMANDS = /^(?:cache|exp|experiments|lock|metrics|params|plots|remote|stage)$/;
/** Milliseconds. */
const WEEK = 7 * 24 * 3600 * 1000;

export function loadEngine() {
  enableCompileCache();
  const filename = process.getBuiltinModule('node:url').fileURLToPath(url);
  const source = fs.readFileSync(filename, 'latin1');
  const file = cacheFile(source);
  const cachedData = file === undefined ? undefined : readIfThere(file);
  const script = new Script(source, { filename, cachedData });
  if (file !== undefined && (cachedData === undefined || script.cachedDataRejected))
    // What failed may not be a command.
    process.on('exit', (code) => code === 0 && keep(file, () => codeOf(script)));
  script.runInThisContext()(url.href, filename, process.getBuiltinModule);
}

/** Undefined where Node keeps no code. The first line of the source names the build. */
function cacheFile(source) {
  const folder = getCompileCacheDir();
  const [, build] = /^\/\/ (\w+)\n/.exec(source) ?? [];
  if (folder === undefined || build === undefined) return undefined;
  const [first = '', second = ''] = process.argv.slice(2);
  const command = WITH_COMMANDS.test(first) && /^[a-z]+$/.test(second) ? `${first}-${second}` : first;
  // Help calls none of the functions of its command: kept first, it would be all that the command ever gets.
  const suffix = process.argv.includes('--help') ? '-help' : '';
  return `${folder}/${PREFIX}${build}-${/^[a-z-]+$/.test(command) ? command : ''}${suffix}`;
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

/** V8 takes code only under the flags that it was kept under; large projects change this one (src/base/young-generation.ts). */
function codeOf(script) {
  if (process.versions.node.startsWith('24.'))
    process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=2');
  return script.createCachedData();
}

/** V8 does not check the content, so that it is whole on the disk before it has its name. A disk that is full is no failure. */
function keep(file, data) {
  const aside = `${file}.${process.pid}`;
  try {
    fs.writeFileSync(aside, data(), { flag: 'wx', mode: 0o600, flush: true });
    fs.renameSync(aside, file);
    removeOld(file.slice(0, file.lastIndexOf('/')));
  } catch {
    fs.rmSync(aside, { force: true });
  }
}

/** Those of other builds would stay for ever. */
function removeOld(folder) {
  for (const name of fs.readdirSync(folder)) {
    const path = `${folder}/${name}`;
    if (name.startsWith(PREFIX) && fs.statSync(path).mtimeMs < Date.now() - WEEK) fs.rmSync(path);
  }
}
