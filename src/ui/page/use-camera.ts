// Where the drawing is looked at: dragged, zoomed by wheel, pinch, buttons and keys.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';

export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface View {
  readonly camera: Camera;
  readonly width: number;
  readonly height: number;
  zoom(factor: number): void;
  fit(): void;
  /** Moves so that this box is in sight. */
  show(box: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }): void;
}

const MARGIN = 28;
const SMALLEST = 0.05;
const LARGEST = 2.5;

export interface Frame {
  readonly width: number;
  readonly height: number;
}

/** The size of an element. Undefined until it is in the document: nothing is placed before. */
export function useFrame(element: RefObject<Element | null>): Frame | undefined {
  const [frame, setFrame] = useState<Frame>();
  useLayoutEffect(() => {
    const measure = (): void => {
      const { width, height } = element.current!.getBoundingClientRect();
      setFrame((old) => (old?.width === width && old.height === height ? old : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return frame;
}

/** @param first the place that is in sight where the whole is too large. */
export function useCamera(
  svg: RefObject<SVGSVGElement | null>,
  frame: Frame,
  size: Frame,
  first: { readonly x: number; readonly y: number },
): View {
  const of = `${size.width} ${size.height}`;
  const start = useMemo(() => beginning(frame, size, first), [of, frame.width > 0]);
  /** Where somebody looks who moved it, as long as the picture has the same size. */
  const [moved, setMoved] = useState({ of: '', camera: start });
  const camera = moved.of === of ? moved.camera : start;
  const current = useRef({ of, start });
  current.current = { of, start };
  const setCamera = (next: (old: Camera) => Camera): void =>
    setMoved((old) => {
      const { of, start } = current.current;
      return { of, camera: next(old.of === of ? old.camera : start) };
    });

  const zoomAt = (factor: number, px: number, py: number): void =>
    setCamera((old) => {
      const scale = Math.min(LARGEST, Math.max(SMALLEST, old.scale * factor));
      const real = scale / old.scale;
      return { scale, x: px - (px - old.x) * real, y: py - (py - old.y) * real };
    });

  useEffect(() => {
    const element = svg.current!;
    const pointers = new Map<number, { x: number; y: number }>();
    let moved = 0;
    const at = (event: PointerEvent | WheelEvent): { x: number; y: number } => {
      const { left, top } = element.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      const { x, y } = at(event);
      if (event.ctrlKey || event.metaKey) zoomAt(Math.exp(-event.deltaY / 200), x, y);
      else setCamera((old) => ({ ...old, x: old.x - event.deltaX, y: old.y - event.deltaY }));
    };
    const down = (event: PointerEvent): void => {
      pointers.set(event.pointerId, at(event));
      moved = 0;
    };
    const move = (event: PointerEvent): void => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const now = at(event);
      moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
      if (moved > 4 && !element.hasPointerCapture(event.pointerId)) {
        element.setPointerCapture(event.pointerId);
        element.classList.add('dragged');
      }
      if (pointers.size === 1)
        setCamera((old) => ({ ...old, x: old.x + now.x - before.x, y: old.y + now.y - before.y }));
      else {
        const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
        const distance = (a: { x: number; y: number }): number =>
          Math.hypot(a.x - other!.x, a.y - other!.y) || 1;
        zoomAt(distance(now) / distance(before), (now.x + other!.x) / 2, (now.y + other!.y) / 2);
      }
      pointers.set(event.pointerId, now);
    };
    const up = (event: PointerEvent): void => {
      pointers.delete(event.pointerId);
      element.classList.remove('dragged');
    };
    // A drag that ends on a box does not choose it.
    const click = (event: MouseEvent): void => {
      if (moved > 4) event.stopPropagation();
    };
    element.addEventListener('wheel', wheel, { passive: false });
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', up);
    element.addEventListener('click', click, true);
    return () => {
      element.removeEventListener('wheel', wheel);
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', up);
      element.removeEventListener('click', click, true);
    };
  }, []);

  return {
    camera,
    ...frame,
    zoom: (factor) => zoomAt(factor, frame.width / 2, frame.height / 2),
    fit: () => {
      const scale = fittingScale(frame, size);
      setCamera(() => ({
        scale,
        x: (frame.width - size.width * scale) / 2,
        y: (frame.height - size.height * scale) / 2,
      }));
    },
    show: (box) =>
      setCamera((old) => {
        const inside = (from: number, length: number, offset: number, frameLength: number): number => {
          const start = from * old.scale + offset;
          if (start < MARGIN) return offset + MARGIN - start;
          const over = start + length * old.scale - (frameLength - MARGIN);
          return over > 0 ? offset - over : offset;
        };
        return {
          scale: old.scale,
          x: inside(box.x, box.width, old.x, frame.width),
          y: inside(box.y, box.height, old.y, frame.height),
        };
      }),
  };
}

/** At which all of the picture is in sight, if that is not too small. */
const fittingScale = (frame: Frame, size: Frame): number =>
  Math.max(
    SMALLEST,
    Math.min(
      1,
      (frame.width - 2 * MARGIN) / (size.width || 1),
      (frame.height - 2 * MARGIN) / (size.height || 1),
    ),
  );

function beginning(frame: Frame, size: Frame, first: { readonly x: number; readonly y: number }): Camera {
  // What is much too large is shown from its beginning, legibly.
  const legible = Math.max(fittingScale(frame, size), 0.45);
  const start = (length: number, frameLength: number, at: number): number => {
    if (length * legible + 2 * MARGIN <= frameLength) return (frameLength - length * legible) / 2;
    return Math.min(
      MARGIN,
      Math.max(frameLength - MARGIN - length * legible, frameLength / 3 - at * legible),
    );
  };
  return {
    scale: legible,
    x: start(size.width, frame.width, first.x),
    y: start(size.height, frame.height, first.y),
  };
}
