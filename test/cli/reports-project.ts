// A project with a matrix, a frozen stage and one that never ran.
import assert from 'node:assert/strict';
import { copiesHere } from './here.ts';

const FILES = {
  'pipeline.yaml': `stages:
  prep:
    cmd: mkdir d && cp raw.csv d/one && echo prepared $(cat raw.csv)
    deps: [raw.csv]
    outs: [d]
  train:
    matrix: {lr: [2, 1]}
    cmd: 'echo "trained \${item.lr}"; printf \${item.lr}00 > w-\${key}.bin; echo "{\\"loss\\": \${item.lr}.25}" > m-\${key}.json'
    deps: [d/one, raw.csv]
    params: [size, opt.deep]
    outs: ["w-\${key}.bin"]
    metrics: ["m-\${key}.json": {cache: false}]
  cold: {cmd: echo c > cold.txt, deps: [w-2.bin], outs: [cold.txt], frozen: true, desc: Kept as it is}
  never: {cmd: echo n > never.txt, outs: [never.txt]}
`,
  'params.yaml': 'size: 1\nopt: {deep: 0.5}\n',
  'raw.csv': 'a\nb\n',
};

export const project = copiesHere(FILES, async ({ out }) => {
  const printed = await out(0, 'repro', 'train', '-j1');
  assert.match(printed, /^start {4}prep {5}new\nprep \| prepared a b\nran {6}prep /);
  assert.match(printed, /\n3 ran, [^,]+\n$/);
});

/** An input, a parameter and an output are changed by hand. */
export const changed = async (...args: Parameters<typeof project>): ReturnType<typeof project> => {
  const here = await project(...args);
  here.write('params.yaml', 'size: 2\nopt: {deep: 0.5}\n');
  here.write('raw.csv', 'c\n');
  here.write('d/one', 'edited');
  return here;
};
