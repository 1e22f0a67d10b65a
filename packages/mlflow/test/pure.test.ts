// What needs no server: batches, retries, artifact paths, work side by side.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inTurns } from '../src/in-turns.ts';
import { batches } from '../src/batch.ts';
import { checkArtifactPath, encodeArtifactPath } from '../src/artifact-path.ts';
import { eachLimited } from '../src/each-limited.ts';
import { isTransient, retryDelay } from '../src/retry.ts';

describe('batches', () => {
  const point = (step: number) => ({ key: 'loss', value: 0.5, timestamp: 1, step });

  it('keeps within each limit and loses nothing', () => {
    const metrics = Array.from({ length: 2500 }, (_, step) => point(step));
    const params = Array.from({ length: 1250 }, (_, index) => ({ key: `p${index}`, value: 'v' }));
    const tags = Array.from({ length: 101 }, (_, index) => ({ key: `t${index}`, value: 'v' }));
    const split = batches({ metrics, params, tags });
    assert.deepEqual(
      split.map(({ tags, params, metrics }) => [tags!.length, params!.length, metrics!.length]),
      [
        [100, 0, 0],
        [1, 100, 0],
        ...Array.from({ length: 11 }, () => [0, 100, 0]),
        [0, 50, 950],
        [0, 0, 1000],
        [0, 0, 550],
      ],
    );
    assert.deepEqual(
      split.flatMap((batch) => batch.metrics!),
      metrics,
    );
    assert.deepEqual(
      split.flatMap((batch) => batch.params!),
      params,
    );
    assert.deepEqual(
      split.flatMap((batch) => batch.tags!),
      tags,
    );
  });

  it('stays below a megabyte of UTF-8', () => {
    // Some of these are just below a megabyte, some just above.
    for (let more = 0; more < 30; more += 1) {
      const value = `${'ü'.repeat(4980)}${'v'.repeat(more)}`;
      const params = Array.from({ length: 200 }, (_, index) => ({ key: `p${index}`, value }));
      for (const batch of batches({ params }))
        assert.ok(Buffer.byteLength(JSON.stringify({ run_id: 'x'.repeat(32), ...batch })) <= 1_000_000);
    }
  });

  it('makes one request of a fold of the experiment and none of nothing', () => {
    assert.equal(
      batches({
        metrics: Array.from({ length: 200 }, (_, step) => point(step)),
        params: [{ key: 'a', value: 'b' }],
      }).length,
      1,
    );
    assert.deepEqual(batches({}), []);
  });
});

describe('retryDelay', () => {
  const policy = { retries: 7, backoffFactor: 2, jitter: 1, respectRetryAfter: true };

  it('starts with jitter alone, doubles, and ends at two minutes', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((attempt) => retryDelay(policy, attempt, null, 0.5, 0)),
      [0.5, 4.5, 8.5, 16.5, 32.5],
    );
    assert.equal(retryDelay(policy, 10, null, 0.5, 0), 120);
  });

  it('does what Retry-After says, in seconds or as a date', () => {
    assert.equal(retryDelay(policy, 1, '7', 0, 0), 7);
    assert.equal(retryDelay(policy, 1, 'Thu, 01 Jan 1970 00:01:00 GMT', 0, 50_000), 10);
    assert.equal(retryDelay(policy, 1, '99999', 0, 0), 120);
    assert.equal(retryDelay({ ...policy, respectRetryAfter: false }, 1, '7', 0, 0), 0);
    assert.equal(retryDelay(policy, 1, 'nonsense', 0, 0), 0);
  });

  it('separates passing failures from lasting ones', () => {
    assert.deepEqual(
      [200, 400, 404, 408, 409, 429, 500, 501, 502, 503, 504].filter(isTransient),
      [408, 429, 500, 502, 503, 504],
    );
  });
});

describe('artifact paths', () => {
  it('accepts what stays inside the run, and encodes it', () => {
    for (const path of ['a', 'model/weights.bin', 'ü ä/100% +&=:;.png', '..hidden', 'a..b', '…'])
      assert.equal(checkArtifactPath(path), path);
    assert.equal(encodeArtifactPath('a b/100%?.png'), 'a%20b/100%25%3F.png');
  });

  it('refuses what leaves the run or what servers refuse or read differently', () => {
    for (const path of [
      '',
      '/etc/passwd',
      '..',
      '../x',
      'a/../../x',
      'a/./b',
      'a//b',
      'a/',
      'a#b',
      'a\\b',
      'C:x',
      's3://x',
      'a\nb',
      'a?b',
      'x%20y',
      '%2e%2e/x',
      'a/.%2E/b',
      'a%2fb',
      '\ud800',
    ])
      assert.throws(() => checkArtifactPath(path), { code: 'BAD_ARTIFACT' }, JSON.stringify(path));
  });
});

describe('eachLimited', () => {
  it('works on all, and keeps the limit', async () => {
    let [running, most] = [0, 0];
    const ended: number[] = [];
    await eachLimited([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, (running += 1));
      await new Promise(setImmediate);
      running -= 1;
      ended.push(item);
    });
    assert.deepEqual([ended, most], [[1, 2, 3, 4, 5], 2]);
  });

  it('begins nothing after a failure, and waits for what is under way', async () => {
    const [begun, ended]: [number[], number[]] = [[], []];
    const work = eachLimited([1, 2, 3, 4], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error('first');
      await new Promise(setImmediate);
      ended.push(item);
    });
    await assert.rejects(work, /first/);
    assert.deepEqual([begun, ended], [[1, 2], [2]]);
  });
});

describe('inTurns', () => {
  it('goes on after a failure, one after the other', async () => {
    const inTurn = inTurns();
    const order: string[] = [];
    const failing = inTurn(async () => {
      await Promise.resolve();
      order.push('first');
      throw new Error('lost');
    });
    const next = inTurn(() => Promise.resolve(void order.push('second')));
    await assert.rejects(failing, /lost/);
    await next;
    assert.deepEqual(order, ['first', 'second']);
  });
});
