// Any text at all, for tests of properties.
import * as fc from 'fast-check';

const character = fc
  .oneof(fc.nat({ max: 0xff }), fc.nat({ max: 0xffff }), fc.nat({ max: 0x10_ffff }))
  .map((code) => String.fromCodePoint(code >= 0xd800 && code <= 0xdfff ? 0xfffd : code));

/** Of all characters, as of `fc.string({ unit: 'binary' })`, which first spends a second on a table of them. */
export const anyText = (options: fc.ArrayConstraints = {}): fc.Arbitrary<string> =>
  fc.array(character, options).map((characters) => characters.join(''));
