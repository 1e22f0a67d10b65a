// The style of a page of plots, light and dark.
export const PAGE_STYLE = `
:root { color-scheme: light dark; --paper: #fcfcfa; --card: #fff; --text: #1d2125; --quiet: #5a626b; --line: #dfe3e6; --bad: #a4262c; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --card: #1b1f23; --text: #e8eaec; --quiet: #a7afb8; --line: #363d44; --bad: #ff9a9a; }
}
body { margin: 0 auto; padding: 1.25rem; max-width: 100rem; background: var(--paper); color: var(--text); font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { margin: 0 0 1rem; font-size: 1.25rem; overflow-wrap: anywhere; }
#plots { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
#plots figure { margin: 0; padding: .9rem 1rem; max-width: 100%; box-sizing: border-box; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
#plots figcaption { margin-bottom: .6rem; font-weight: 600; overflow-wrap: anywhere; }
#plots .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
#plots .plot { overflow-x: auto; }
#plots .plot svg { display: block; max-width: none; }
#plots .images { display: flex; gap: 1rem; overflow-x: auto; }
#plots .images img { display: block; max-width: min(36rem, 80vw); height: auto; background: #fff; border-radius: .25rem; }
#plots .images p { margin: .35rem 0 0; color: var(--quiet); }
#plots .problem { margin: .5rem 0 0; max-width: 40rem; color: var(--bad); white-space: pre-wrap; overflow-wrap: anywhere; }
#plots .vega-bindings { margin-top: .5rem; color: var(--quiet); font-size: .875rem; }
#plots .vega-bind label { display: flex; gap: .5rem; align-items: center; }
#tooltip { position: fixed; z-index: 1; margin: 0; padding: .4rem .6rem; display: grid; grid-template-columns: auto auto; gap: .1rem .6rem; max-width: 30rem; background: var(--card); color: var(--text); border: 1px solid var(--line); border-radius: .35rem; box-shadow: 0 2px 10px rgb(0 0 0 / .2); font-size: .8125rem; pointer-events: none; }
#tooltip[hidden] { display: none; }
#tooltip dt { color: var(--quiet); overflow-wrap: anywhere; }
#tooltip dd { margin: 0; overflow-wrap: anywhere; }
`;
