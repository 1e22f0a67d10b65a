// Answers of HTTP, in whatever pieces they come.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerParser, Malformed } from '../../../../src/cache/cache.ts';

/** @returns what is heard of an answer that comes in these pieces; the body in one. */
function heard(pieces: readonly Buffer[], method = 'GET'): string[] {
  const events: string[] = [];
  const body: Buffer[] = [];
  const parser = new AnswerParser({
    onContinue: () => events.push('continue'),
    onHead: ({ status, headers, length, isKept }) =>
      events.push(`${status} ${JSON.stringify(headers)} ${length} ${isKept ? 'kept' : 'closed'}`),
    onPiece: (bytes) => body.push(Buffer.from(bytes)) > 0,
    onEnd: () => events.push(`end ${Buffer.concat(body).toString('latin1')}`),
  });
  parser.expect(method);
  for (const piece of pieces) {
    // What is fed is only lent.
    const lent = Buffer.from(piece);
    parser.feed(lent);
    lent.fill('#');
  }
  parser.end();
  return events;
}

const OK = 'HTTP/1.1 200 OK\r\n';

const ANSWERS: readonly (readonly [text: string, events: readonly string[], method?: string])[] = [
  [`${OK}Content-Length: 5\r\nETag:  "x" \r\n\r\nhello`, ['200 {"content-length":"5","etag":"\\"x\\""} 5 kept', 'end hello']],
  [`${OK}content-length: 0\r\n\r\n`, ['200 {"content-length":"0"} 0 kept', 'end ']],
  ['HTTP/1.1 200\r\ncontent-length: 0\r\nConnection: Close\r\n\r\n', ['200 {"content-length":"0","connection":"Close"} 0 closed', 'end ']],
  [`${OK}connection: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`, ['200 {"connection":"x, close","content-length":"0"} 0 closed', 'end ']],
  ['HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na', ['200 {"content-length":"1"} 1 closed', 'end a']],
  ['HTTP/1.0 200 OK\r\ncontent-length: 1\r\nconnection: keep-alive\r\n\r\na', ['200 {"content-length":"1","connection":"keep-alive"} 1 kept', 'end a']],
  [`${OK}\r\nup to\r\n\r\nthe end`, ['200 {} undefined closed', 'end up to\r\n\r\nthe end']],
  [`${OK}content-length: 9\r\n\r\n`, ['200 {"content-length":"9"} 0 kept', 'end '], 'HEAD'],
  [`${OK}transfer-encoding: chunked\r\n\r\n`, ['200 {"transfer-encoding":"chunked"} 0 kept', 'end '], 'HEAD'],
  ['HTTP/1.1 204 No Content\r\n\r\n', ['204 {} 0 kept', 'end ']],
  ['HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n', ['304 {"content-length":"7"} 0 kept', 'end ']],
  [`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\n${OK}content-length: 1\r\n\r\na`, ['continue', '200 {"content-length":"1"} 1 kept', 'end a']],
  [
    `${OK}Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n00B;a="b"\r\n of\r\nchunks\r\n0\r\nlast: x\r\n\r\n`,
    ['200 {"transfer-encoding":"Chunked"} undefined kept', 'end hello of\r\nchunks'],
  ],
  // Of several the first, and no name of JavaScript's own.
  [`${OK}a: 1\r\na: 2\r\n__proto__: 3\r\ncontent-length: 0\r\n\r\n`, ['200 {"a":"1","__proto__":"3","content-length":"0"} 0 kept', 'end ']],
]; // prettier-ignore

test('an answer is the same in every two pieces, and byte by byte', () => {
  for (const [text, events, method] of ANSWERS) {
    const bytes = Buffer.from(text, 'latin1');
    const expected = events.join('\n');
    for (let at = 0; at < bytes.length; at += 1)
      if (heard([bytes.subarray(0, at), bytes.subarray(at)], method).join('\n') !== expected)
        assert.fail(`${text.slice(0, at)}|${text.slice(at)}`);
    assert.deepEqual(
      heard(
        [...bytes].map((byte) => Buffer.from([byte])),
        method,
      ),
      events,
      text,
    );
  }
});

test('the end of an answer is not taken for granted', () => {
  for (const [text, events, method] of ANSWERS) {
    if (events[0]!.includes('undefined closed')) continue;
    const cut = heard([Buffer.from(text.slice(0, -1), 'latin1')], method);
    assert.equal(
      cut.some((event) => event.startsWith('end')),
      false,
      text,
    );
  }
});

test('what could be read in two ways is no answer', () => {
  const wrong = [
    'HTTP/2 200 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/1.1 2000\r\n\r\n',
    'SSH-2.0-OpenSSH\r\n\r\n',
    'HTTP/1.1 101 Switching\r\n\r\n',
    `${OK}a: b\nc: d\r\n\r\n`,
    `${OK}a: b\rc\r\n\r\n`,
    `${OK}a: \0\r\n\r\n`,
    `${OK}a: b\r\n c\r\n\r\n`,
    `${OK}a : b\r\n\r\n`,
    `${OK}: b\r\n\r\n`,
    `${OK}a\r\n\r\n`,
    `${OK}content-length: 1\r\ncontent-length: 1\r\n\r\na`,
    `${OK}content-length: 1, 1\r\n\r\na`,
    `${OK}content-length: -1\r\n\r\n`,
    `${OK}content-length: 1e3\r\n\r\n`,
    `${OK}content-length:\r\n\r\n`,
    `${OK}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`,
    `${OK}transfer-encoding: gzip, chunked\r\n\r\n`,
    `${OK}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n`,
    ...['x\r\n', '\r\n', '-1\r\n', '1 2\r\n', '1\n', '1\r\nab\r\n', '1\r\na\n', '0123456789abc\r\n', `1;${'x'.repeat(5000)}`].map(
      (chunk) => `${OK}transfer-encoding: chunked\r\n\r\n${chunk}`,
    ),
    `${OK}transfer-encoding: chunked\r\n\r\n0\r\n${'a: b\r\n'.repeat(5000)}`,
    `${OK}content-length: 1\r\n\r\nab`,
    `${OK}a: ${'b'.repeat(17_000)}`,
    `${OK}a: ${'b'.repeat(17_000)}\r\n\r\n`,
  ]; // prettier-ignore
  for (const text of wrong)
    assert.throws(() => heard([Buffer.from(text, 'latin1')]), Malformed, text.slice(0, 99));
});
