// A map that makes each value when it is asked for, and keeps none: thousands of values as objects would fill the memory.

/** The names of a set or a map. */
export interface Keys<K> {
  readonly size: number;
  has(key: K): boolean;
  keys(): Iterable<K>;
}

export class LazyMap<K, V> implements ReadonlyMap<K, V> {
  readonly #keys: Keys<K>;
  readonly #valueOf: (key: K) => V;

  /** @param keys in the order of the map. @param valueOf called with these keys only. */
  constructor(keys: Keys<K>, valueOf: (key: K) => V) {
    this.#keys = keys;
    this.#valueOf = valueOf;
  }

  get size(): number {
    return this.#keys.size;
  }

  has(key: K): boolean {
    return this.#keys.has(key);
  }

  get(key: K): V | undefined {
    return this.#keys.has(key) ? this.#valueOf(key) : undefined;
  }

  *keys(): MapIterator<K> {
    yield* this.#keys.keys();
  }

  *values(): MapIterator<V> {
    for (const key of this.#keys.keys()) yield this.#valueOf(key);
  }

  *entries(): MapIterator<[K, V]> {
    for (const key of this.#keys.keys()) yield [key, this.#valueOf(key)];
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(call: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this) call(value, key, this);
  }
}
