// How the learning rate changes during a training: the parameter `learning_rate_schedule`.
import type { ScheduleName } from '../measure/training-metrics.ts';

/** The share of the learning rate after so many epochs, a fraction for the steps between them. */
export type Schedule = (epochs: number) => number;

/** @param length epochs after which the cosine reaches zero: those of the configuration, wherever a training stops */
export function scheduleOf(name: ScheduleName, length: number): Schedule {
  switch (name) {
    case 'constant':
      return () => 1;
    case 'cosine':
      return (epochs) => (1 + Math.cos((Math.PI * epochs) / length)) / 2;
  }
}
