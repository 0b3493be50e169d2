/** Paper, ink, one accent; colour carries state only, and never alone. The look of the console. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--paper:#fbfaf7;--sheet:#fff;--line:#e3dfd6;--line-strong:#c9c3b6;--ink:#16202b;--ink-2:#4b5765;--ink-3:#626d79;--accent:#0b5cad;--accent-soft:#dbe8f6;--good:#1f7a4d;--warn:#8a5a00;--bad:#b3261e;--other:#b3541e;--other-soft:#f6e2d6;
--h0:#f3f1ec;--h1:#dbe6f2;--h2:#a9c6e6;--h3:#6a9bd1;--h4:#2f6db3;--h5:#0d3f7a;--on-dark:#fff}
@media(prefers-color-scheme:dark){:root{--paper:#0e141b;--sheet:#151d26;--line:#263140;--line-strong:#3a485a;--ink:#e7edf3;--ink-2:#b3bfcb;--ink-3:#93a1b0;--accent:#7db4ee;--accent-soft:#1b3a5c;--good:#6fcf9a;--warn:#e6b95a;--bad:#ff8a80;--other:#f0a070;--other-soft:#45301f;
--h0:#1d2833;--h1:#193654;--h2:#1f4a76;--h3:#2f6db3;--h4:#6a9bd1;--h5:#b9d5f3;--on-dark:#08131f}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.5 "Inter",ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1080px;margin:0 auto;padding:28px 20px 40px}h1{font-size:22px;line-height:1.3;margin:0 0 6px;letter-spacing:-.01em;text-wrap:balance}h2{font-size:14px;margin:0}
.lead{color:var(--ink-2);max-width:84ch;margin:0 0 22px}.lead p{margin:0 0 4px}.small,figcaption,footer{font-size:12px;color:var(--ink-3)}
section{background:var(--sheet);border:1px solid var(--line);border-radius:8px;margin:0 0 18px;overflow:hidden}section>header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:2px 12px;padding:10px 14px;border-bottom:1px solid var(--line)}
.in{padding:10px 14px}.scroll{overflow-x:auto}figure{margin:0;overflow-x:auto}svg{display:block;width:100%;min-width:600px;height:auto;font:11px ui-sans-serif,system-ui,sans-serif}svg text{fill:var(--ink-3)}svg .name{fill:var(--ink);font-size:12px}
.grid{stroke:var(--line);fill:none}.line{fill:none;stroke-width:2}.bar{stroke-width:3;opacity:.5}.line.main,.bar.main{stroke:var(--accent)}.dot.main{fill:var(--accent)}.band.main{fill:var(--accent-soft)}.line.other,.bar.other{stroke:var(--other)}.line.other{stroke-dasharray:6 3}.dot.other{fill:var(--other)}.band.other{fill:var(--other-soft)}
path.limit{stroke:var(--bad);stroke-dasharray:4 4;fill:none}text.limit{fill:var(--bad);paint-order:stroke;stroke:var(--sheet);stroke-width:3px}path.mark{stroke:var(--ink-3);fill:none}text.mark{fill:var(--ink-2)}.alert{fill:var(--bad)}
.known{fill:var(--accent)}.open{fill:var(--h2)}.fell{fill:var(--other)}.h0{fill:var(--h0)}.h1{fill:var(--h1)}.h2{fill:var(--h2)}.h3{fill:var(--h3)}.h4{fill:var(--h4)}.h5{fill:var(--h5)}svg .s3,svg .s4,svg .s5{fill:var(--on-dark)}svg .s0,svg .s1,svg .s2{fill:var(--ink-2)}
@media(prefers-color-scheme:dark){svg .s3{fill:#fff}}
table{width:100%;border-collapse:collapse}th{font-size:12px;font-weight:500;color:var(--ink-3);text-align:left;padding:7px 8px;vertical-align:top;border-bottom:1px solid var(--line);white-space:nowrap}td{font-size:13px;padding:6px 8px;border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:top}td.wrap{white-space:normal;min-width:24ch}th:first-child,td:first-child{padding-left:14px}tr:last-child>*{border-bottom:0}thead tr:last-child>*{border-bottom:1px solid var(--line)}.r{text-align:right}tbody th{color:var(--ink);font-size:13px;padding:6px 8px}
.bad{color:var(--bad)}.good{color:var(--good)}.warn{color:var(--warn)}.key i{display:inline-block;width:10px;height:10px;border-radius:2px;margin:0 4px 0 10px}
footer{margin-top:8px;max-width:100ch}
@media print{:root{color-scheme:light;--paper:#fff;--sheet:#fff}body{font-size:11px}main{max-width:none;padding:0}section{break-inside:avoid;border-color:#bbb}.scroll{overflow:visible}.long{break-inside:auto}thead{display:table-header-group}tr{break-inside:avoid}td,th{padding:3px 6px}tbody th{font-size:11px}}
`.trim()
