"""The style of the evaluation page."""

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --ground: #f4f5f7; --surface: #fff; --ink: #1c2530; --quiet: #566170; --line: #dde1e7;
  --accent: #2457b8; --soft: #cfdcf5; --heat: 36 87 184; --good: #0d6b41; --human: #7a4f00; }
@media (prefers-color-scheme: dark) { :root { --ground: #11151a; --surface: #191f26; --ink: #e4e8ee; --quiet: #a2adbb;
  --line: #303945; --accent: #8db4ff; --soft: #2b4270; --heat: 141 180 255; --good: #7fd6a7; --human: #f0c568; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.55 -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, system-ui, sans-serif; }
main { max-width: 74rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2.6rem 0 .4rem; } h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
p { max-width: 56rem; margin: .3rem 0 .8rem; } .quiet, caption, .source { color: var(--quiet); font-size: .87rem; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .8rem 0 0; } a { color: var(--accent); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .8rem; margin: 1.2rem 0; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; }
.card strong { display: block; font-size: 1.7rem; line-height: 1.25; font-weight: 600; }
.panel { background: var(--surface); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1.1rem; margin: .7rem 0; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; text-wrap: pretty; padding: 0 0 .5rem; } th { font-weight: 600; font-size: .85rem; color: var(--quiet); vertical-align: bottom; }
td, th { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; } td { white-space: nowrap; }
td:first-child, th:first-child { text-align: left; padding-left: 0; } tr:last-child td { border-bottom: 0; }
td small { display: block; color: var(--quiet); line-height: 1.2; } td.text, th.text, tr.head td { text-align: left; white-space: normal; } tr.head td { font-weight: 600; padding-left: .5rem; background: color-mix(in srgb, var(--soft) 35%, transparent); } .source { font-weight: 400; } td[colspan] small { display: inline; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: .8rem; }
figure { margin: 0; background: var(--surface); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem .8rem .5rem; }
figcaption { font-weight: 600; font-size: .92rem; } figcaption small { display: block; font-weight: 400; color: var(--quiet); }
svg.plot { width: 100%; height: auto; display: block; margin-top: .3rem; } svg text { fill: var(--quiet); font-size: 10px; }
svg .middle { text-anchor: middle; } svg .end { text-anchor: end; } svg .name { font-size: 11px; }
svg .rule { stroke: var(--line); } svg .guide { stroke: var(--quiet); stroke-dasharray: 4 4; fill: none; }
svg .dotted { stroke-dasharray: 1 4; } svg .curve { stroke: var(--accent); stroke-width: 2; fill: none; }
svg .whisker { stroke: var(--accent); stroke-opacity: .55; stroke-width: 1.5; } svg .dot { fill: var(--accent); }
svg.bar { vertical-align: middle; } svg .span { stroke: var(--accent); stroke-opacity: .4; stroke-width: 7; }
svg .baseline { stroke: var(--quiet); stroke-width: 2; stroke-dasharray: 2 2; } svg .human { stroke: var(--human); stroke-width: 2.5; }
.key svg { vertical-align: middle; } .confusions { display: flex; flex-wrap: wrap; gap: 1.2rem 2rem; }
.confusion { width: auto; } .confusion td, .confusion th { border: 0; padding: .25rem .55rem; text-align: right; }
.confusion td { min-width: 3.4rem; border-radius: .25rem; } details > summary { cursor: pointer; color: var(--accent); margin: .8rem 0; }
@media print { body { background: none; } details > * { display: block; } }
"""
