// The bytes of SFTP, against some that OpenSSH's sftp-server sent and took.
import assert from 'node:assert/strict';
import test from 'node:test';
import { BadPacket, packet, Packet, packetSplitter } from '../../../../src/cache/cache.ts';

/** What sftp-server of OpenSSH 9.2 answers: its greeting. */
const VERSION =
  '0000013e020000000300000018706f7369782d72656e616d65406f70656e7373682e636f6d00000001310000001373746174' +
  '766673406f70656e7373682e636f6d0000000132000000146673746174766673406f70656e7373682e636f6d000000013200' +
  '000014686172646c696e6b406f70656e7373682e636f6d0000000131000000116673796e63406f70656e7373682e636f6d00' +
  '00000131000000146c73657473746174406f70656e7373682e636f6d0000000131000000126c696d697473406f70656e7373' +
  '682e636f6d000000013100000017657870616e642d70617468406f70656e7373682e636f6d000000013100000009636f7079' +
  '2d6461746100000001310000000e686f6d652d6469726563746f727900000001310000001e75736572732d67726f7570732d' +
  '62792d6964406f70656e7373682e636f6d0000000131';
/** To LSTAT number 4 of a file with 7 bytes. */
const ATTRIBUTES = '0000002569000000040000000f0000000000000007000003e8000003e8000081a4692914e0692914e1';
/** To LSTAT number 5 of nothing. */
const STATUS = '0000001d6500000005000000020000000c4e6f20737563682066696c6500000000';
/** To READ number 6. */
const DATA = '00000010670000000600000007636f6e74656e74';

function split(bytes: Buffer, sizes: number): Packet[] {
  const packets: Packet[] = [];
  const take = packetSplitter((found) => packets.push(found));
  for (let at = 0; at < bytes.length; at += sizes) take(bytes.subarray(at, at + sizes));
  return packets;
}

test('packets are found, wherever the pieces of the stream end', () => {
  const bytes = Buffer.from(VERSION + ATTRIBUTES + STATUS + DATA, 'hex');
  for (let sizes = 1; sizes <= bytes.length; sizes += 1) {
    const [version, found, status, data, ...more] = split(bytes, sizes);
    assert.deepEqual(more, []);
    assert.equal(version!.number(), 3);
    const extensions = new Map<string, string>();
    while (!version!.isAtEnd()) extensions.set(version!.text(), version!.text());
    assert.equal(extensions.get('posix-rename@openssh.com'), '1');
    assert.equal(extensions.get('fsync@openssh.com'), '1');
    assert.equal(extensions.get('limits@openssh.com'), '1');
    assert.equal(found!.number(), 4);
    assert.deepEqual(found!.attributes(), { kind: 'file', size: 7, modified: 1_764_300_001_000 });
    assert.deepEqual([status!.number(), status!.number(), status!.text()], [5, 2, 'No such file']);
    assert.deepEqual([data!.number(), data!.text(), data!.isAtEnd()], [6, 'content', true]);
  }
});

test('attributes end where they end, whatever a server adds to them', () => {
  // Size, owner, permissions without a kind, times, and two pairs of texts; then the name of the next file.
  const fields = [0x8000_000f, 7n, 1000, 1000, 0o644, 5, 6, 2, 'a', 'b', 'c', 'd', 'next'];
  const [found] = split(packet(105, fields), 1000);
  assert.deepEqual(found!.attributes(), { kind: 'file', size: 7, modified: 6000 });
  assert.equal(found!.text(), 'next');
  assert.deepEqual(split(packet(105, [4, 0o120777]), 1000)[0]!.attributes(), { kind: 'other' });
  assert.deepEqual(split(packet(105, [0]), 1000)[0]!.attributes(), { kind: 'file' });
});

test('requests have the bytes that a server takes', () => {
  // OPEN number 7 of `/é` for reading, without attributes.
  assert.equal(
    packet(3, [7, '/é', 1, 0]).toString('hex'),
    '000000140300000007000000032fc3a90000000100000000',
  );
  // WRITE number 8 at 2^33: the data follow by themselves.
  assert.equal(
    packet(6, [8, Buffer.from('h'), 2n ** 33n], Buffer.from('abc')).toString('hex'),
    '0000001906000000080000000168000000020000000000000003',
  );
});

test('what is no SFTP is refused: text, lengths that cannot be, packets that are cut short', () => {
  assert.throws(
    () => split(Buffer.from('Welcome\tto the\r\nmachine\n'), 100),
    (error: unknown) => error instanceof BadPacket && error.start === 'Welcome to the machine',
  );
  assert.throws(() => split(Buffer.alloc(8), 8), BadPacket);
  const [short] = split(Buffer.from('0000000765000000050000', 'hex'), 100);
  assert.equal(short!.number(), 5);
  assert.throws(() => short!.number(), BadPacket);
  const [lying] = split(Buffer.from('0000000967000000060000ffff', 'hex'), 100);
  assert.equal(lying!.number(), 6);
  assert.throws(() => lying!.bytes(), BadPacket);
});
