// How a run used its slots, and what another number of them would have brought. Pure arithmetic over what stages took.

export interface Task {
  readonly id: string;
  readonly seconds: number;
  /** Of other tasks. */
  readonly after: readonly string[];
}

/** The longest chain of stages that wait for each other: no number of slots is faster. */
export function criticalPath(tasks: readonly Task[]): {
  readonly path: readonly string[];
  readonly seconds: number;
} {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const found = new Map<string, { readonly seconds: number; readonly before: string | undefined }>();
  const visit = (task: Task): number => {
    // Iterative: chains can be longer than the call stack.
    const open = [task];
    while (open.length > 0) {
      const one = open.at(-1)!;
      const waits = one.after.flatMap((id) => (byId.has(id) && !found.has(id) ? [byId.get(id)!] : []));
      if (!found.has(one.id) && waits.length > 0) {
        open.push(...waits);
        continue;
      }
      open.pop();
      if (found.has(one.id)) continue;
      let before: string | undefined;
      let longest = 0;
      for (const id of one.after) {
        const seconds = found.get(id)?.seconds ?? 0;
        if (found.has(id) && (before === undefined || seconds > longest)) [before, longest] = [id, seconds];
      }
      found.set(one.id, { seconds: longest + one.seconds, before });
    }
    return found.get(task.id)!.seconds;
  };
  let last: string | undefined;
  let most = 0;
  for (const task of tasks) {
    const seconds = visit(task);
    if (last === undefined || seconds > most) [last, most] = [task.id, seconds];
  }
  const path: string[] = [];
  for (let id = last; id !== undefined; id = found.get(id)!.before) path.unshift(id);
  return { path, seconds: most };
}

/** Seconds with so many slots, those first that most waits for. */
export function timeWith(tasks: readonly Task[], slots: number): number {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const waits = new Map(tasks.map(({ id, after }) => [id, after.filter((one) => byId.has(one)).length]));
  const next = new Map<string, string[]>();
  for (const { id, after } of tasks)
    for (const one of after) {
      const list = next.get(one);
      if (list) list.push(id);
      else next.set(one, [id]);
    }
  const weight = new Map<string, number>();
  for (const task of inReverse(tasks, next))
    weight.set(
      task.id,
      task.seconds + (next.get(task.id) ?? []).reduce((most, id) => Math.max(most, weight.get(id) ?? 0), 0),
    );
  const ready = tasks.filter(({ id }) => waits.get(id) === 0);
  const running: { readonly id: string; readonly end: number }[] = [];
  let now = 0;
  const byWeight = (a: Task, b: Task): number => weight.get(a.id)! - weight.get(b.id)!;
  ready.sort(byWeight);
  while (ready.length > 0 || running.length > 0) {
    while (running.length < slots && ready.length > 0) {
      const task = ready.pop()!;
      insert(running, { id: task.id, end: now + task.seconds }, (a, b) => b.end - a.end);
    }
    const done = running.pop()!;
    now = done.end;
    for (const id of next.get(done.id) ?? []) {
      const left = waits.get(id)! - 1;
      waits.set(id, left);
      if (left === 0) insert(ready, byId.get(id)!, byWeight);
    }
  }
  return now;
}

/** What is last in dependency order first. */
function inReverse(tasks: readonly Task[], next: ReadonlyMap<string, readonly string[]>): Task[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const open = new Map(tasks.map(({ id }) => [id, (next.get(id) ?? []).length]));
  const order = tasks.filter(({ id }) => open.get(id) === 0);
  for (let at = 0; at < order.length; at += 1)
    for (const id of order[at]!.after) {
      if (!byId.has(id)) continue;
      open.set(id, open.get(id)! - 1);
      if (open.get(id) === 0) order.push(byId.get(id)!);
    }
  return order;
}

function insert<T>(sorted: T[], item: T, compare: (a: T, b: T) => number): void {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(sorted[middle]!, item) <= 0) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, item);
}

/** The row of each bar: the first that is free at its start. */
export function rowsOf(bars: readonly { readonly start: number; readonly end: number }[]): number[] {
  const order = bars.map((_, index) => index).sort((a, b) => bars[a]!.start - bars[b]!.start);
  const ends: number[] = [];
  const rows = Array<number>(bars.length).fill(0);
  for (const index of order) {
    const { start, end } = bars[index]!;
    const free = ends.findIndex((until) => until <= start);
    const row = free < 0 ? ends.length : free;
    ends[row] = end;
    rows[index] = row;
  }
  return rows;
}

/** How many ran at once: steps of a time and the number from then on. */
export function atOnce(
  bars: readonly { readonly start: number; readonly end: number }[],
): readonly (readonly [time: number, count: number])[] {
  const changes = bars
    .flatMap(({ start, end }) => [[start, 1] as const, [end, -1] as const])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const steps: [number, number][] = [];
  let count = 0;
  for (const [time, change] of changes) {
    count += change;
    if (steps.at(-1)?.[0] === time) steps.at(-1)![1] = count;
    else steps.push([time, count]);
  }
  return steps;
}
