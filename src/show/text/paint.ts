// Terminal colours, or none: every text of this folder is painted by one function that knows whether to use them.
import { styleText } from 'node:util';

export type Style = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'dim' | 'bold';

export type Paint = (style: Style, text: string) => string;

const plain: Paint = (_style, text) => text;
const coloured: Paint = (style, text) =>
  text === '' ? '' : styleText(style, text, { validateStream: false });

export const painter = (colour: boolean): Paint => (colour ? coloured : plain);
