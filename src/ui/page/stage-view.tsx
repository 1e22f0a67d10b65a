// One stage: why it is stale, what it runs, reads and writes, what it did before, its log.
import type { ComponentChildren } from 'preact';
import { bytesText } from '../../show/text/bytes-text.ts';
import type { PathView, StageDetail, StageView as StageData } from '../contract.ts';
import { Log } from './log.tsx';
import { shownState } from './model.ts';
import { duration, shortDigest, StateText, Time, valueText, useClock } from './parts.tsx';
import { stageRemaining, usualSeconds } from './remaining.ts';
import { addressOf } from './route.ts';
import { report, source, useStore } from './store.ts';
import { useLoaded } from './use-loaded.ts';
import { Why } from './why.tsx';

export function StageView({ name, compact }: { name: string; compact?: boolean }) {
  const { model, run, running, version } = useStore();
  const place = model.places.get(name);
  const { found: detail, problem } = useLoaded(
    () => (place === undefined ? undefined : source.detail(name)),
    [name, version, run.states.get(name)],
  );
  if (place === undefined)
    return <p class="page">There is no stage {name}. It may be from an earlier pipeline.</p>;
  const stage = model.view.stages[place]!;
  const state = shownState(stage, run, running);
  const shown = detail?.name === name ? detail : undefined;
  return (
    <article class="stage" aria-label={`Stage ${name}`}>
      <header>
        <h2 tabIndex={-1}>{compact ? <a href={addressOf('stage', {}, name)}>{name}</a> : name}</h2>
        <p class="facts">
          <StateText state={state} pill />
          {stage.last && (
            <span>
              {stage.last.what} <Time at={stage.last.time} />, {duration(stage.last.seconds)}
            </span>
          )}
          {shown && (
            <span class="wrap">
              {shown.file}
              {shown.line !== null && `:${shown.line}`}
            </span>
          )}
        </p>
        {stage.desc && <p>{stage.desc}</p>}
        {source.live && stage.kind === 'stage' && !running && (
          <RunIt name={name} isFresh={stage.state === 'fresh'} />
        )}
        <Progress stage={stage} />
        <Failure name={name} />
      </header>
      <Part title={stage.state === 'fresh' ? 'Why it would run' : 'Why it is stale'}>
        <Why model={model} stage={stage} />
      </Part>
      {problem !== undefined && <p class="notice bad">{problem}</p>}
      {shown && <Details detail={shown} stage={stage} />}
      {shown && stage.kind === 'stage' && <Log stage={name} log={shown.log} />}
      {shown && <Past detail={shown} />}
    </article>
  );
}

function RunIt({ name, isFresh }: { name: string; isFresh: boolean }) {
  const start = (): void =>
    void source.live!.start([name], isFresh).then(report, (error: unknown) => report(String(error)));
  return (
    <p>
      <button onClick={start} title={`pipe repro ${isFresh ? '-f -s ' : ''}${name}`}>
        {isFresh ? 'Run it again' : 'Run it and what it needs'}
      </button>
    </p>
  );
}

function Progress({ stage }: { stage: StageData }) {
  const { model, run, running } = useStore();
  const isRunning = running && run.states.get(stage.name) === 'running';
  const now = useClock(isRunning);
  if (!isRunning) return null;
  const { done, total, note } = run.progress.get(stage.name) ?? {};
  const left = stageRemaining(stage, run, usualSeconds(model.view.stages)(stage), now);
  return (
    <p>
      {total !== undefined && <progress max={total} value={done} aria-label="Progress" />} {done}
      {total !== undefined && ` of ${total}`} {note}{' '}
      {left !== undefined && (
        <span class="quiet">
          {left < 1 ? 'longer than usual' : `about ${duration(Math.round(left))} left`}
        </span>
      )}
    </p>
  );
}

function Failure({ name }: { name: string }) {
  const bar = useStore().run.bars.get(name);
  if (!bar?.problem) return null;
  return (
    <p class="state is-failed" style={{ whiteSpace: 'normal' }}>
      Failed in the latest run: {bar.problem}
      {bar.attempts > 1 && `, attempt ${bar.attempts}`}
    </p>
  );
}

const Part = ({ title, children }: { title: string; children: ComponentChildren }) => (
  <section>
    <h3>{title}</h3>
    {children}
  </section>
);

function Details({ detail, stage }: { detail: StageDetail; stage: StageData }) {
  const { params, env } = detail;
  const { metrics } = stage;
  const limits = limitsOf(detail);
  const values = Object.entries(stage.axes);
  return (
    <>
      {detail.cmd.length > 0 && (
        <Part title={detail.wdir === '.' ? 'Command' : `Command, in ${detail.wdir}`}>
          <pre class="command" tabIndex={0} aria-label="Command">
            {detail.cmd.join('\n')}
          </pre>
        </Part>
      )}
      {Object.keys(metrics).length > 0 && (
        <Part title="Metrics">
          <Values rows={Object.entries(metrics)} />
        </Part>
      )}
      {values.length > 0 && (
        <Part title="Axes">
          <Values rows={values} />
        </Part>
      )}
      <Paths title="Inputs" paths={detail.inputs} />
      {params.length > 0 && (
        <Part title="Parameters">
          <div class="card scroll">
            <table>
              <tbody>
                {params.map(({ file, key, value, changed }) => (
                  <tr key={`${file}:${key}`} class={changed ? 'changed' : ''}>
                    <td class="mono wrap">{key}</td>
                    <td class="mono wrap">
                      {value === undefined ? <span class="quiet">missing</span> : valueText(value)}
                    </td>
                    <td class="quiet wrap">{file}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Part>
      )}
      <Paths title="Outputs" paths={detail.outputs} />
      {env.length > 0 && (
        <Part title="Environment">
          <p class="wrap">
            {env.map(({ name, changed }) => (
              <span key={name}>
                <code>{name}</code>
                {changed && ' (changed)'}{' '}
              </span>
            ))}
            <span class="quiet">Values are not shown: they can be secrets.</span>
          </p>
        </Part>
      )}
      {limits.length > 0 && (
        <Part title="Resources and limits">
          <Limits rows={limits} />
        </Part>
      )}
    </>
  );
}

interface Limit {
  readonly name: string;
  readonly asked: string;
  /** In its last run, as far as that is known. */
  readonly used?: string;
}

function limitsOf({ resources, retry, timeout, history }: StageDetail): Limit[] {
  const { pools, memory, cpus, ...others } = resources;
  const last = history.find(({ what }) => what !== 'restored');
  const peak = last?.used?.memory ?? history.find(({ job }) => job?.memory !== undefined)?.job?.memory;
  const askedFor = (name: string, asked: unknown, text: (asked: number) => string, used?: string): Limit[] =>
    typeof asked !== 'number' && used === undefined
      ? []
      : [{ name, asked: typeof asked === 'number' ? text(asked) : '–', ...(used !== undefined && { used }) }];
  return [
    ...askedFor('cpus', cpus, valueText, last?.used && cpuText(last.used.cpu, last.seconds)),
    ...askedFor('memory', memory, bytesText, peak === undefined ? undefined : bytesText(peak)),
    ...Object.entries(others).map(([name, value]) => ({ name, asked: valueText(value) })),
    ...Object.entries((pools ?? {}) as Record<string, unknown>).map(([pool, count]) => ({
      name: `pool ${pool}`,
      asked: valueText(count),
    })),
    ...askedFor('time', timeout, duration, last && duration(last.seconds)),
    ...(retry ? [{ name: 'retries', asked: String(retry.times) }] : []),
  ];
}

/** How many it kept busy. Of less than a tenth of a second that says nothing. */
const cpuText = (cpu: number, seconds: number): string =>
  seconds < 0.1 ? duration(cpu) : `${duration(cpu)}, ${(cpu / seconds).toFixed(1)} at a time`;

const Limits = ({ rows }: { rows: readonly Limit[] }) => (
  <div class="card scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col" class="number">
            Asked for
          </th>
          <th scope="col" class="number">
            Used last
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, asked, used = '–' }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{asked}</td>
            <td class="number">{used}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const Values = ({ rows }: { rows: readonly (readonly [string, unknown])[] }) => (
  <div class="card scroll">
    <table>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <td class="wrap">{name}</td>
            <td class="mono number">{valueText(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

function Paths({ title, paths }: { title: string; paths: readonly PathView[] }) {
  if (paths.length === 0) return null;
  return (
    <Part title={title}>
      <div class="card scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Path</th>
              <th scope="col" class="number">
                Size
              </th>
              <th scope="col">Digest</th>
            </tr>
          </thead>
          <tbody>
            {paths.map((path) => (
              <tr key={path.path} class={path.changed ? 'changed' : ''}>
                <td class="wrap">
                  {path.path}
                  {path.metric && <span class="quiet"> metric</span>}
                  {path.plot && <span class="quiet"> plot</span>}
                  {path.uncached && <span class="quiet"> not cached</span>}
                  {path.changed && <span class="state is-stale"> changed</span>}
                  {path.made_by && <Makers names={path.made_by} />}
                </td>
                <td class="number">
                  {path.size === undefined ? '–' : bytesText(path.size)}
                  {path.files !== undefined && <div class="quiet">{path.files} files</div>}
                </td>
                <td class="mono" title={path.digest}>
                  {path.digest === undefined ? (
                    <span class="quiet">not there</span>
                  ) : (
                    shortDigest(path.digest)
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Part>
  );
}

const Makers = ({ names }: { names: readonly string[] }) => (
  <div class="quiet">
    from{' '}
    {names.slice(0, 3).map((name, index) => (
      <span key={name}>
        {index > 0 && ', '}
        <a href={addressOf('stage', {}, name)}>{name}</a>
      </span>
    ))}
    {names.length > 3 && ` and ${names.length - 3} more`}
  </div>
);

function Past({ detail: { history } }: { detail: StageDetail }) {
  if (history.length === 0) return null;
  return (
    <Part title="History">
      <div class="card scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col" class="number">
                Took
              </th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {history.map(({ run, what, time, seconds, why }) => (
              <tr key={`${run} ${time}`}>
                <td>
                  <Time at={time} />
                </td>
                <td>
                  <StateText state={what} />
                </td>
                <td class="number">{duration(seconds)}</td>
                <td class="wrap">{why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Part>
  );
}
