// What is printed: the project in words, every stage as a row, the latest run. Made when the browser asks for it.
import { countBy, shownState, STATES } from './model.ts';
import { countsText, duration, Time } from './parts.tsx';
import { useStore } from './store.ts';

export function Paper() {
  const { model, run, running } = useStore();
  const { view } = model;
  const states = view.stages.map((stage) => shownState(stage, run, running));
  return (
    <div class="paper">
      <h1>{view.project}</h1>
      <p>
        {view.stages.length} stages: {countsText(countBy(states))}. As of <Time at={view.time} />.
      </p>
      <section>
        <table>
          <thead>
            <tr>
              <th scope="col">Stage</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Took
              </th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {view.stages.map(({ name, last, reasons, waits_for }, index) => (
              <tr key={name}>
                <td class="wrap">{name}</td>
                <td>{STATES[states[index]!].word}</td>
                <td class="number">{last ? duration(last.seconds) : '–'}</td>
                <td class="wrap">
                  {[
                    ...reasons.map(({ text }) => text),
                    ...(waits_for.length > 0 ? [`waits for ${waits_for.slice(0, 3).join(', ')}`] : []),
                  ].join('; ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
