// Bilinear enlargement of square images with one channel.
import type { Kernel } from '../../kernel.ts';
import { perValue, split } from './per-value.ts';

export function enlarge(images: number, size: number, target: number): Kernel {
  return perValue(
    'enlarge',
    images * target * target,
    ['x'],
    ['y'],
    `
    ${split({ n: images, r: target, c: target })}
    let v = max(0.0, (f32(r) + 0.5) * ${size / target} - 0.5); let u = max(0.0, (f32(c) + 0.5) * ${size / target} - 0.5);
    let r0 = min(i32(v), ${size - 1}); let r1 = min(r0 + 1, ${size - 1}); let c0 = min(i32(u), ${size - 1}); let c1 = min(c0 + 1, ${size - 1});
    let p = v - f32(r0); let q = u - f32(c0); let f = n * ${size * size};
    y[at] = (1.0-p)*((1.0-q)*x[f+r0*${size}+c0]+q*x[f+r0*${size}+c1])+p*((1.0-q)*x[f+r1*${size}+c0]+q*x[f+r1*${size}+c1]);`,
  );
}

export function enlargeGradient(images: number, size: number, target: number): Kernel {
  const scale = size / target;
  const range = (at: string): string => `max(0, i32(floor((f32(${at}) - 0.5) / ${scale} - 0.5)))`;
  const end = (at: string): string => `min(${target - 1}, i32(ceil((f32(${at}) + 1.5) / ${scale} - 0.5)))`;
  const share = (name: string, to: string, at: string): string => `
      let ${name}_place = max(0.0, (f32(${to}) + 0.5) * ${scale} - 0.5);
      let ${name}_first = min(i32(${name}_place), ${size - 1});
      let ${name}_part = ${name}_place - f32(${name}_first);
      let ${name} = select(0.0, 1.0 - ${name}_part, ${name}_first == ${at}) + select(0.0, ${name}_part, min(${name}_first + 1, ${size - 1}) == ${at});`;
  return perValue(
    'enlarge gradient',
    images * size * size,
    ['dy'],
    ['dx'],
    `
    ${split({ n: images, r: size, c: size })}
    var t = 0.0;
    for (var a = ${range('r')}; a <= ${end('r')}; a++) {
      ${share('down', 'a', 'r')}
      for (var b = ${range('c')}; b <= ${end('c')}; b++) {
        ${share('across', 'b', 'c')}
        t += down * across * dy[(n*${target}+a)*${target}+b];
      }
    }
    dx[at] = t;`,
  );
}
