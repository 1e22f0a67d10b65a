// When a failed request is tried again, and after how long: the rules of MLflow's Python client. Pure decisions.

export interface RetryPolicy {
  /** Tries after the first. */
  readonly retries: number;
  /** Seconds. */
  readonly backoffFactor: number;
  /** Up to so many seconds are added by chance. */
  readonly jitter: number;
  readonly respectRetryAfter: boolean;
}

const TRANSIENT = new Set([408, 429, 500, 502, 503, 504]);
const LONGEST = 120;

/** @param status HTTP status. */
export const isTransient = (status: number): boolean => TRANSIENT.has(status);

/**
 * Seconds to wait before a retry.
 * @param attempt 1 before the first retry.
 * @param retryAfter the header's text, where the answer had one.
 * @param chance in [0, 1).
 */
export function retryDelay(
  policy: RetryPolicy,
  attempt: number,
  retryAfter: string | null,
  chance: number,
  now: number,
): number {
  const asked =
    policy.respectRetryAfter && retryAfter !== null ? retryAfterSeconds(retryAfter, now) : undefined;
  if (asked !== undefined) return Math.min(LONGEST, asked);
  // The first retry comes at once but for the jitter: most failures are one reset connection.
  const backoff = attempt <= 1 ? 0 : policy.backoffFactor * 2 ** (attempt - 1);
  return Math.min(LONGEST, backoff + chance * policy.jitter);
}

function retryAfterSeconds(header: string, now: number): number | undefined {
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
