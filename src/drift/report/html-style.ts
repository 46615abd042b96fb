/** The look of the HTML report, light and dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1c1b19; --soft: #6b675f; --line: #e4e0d7; --rail: #ece8df;
  --breaking: #c0392b; --breaking-wash: #fbeae7; --additive: #a96f00; --additive-wash: #fbf1dc;
  --known: #5b6b82; --known-wash: #e9edf3; --fit: #2f7d5b; --quiet: #d3cec3; --mark: #ffe9a8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #161513; --card: #1f1e1b; --ink: #ece9e2; --soft: #a09a8e; --line: #35322c; --rail: #34312b;
    --breaking: #ff7f6e; --breaking-wash: #3a211d; --additive: #e8b552; --additive-wash: #352a14;
    --known: #9db0cb; --known-wash: #252b35; --fit: #6cc59a; --quiet: #46423a; --mark: #5a4a12;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 3.5rem 1.5rem 1rem; }
footer { max-width: 62rem; margin: 0 auto; padding: 1rem 1.5rem 3rem; color: var(--soft); font-size: .85rem; }
code, pre, .place, .name { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .875em; }
h1 { font-size: clamp(2rem, 5vw, 3rem); line-height: 1.1; letter-spacing: -.025em; margin: .4rem 0 .6rem; }
h2 { font-size: 1.3rem; letter-spacing: -.01em; margin: 3.2rem 0 1rem; }
h3 { font-size: .95rem; font-weight: 600; margin: 1.5rem 0 .6rem; }
a { color: inherit; text-underline-offset: .2em; }
.nowrap { white-space: nowrap; }
.kicker { margin: 0; color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
.badge { display: inline-block; border-radius: 99px; padding: .1rem .7rem; margin-right: .5rem; color: var(--card); background: var(--fit); font-weight: 600; }
.drift .badge, .unusable .badge { background: var(--breaking); }
.lead { max-width: 44rem; margin: 0; color: var(--soft); overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: 2.6rem; margin: 1.8rem 0 0; }
.figures div { display: flex; flex-direction: column-reverse; }
.figures dt { color: var(--soft); font-size: .85rem; }
.figures dd { margin: 0; font-size: 2.1rem; font-weight: 650; letter-spacing: -.03em; line-height: 1.15; font-variant-numeric: tabular-nums; }
.figures .breaking dd { color: var(--breaking); } .figures .additive dd { color: var(--additive); } .figures .known dd { color: var(--known); } .figures .zero dd { color: var(--fit); }
rect.breaking { fill: var(--breaking); } rect.additive { fill: var(--additive); } rect.known { fill: var(--known); } rect.fit { fill: var(--fit); } rect.quiet { fill: var(--quiet); } rect.rail { fill: var(--rail); }
.tag { display: inline-block; border-radius: 99px; padding: .05rem .6rem; font-size: .78rem; font-weight: 600; text-decoration: none; white-space: nowrap; }
.tag.breaking { color: var(--breaking); background: var(--breaking-wash); } .tag.additive { color: var(--additive); background: var(--additive-wash); } .tag.known { color: var(--known); background: var(--known-wash); }
.finding { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin: .5rem 0; scroll-margin-top: 1rem; }
.finding:target { outline: 2px solid var(--ink); outline-offset: 2px; }
.finding > summary { display: grid; grid-template-columns: 6.6rem minmax(0, 1fr) auto 1rem; gap: .2rem 1rem; align-items: center; padding: .75rem 1rem; cursor: pointer; list-style: none; }
.finding > summary::-webkit-details-marker { display: none; }
.finding > summary::after { content: "+"; color: var(--soft); font-size: 1.1rem; text-align: right; } .finding[open] > summary::after { content: "\\2013"; } .finding > summary:hover { background: var(--paper); border-radius: 10px; }
.tags { display: flex; flex-direction: column; align-items: flex-start; gap: .2rem; }
.next { padding-left: 1.2rem; } .next li { margin: 0 0 1rem; } .next pre { margin-top: .4rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.more > summary::before { content: "+ "; } .more[open] > summary::before { content: "\\2013\\00a0"; } .more > summary { list-style: none; } .more > summary::-webkit-details-marker { display: none; }
.finding > summary:focus-visible, a:focus-visible, pre:focus-visible { outline: 2px solid var(--ink); outline-offset: 2px; border-radius: 6px; }
.finding .place { font-weight: 600; overflow-wrap: anywhere; font-size: .92em; }
.problem, .count, .aside, .types, .since, figcaption, .legend { color: var(--soft); }
.problem { margin-left: .4rem; }
.much { display: grid; grid-template-columns: auto 4.2rem 7.5rem; gap: .7rem; align-items: center; font-variant-numeric: tabular-nums; font-size: .88rem; text-align: right; }
.inside { border-top: 1px solid var(--line); padding: .6rem 1rem 1rem; }
.inside dl { display: grid; grid-template-columns: 6rem minmax(0, 1fr); gap: .25rem 1rem; margin: .5rem 0 1rem; font-size: .9rem; }
.inside dt { color: var(--soft); } .inside dd { margin: 0; overflow-wrap: anywhere; }
.more { margin: .7rem 0 0; } .more summary { cursor: pointer; color: var(--soft); font-size: .82rem; margin-bottom: .3rem; }
figure { margin: .9rem 0 0; } figcaption { font-size: .82rem; margin-bottom: .3rem; overflow-wrap: anywhere; }
pre { margin: 0; padding: .9rem 1rem; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; overflow: auto; max-height: 40rem; line-height: 1.5; font-size: .8rem; }
pre .key { color: var(--soft); } pre .string { color: var(--fit); } pre .number, pre .boolean { color: var(--known); } pre .null { color: var(--breaking); }
mark { background: var(--mark); color: inherit; border-radius: 3px; padding: .05em .15em; } mark.gap { outline: 1px dashed var(--breaking); }
.timeline { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .9rem 1rem; }
.row { display: grid; grid-template-columns: 15.5rem minmax(0, 1fr) 7.5rem; gap: 1rem; align-items: center; min-height: 2rem; }
.row .place { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-decoration: none; direction: rtl; text-align: left; unicode-bidi: plaintext; } .row a.place:hover { text-decoration: underline; }
.track { width: 100%; display: block; overflow: visible; }
.axis { min-height: 1.4rem; } .axis text { font-size: 11px; fill: var(--soft); text-anchor: middle; } .track line { stroke: var(--line); }
.row + .row:not(.axis + .row) { border-top: 1px solid var(--line); }
.since { font-size: .8rem; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.legend { font-size: .82rem; margin: .6rem .2rem 0; } .legend svg { vertical-align: -2px; margin: 0 .25rem 0 .9rem; } .legend svg:first-child { margin-left: 0; } .legend .aside { margin-left: 1.4rem; }
.trees { columns: 2 24rem; column-gap: 1rem; }
.tree { break-inside: avoid; margin: 0 0 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .9rem 1.1rem 1rem; overflow-x: auto; }
.tree h3 { margin: 0 0 .5rem; } .tree ul { list-style: none; margin: 0; padding: 0; } .tree ul ul { margin-left: .35rem; padding-left: 1rem; border-left: 1px solid var(--line); }
.tree li { line-height: 1.75; white-space: nowrap; } .tree .calm .name { color: var(--soft); } .tree .drifted > .name { font-weight: 600; } .tree summary { cursor: pointer; list-style: none; } .tree summary::-webkit-details-marker { display: none; } .tree summary::after { content: " +"; color: var(--soft); } .tree [open] > summary::after { content: " \\2013"; } .types { font-size: .76rem; opacity: .8; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; } th { text-align: left; font-weight: 500; color: var(--soft); font-size: .85rem; } th, td { padding: .5rem .8rem .5rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; } .amount { text-align: right; padding-right: 2rem; font-variant-numeric: tabular-nums; } td .share { margin-right: .5rem; }
@media (max-width: 46rem) {
  main { padding-top: 2rem; } .figures { gap: 1.6rem; }
  .finding > summary { grid-template-columns: minmax(0, 1fr) 1rem; } .finding > summary::after { grid-area: 1 / 2; } .finding > summary > :nth-child(n + 2) { grid-column: 1 / -1; } .much { grid-template-columns: auto auto 1fr; justify-content: start; }
  .row { grid-template-columns: minmax(0, 1fr) auto; padding: .35rem 0; } .row .track { grid-row: 2; grid-column: 1 / -1; } .axis > span { display: none; } .problem { margin-left: 0; display: block; }
}
@media print { .finding { break-inside: avoid; } body { background: #fff; } }
`;
