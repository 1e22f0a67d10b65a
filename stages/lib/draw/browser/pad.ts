// The pad to draw on: strokes of mouse, finger or pen, and how they look.
import type { Curve } from '../../data/digits/draw.ts';

type Point = [x: number, y: number];

export interface Pad {
  clear(): void;
}

/** @param onChange gets all strokes, in pixels of the canvas, whenever there is more of them, or none any more */
export function makePad(canvas: HTMLCanvasElement, onChange: (strokes: readonly Curve[]) => void): Pad {
  const context = canvas.getContext('2d')!;
  const strokes: Point[][] = [];
  let open: Point[] | undefined;

  const place = ({ clientX, clientY }: PointerEvent): Point => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((clientX - left) / width) * canvas.width, ((clientY - top) / height) * canvas.height];
  };
  const show = (): void => {
    context.fillStyle = '#000';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.strokeStyle = '#fff';
    context.lineWidth = canvas.width / 11;
    context.lineCap = context.lineJoin = 'round';
    for (const stroke of strokes) {
      context.beginPath();
      for (const [x, y] of stroke) context.lineTo(x, y);
      // A dot has no length; a line to itself is drawn as a dot.
      if (stroke.length === 1) context.lineTo(...stroke[0]!);
      context.stroke();
    }
  };
  const change = (): void => {
    show();
    onChange(strokes);
  };

  canvas.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    open = [place(event)];
    strokes.push(open);
    change();
  });
  canvas.addEventListener('pointermove', (event) => {
    if (open === undefined) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) open.push(place(part));
    change();
  });
  for (const end of ['pointerup', 'pointercancel'] as const)
    canvas.addEventListener(end, () => {
      open = undefined;
    });
  show();
  return {
    clear() {
      strokes.length = 0;
      open = undefined;
      change();
    },
  };
}
