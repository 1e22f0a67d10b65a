// A terminal in memory that understands as much as the display uses: what would a reader see after all these bytes?
import { cells } from '../../src/show/show.ts';

export class VirtualTerminal {
  columns: number;
  rows: number;
  cursorShown = true;
  /** Every write, as it came. */
  readonly writes: string[] = [];
  #lines: string[][] = [[]];
  #wraps = true;
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    this.writes.push(text);
    const [first, ...rest] = text.split('\u001b[');
    this.#print(first!);
    for (const piece of rest) {
      const [, parameters, command] = /^([?\d;]*)([A-Za-z])/.exec(piece)!;
      this.#control(parameters!, command!);
      this.#print(piece.slice(parameters!.length + 1));
    }
  }

  /** All lines that were ever on the screen, without blanks at their ends. */
  text(): string {
    return this.#lines.map((line) => line.join('').trimEnd()).join('\n');
  }

  /** The terminal changes its width, and wraps what is too long for it anew. */
  resize(columns: number): void {
    this.columns = columns;
    const wrapped: string[][] = [];
    this.#lines.forEach((line, index) => {
      const text = line.join('').trimEnd();
      const parts = Math.max(1, Math.ceil(text.length / columns));
      for (let part = 0; part < parts; part += 1)
        wrapped.push(text.slice(part * columns, (part + 1) * columns).split(''));
      if (index === this.#row) this.#row = wrapped.length - 1;
    });
    this.#lines = wrapped;
  }

  #print(text: string): void {
    for (const character of text.split(/(\r|\n)/)) {
      if (character === '\r') this.#column = 0;
      else if (character === '\n') {
        this.#row += 1;
        this.#column = 0;
        if (this.#row === this.#lines.length) this.#lines.push([]);
      } else for (const { text: cell, width } of cells(character)) this.#put(cell, width);
    }
  }

  #put(cell: string, width: number): void {
    if (this.#column + width > this.columns) {
      if (this.#wraps) this.#print('\n');
      else this.#column = this.columns - width;
    }
    const line = this.#lines[this.#row]!;
    while (line.length < this.#column) line.push(' ');
    line[this.#column] = cell;
    if (width === 2) line[this.#column + 1] = '';
    this.#column += width;
  }

  #control(parameters: string, command: string): void {
    if (command === 'A') this.#row -= Number(parameters);
    else if (command === 'K')
      this.#lines[this.#row]!.length = Math.min(this.#lines[this.#row]!.length, this.#column);
    else if (command === 'J') {
      this.#lines.length = this.#row + 1;
      this.#lines[this.#row]!.length = Math.min(this.#lines[this.#row]!.length, this.#column);
    } else if (parameters === '?7') this.#wraps = command === 'h';
    else if (parameters === '?25') this.cursorShown = command === 'h';
  }
}
