// Makes everything that a command prints pass `safeOutput` first, errors of libraries included. Displays that move the cursor
// write to the stream directly (`directly`) and call `safeOutput` themselves, line by line.
import type { Output } from '../show/live/output.ts';
import { safeOutput } from '../show/text/spell-out.ts';
import { harmless } from '../show/live/github-commands.ts';
import { wantsColour } from '../show/text/colour.ts';

type Stream = NodeJS.WriteStream;

const direct = new WeakMap<Stream, Stream['write']>();

/** Called once, before anything is printed. */
export function guardOutput(): void {
  const github = process.env['GITHUB_ACTIONS'] === 'true';
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    direct.set(stream, write);
    const safe = (text: string): string => {
      const shown = safeOutput(text, wantsColour(stream));
      return github ? shown.split('\n').map(harmless).join('\n') : shown;
    };
    stream.write = (chunk: string | Uint8Array, ...rest: []) =>
      write(safe(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()), ...rest);
  }
}

/** The stream without the guard, for a display that calls `safeOutput` itself. */
export function directly(stream: Stream): Output & Pick<Stream, 'on' | 'off'> {
  return {
    write: (text) => (direct.get(stream) ?? stream.write.bind(stream))(text),
    on: stream.on.bind(stream),
    off: stream.off.bind(stream),
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
  };
}
