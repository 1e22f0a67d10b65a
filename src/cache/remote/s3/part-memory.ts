// Memory for files that are on their way: a part is read once, hashed, and sent from there, as often as it has to be. All uploads together
// get so much.

const MOST = 64 << 20;

export class PartMemory {
  readonly #free: Buffer[] = [];
  readonly #waiting: { readonly length: number; readonly admit: () => void }[] = [];
  #used = 0;

  /**
   * Waits, in the order of the calls, until there is room; what is longer than all of it gets room once nothing else is in use.
   * @param use gets the memory until its promise is settled.
   */
  async lend<T>(length: number, use: (memory: Buffer) => Promise<T>): Promise<T> {
    const memory = await this.#take(length);
    try {
      return await use(memory);
    } finally {
      this.#give(memory);
    }
  }

  async #take(length: number): Promise<Buffer> {
    if (this.#waiting.length > 0 || !this.#hasRoom(length))
      await new Promise<void>((admit) => this.#waiting.push({ length, admit }));
    else this.#used += length;
    const index = this.#free.findIndex((buffer) => buffer.length >= length);
    const buffer = index === -1 ? Buffer.allocUnsafeSlow(length) : this.#free.splice(index, 1)[0]!;
    return buffer.subarray(0, length);
  }

  #give(buffer: Buffer): void {
    this.#used -= buffer.length;
    const whole = Buffer.from(buffer.buffer);
    const free = this.#free.reduce((sum, { length }) => sum + length, 0);
    if (this.#used + free + whole.length <= MOST) this.#free.push(whole);
    for (let next = this.#waiting[0]; next && this.#hasRoom(next.length); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#used += next.length;
      next.admit();
    }
  }

  #hasRoom(length: number): boolean {
    return this.#used === 0 || this.#used + length <= MOST;
  }
}
