// Sets V8 for the engine; imported before it, as code that is cached for other flags is not used. The names are those of
// Node 24's V8: any other runs as it comes.
const { setFlagsFromString } = process.getBuiltinModule('node:v8');
/** Modules that all commands need, and runs. */
const ALWAYS = ['crypto', 'module', 'net', 'os', 'process', 'vm'];
const IN_RUNS = ['child_process', 'perf_hooks', 'sqlite', 'timers/promises'];

if (process.versions.node.startsWith('24.')) {
  // Node's own code for its modules is not used under other flags, and to compile them takes twice as long as to load them.
  for (const name of ALWAYS) process.getBuiltinModule(`node:${name}`);
  if (process.argv[2] === 'repro') for (const name of IN_RUNS) process.getBuiltinModule(`node:${name}`);
  // Most commands end before optimised code pays for its making.
  setFlagsFromString('--invocation-count-for-maglev=5000');
  setFlagsFromString('--invocation-count-for-maglev-osr=5000');
  setFlagsFromString('--invocation-count-for-osr=5000');
  setFlagsFromString('--invocation-count-for-turbofan=100000');
  // Of itself V8 lets the heap grow to four times what was alive.
  setFlagsFromString('--heap-growing-percent=100');
  // Marking in steps costs more than it saves: a pause of some milliseconds harms no command.
  setFlagsFromString('--no-incremental-marking');
}
