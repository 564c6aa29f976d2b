#pragma once

#include <string_view>

namespace litewatch {

/// The style of the status page: light or dark as the reader's system is, and cards instead of
/// table rows on a narrow screen. The page's Content-Security-Policy lets in these bytes only.
inline constexpr std::string_view kStatusStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --line: #e3e6eb; --ink: #1b2430; --soft: #5d6978;
  --link: #1b5fb8; --next: #f1f4f8;
  --ok: #1a7f4b; --ok-back: #e4f5ec; --notice: #1b5fb8; --notice-back: #e6f0fc;
  --warning: #8f5a00; --warning-back: #fdf1d8; --critical: #b3261e; --critical-back: #fce8e6;
  --unknown: #5d6978; --unknown-back: #eceff3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1a2029; --line: #2b3340; --ink: #e4e9f0; --soft: #98a5b6;
    --link: #82b6f5; --next: #222a35;
    --ok: #6fd3a0; --ok-back: #17352a; --notice: #82b6f5; --notice-back: #172c46;
    --warning: #f0bd5b; --warning-back: #3a2c10; --critical: #ff9d94; --critical-back: #451f1d;
    --unknown: #98a5b6; --unknown-back: #2a323e;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  font-variant-numeric: tabular-nums;
}
main, header, footer { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; }
a { color: var(--link); text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
.top { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: baseline; }
.name { font-weight: 650; letter-spacing: .01em; }
.soft { color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin-left: auto; }
h1 { font-size: 1.6rem; line-height: 1.25; font-weight: 600; margin: 1.25rem 0 .25rem; }
h2 { font-size: 1.1rem; font-weight: 600; margin: 2rem 0 .6rem; }
h3 { font-size: .82rem; font-weight: 500; margin: .7rem 0 .3rem; color: var(--soft); }
p { margin: .25rem 0; }
table {
  width: 100%; border-collapse: separate; border-spacing: 0; background: var(--card);
  border: 1px solid var(--line); border-radius: .6rem; overflow: hidden;
}
th, td { padding: .55rem .85rem; text-align: left; vertical-align: top; }
thead th { color: var(--soft); font-size: .82rem; font-weight: 500; white-space: nowrap; }
.wide th, .wide td { padding-left: .5rem; padding-right: .5rem; }
.wide th:first-child, .wide td:first-child { padding-left: .85rem; min-width: 7.6rem; }
.wide thead th { white-space: normal; vertical-align: bottom; }
.row td { border-top: 1px solid var(--line); }
.figure { text-align: right; white-space: nowrap; }
.what { min-width: 13rem; }
.what strong { font-weight: 600; overflow-wrap: anywhere; }
.path { color: var(--soft); font-size: .82rem; overflow-wrap: anywhere; }
.of { color: var(--soft); font-weight: 400; }
.badge {
  display: inline-block; padding: .1rem .6rem; border-radius: 1rem; font-size: .85rem;
  font-weight: 550;
}
.ok .badge { color: var(--ok); background: var(--ok-back); }
.notice .badge { color: var(--notice); background: var(--notice-back); }
.warning .badge { color: var(--warning); background: var(--warning-back); }
.critical .badge { color: var(--critical); background: var(--critical-back); }
.unknown .badge { color: var(--unknown); background: var(--unknown-back); }
.history { white-space: nowrap; }
.marks { display: block; width: 5.95rem; height: 1.25rem; margin-top: .15rem; }
.marks .ok { fill: var(--ok); }
.marks .notice { fill: var(--notice); }
.marks .warning { fill: var(--warning); }
.marks .critical { fill: var(--critical); }
.marks .unknown { fill: var(--unknown); }
.acts { font-size: .82rem; white-space: nowrap; }
.acts a { margin-right: .9rem; }
.detail td { padding-top: 0; }
.why { max-width: 60rem; }
.next {
  max-width: 60rem; margin-top: .35rem; padding: .45rem .75rem; border-radius: .4rem;
  background: var(--next); overflow-wrap: anywhere;
}
.next b { font-weight: 600; }
footer { padding-top: 1.5rem; padding-bottom: 2rem; font-size: .85rem; color: var(--soft); }
@media (max-width: 68rem) {
  table { background: none; border: 0; border-radius: 0; }
  table, tbody, tr, td { display: block; }
  tr.row {
    display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 0 2rem;
  }
  .row td:first-child, td.what { grid-column: 1 / -1; }
  thead { display: none; }
  tbody.item {
    background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
    padding: .7rem .9rem; margin-bottom: .7rem;
  }
  .row td, .wide .row td { border: 0; padding: .12rem 0; }
  .detail td, .wide .detail td { padding: .5rem 0 0; }
  td.figure, td.history { display: flex; justify-content: space-between; gap: 1rem; text-align: right; }
  td.figure::before, td.history::before { content: attr(data-label); color: var(--soft); }
  td.none { display: none; }
  td.what { padding-bottom: .3rem; }
}
@media (max-width: 46rem) {
  body { font-size: 16px; }
  main, header, footer { padding-left: .9rem; padding-right: .9rem; }
  nav { margin-left: 0; width: 100%; }
}
)css";

}  // namespace litewatch
