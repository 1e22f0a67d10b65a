// Node 22 warns that SQLite is experimental. The functions used here are the same in Node 24, which does not warn.
const { emitWarning } = process;
process.emitWarning = (warning, ...rest) => {
  if (rest[0] === 'ExperimentalWarning' && /^SQLite\b/.test(String(warning))) return;
  emitWarning.call(process, warning, ...rest);
};
