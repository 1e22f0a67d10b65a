// A certificate of this machine that no authority has signed, as a test makes it.
import { generateKeyPairSync, sign } from 'node:crypto';

/** An element of DER: its tag, the length and the bytes of its parts. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(parts);
  const { length } = bytes;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...head]), bytes]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const identifier = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const time = (text: string): Buffer => der(0x17, Buffer.from(text));
const number = (value: number): Buffer => der(0x02, Buffer.from([value]));

const VERSION_3 = der(0xa0, number(2));
const ED25519 = sequence(identifier('2b6570'));
const NAME = sequence(der(0x31, sequence(identifier('550403'), der(0x0c, Buffer.from('test')))));
const ADDRESS = sequence(der(0x87, Buffer.from([127, 0, 0, 1])));
const EXTENSIONS = der(0xa3, sequence(sequence(identifier('551d11'), der(0x04, ADDRESS))));

/** Of 127.0.0.1, in PEM. */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const body = sequence(
    VERSION_3,
    number(1),
    ED25519,
    NAME,
    sequence(time('000101000000Z'), time('491231235959Z')),
    NAME,
    publicKey.export({ type: 'spki', format: 'der' }),
    EXTENSIONS,
  );
  const signature = der(0x03, Buffer.from([0]), sign(null, body, privateKey));
  const text = sequence(body, ED25519, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`,
  };
}
