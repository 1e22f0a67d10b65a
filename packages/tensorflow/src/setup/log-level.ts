// Compiles what makes TensorFlow honour TF_CPP_MIN_LOG_LEVEL from its first line on. Its libraries print some lines while they load,
// before they read that variable: whoever is loaded before them has to answer their question for the level.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logLevelLibrary, type NativeBackend } from '../native-install.ts';
import { runProgram, say } from './step.ts';

/** The end of the symbol; before it is the version of Abseil. */
const QUESTION = '11MinLogLevelEv\0';

const source = (symbol: string): string => `#include <cstdlib>
#include <node_api.h>
extern "C" __attribute__((visibility("default"))) int min_log_level() __asm__("${symbol}");
int min_log_level() {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  return level == nullptr ? 0 : std::atoi(level);
}
NAPI_MODULE_INIT() { return exports; }
`;

/** Does nothing where it is there, or where these libraries have no such function. @param binding that it will be loaded before */
export function buildLogLevel(folder: string, backend: NativeBackend, binding: string): void {
  const target = logLevelLibrary(binding);
  const libraries = join(folder, 'site/tensorflow');
  if (existsSync(target) || !existsSync(libraries)) return;
  const symbol = questionOf(libraries);
  if (symbol === undefined) return;
  say(`compiling the log level of ${backend}`);
  const scratch = mkdtempSync(join(tmpdir(), 'log-level-'));
  try {
    const code = join(scratch, 'log_level.cc');
    writeFileSync(code, source(symbol));
    const headers = join(folder, 'node_modules/node-api-headers/include');
    runProgram(
      process.env['CXX'] || 'g++',
      ['-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', `-I${headers}`, code, '-o', target],
      'g++ is the C++ compiler (Debian: apt install g++); CXX names another',
    );
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function questionOf(libraries: string): string | undefined {
  const name = readdirSync(libraries).find((entry) => entry.startsWith('libtensorflow_framework.so.'));
  if (name === undefined) return undefined;
  const bytes = readFileSync(join(libraries, name));
  const end = bytes.indexOf(QUESTION);
  if (end < 0) return undefined;
  const symbol = bytes.toString('latin1', bytes.lastIndexOf(0, end) + 1, end + QUESTION.length - 1);
  return /^_ZN4absl\w+$/.test(symbol) ? symbol : undefined;
}
