/** The style sheet of all pages. Colours follow the reader's system. */
export const style = /* css */ `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f6f5f2, #16181c);
  --card: light-dark(#ffffff, #1f2329);
  --ink: light-dark(#1d2025, #e8e6e1);
  --soft: light-dark(#6a6f78, #9aa1ab);
  --line: light-dark(#e2e0da, #30353d);
  --accent: light-dark(#b4490f, #f0945a);
  --good: light-dark(#2c7a4b, #6cc48d);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { padding: 1rem clamp(1rem, 4vw, 3rem); border-bottom: 1px solid var(--line); }
header a { color: inherit; font-weight: 650; text-decoration: none; }
footer { padding: 1rem clamp(1rem, 4vw, 3rem); color: var(--soft); font-size: .85rem; }
footer a { margin-left: .5rem; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 3rem) 2rem; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
h2 { font-size: 1.05rem; margin: 0 0 .75rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(13rem, 40vw), 1fr)); gap: .75rem; margin: 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: .9rem 1rem; }
.figures dt { color: var(--soft); font-size: .85rem; }
.figures dd { margin: 0; font-size: 1.45rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.history { margin: .75rem 0; color: var(--accent); }
.history svg { display: block; overflow: visible; width: 100%; height: 4rem; }
.history p { margin: 0; color: var(--soft); font-size: .85rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: .75rem; align-items: start; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
td { padding: .35rem 0; border-top: 1px solid var(--line); }
tr:first-child td { border-top: 0; }
td:last-child { text-align: right; }
a { color: var(--accent); }
.completed { color: var(--good); }
.packing, .empty, td small { color: var(--soft); }
td small.completed { color: var(--good); }
form { display: grid; gap: .6rem; }
label { display: grid; gap: .2rem; font-size: .85rem; color: var(--soft); }
input, select, button { font: inherit; color: var(--ink); padding: .5rem .65rem; border-radius: .5rem; border: 1px solid var(--line); background: var(--paper); }
button { background: var(--accent); border-color: var(--accent); color: var(--card); font-weight: 600; cursor: pointer; }
output { min-height: 1.5em; font-size: .9rem; color: var(--soft); }
`;
