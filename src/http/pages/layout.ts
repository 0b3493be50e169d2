// The few pages that the server writes itself: no script, nothing from elsewhere, light and dark.
import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

/** Markup that needs no escaping. Only `html` makes it. */
export interface Markup { readonly markup: string }

/** A template whose values are escaped, unless they are markup or lists of it. */
export function html(parts: TemplateStringsArray, ...values: (string | number | null | undefined | Markup | Markup[])[]): Markup {
  let out = parts[0]
  values.forEach((value, i) => { out += write(value) + parts[i + 1] })
  return { markup: out }
}

function write(value: string | number | null | undefined | Markup | Markup[]): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(v => v.markup).join('')
  return typeof value === 'object' ? value.markup : String(value).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)
}

const STYLE = `
:root{color-scheme:light dark;--paper:#fbfaf7;--sheet:#fff;--sunk:#f3f1ec;--line:#e3dfd6;--ink:#16202b;--ink-2:#4b5765;--ink-3:#626d79;--accent:#0b5cad;--accent-soft:#e4eef8;
--good:#1f7a4d;--good-soft:#e2f2e9;--warn:#8a5a00;--warn-soft:#faf0d8;--wait:#5b4bb3;--wait-soft:#ecebfa;
--sans:"Inter",ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;--mono:ui-monospace,"SF Mono","Cascadia Code","JetBrains Mono",Menlo,Consolas,monospace}
@media(prefers-color-scheme:dark){:root{--paper:#0e141b;--sheet:#151d26;--sunk:#111820;--line:#263140;--ink:#e7edf3;--ink-2:#b3bfcb;--ink-3:#93a1b0;--accent:#7db4ee;--accent-soft:#17304a;
--good:#6fcf9a;--good-soft:#12301f;--warn:#e6b95a;--warn-soft:#33270c;--wait:#b6a9ff;--wait-soft:#231f42}}
*{box-sizing:border-box}html{scroll-padding-top:16px}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 var(--sans);font-variant-numeric:tabular-nums}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.brand{display:flex;gap:8px;align-items:center;font-weight:700;letter-spacing:-.01em;color:var(--ink)}
h1{font-size:22px;line-height:1.3;letter-spacing:-.01em;margin:0 0 6px;text-wrap:balance}h2{font-size:16px;margin:36px 0 10px;letter-spacing:-.01em}h3{font-size:12px;font-weight:600;color:var(--ink-3);margin:14px 0 4px}
p{margin:0 0 12px;max-width:72ch;color:var(--ink-2)}code,pre{font-family:var(--mono);font-size:12.5px}pre{background:var(--sunk);border:1px solid var(--line);border-radius:6px;padding:10px 12px;overflow:auto;margin:0 0 10px;white-space:pre-wrap;overflow-wrap:anywhere}
.card{background:var(--sheet);border:1px solid var(--line);border-radius:8px;margin-bottom:10px;overflow:hidden}.in{padding:2px 14px 12px}.in>h2:first-child{margin-top:10px}.small{font-size:12.5px;color:var(--ink-3)}
table{width:100%;border-collapse:collapse;font-size:13.5px}th{font-size:12px;font-weight:500;color:var(--ink-3);text-align:left}th,td{padding:6px 12px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}tr:last-child td{border:0}
.chip{display:inline-block;border-radius:12px;padding:1px 9px;font-size:12px;white-space:nowrap;color:var(--ink-2);background:var(--sunk)}.good{color:var(--good);background:var(--good-soft)}.warn{color:var(--warn);background:var(--warn-soft)}.wait{color:var(--wait);background:var(--wait-soft)}.blue{color:var(--accent);background:var(--accent-soft)}
.narrow{max-width:860px;margin:0 auto;padding:32px 20px 64px}.with-nav{display:grid;grid-template-columns:220px minmax(0,1fr);min-height:100vh}.with-nav>nav{border-right:1px solid var(--line);background:var(--sunk);padding:20px 16px;position:sticky;top:0;height:100vh;overflow:auto;font-size:13.5px}
.with-nav>nav a:not(.brand){display:block;padding:4px 8px;color:var(--ink-2);border-radius:6px}.with-nav>nav .brand{padding:0 8px 14px}main{padding:28px 32px 64px;max-width:1000px;min-width:0}
summary{cursor:pointer;display:grid;grid-template-columns:64px minmax(0,1fr) auto;gap:12px;align-items:baseline;padding:9px 14px;list-style:none}summary::-webkit-details-marker{display:none}summary:hover{background:var(--sunk)}summary b{font-family:var(--mono);font-size:13px;font-weight:600;overflow-wrap:anywhere}summary .what{display:block;color:var(--ink-3);font-size:13px;font-family:var(--sans)}
.method{font-family:var(--mono);font-size:12px;font-weight:700;color:var(--accent)}.method.POST,.method.PUT{color:var(--good)}.method.DELETE{color:var(--warn)}details[open]>summary{border-bottom:1px solid var(--line)}
@media(max-width:760px){.with-nav{grid-template-columns:1fr}.with-nav>nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line)}.with-nav>nav a:not(.brand){display:inline-block}main{padding:20px 14px 48px}summary{grid-template-columns:52px minmax(0,1fr)}summary .chip{display:none}}
@media print{.with-nav>nav{display:none}}`

const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

export const BRAND: Markup = { markup: '<a class="brand" href="/"><svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true"><path d="M1 4h6l3 5h7" fill="none" stroke="currentColor" stroke-width="2"/><path d="M4 14h13l-2 3H6z" fill="var(--accent)"/></svg>Slipway</a>' }

/** Sends a whole page under a policy that allows its own style and nothing else. */
export function sendPage(reply: FastifyReply, title: string, body: Markup): FastifyReply {
  const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${html`${title}`.markup}</title><link rel="icon" href="data:,"><style>${STYLE}</style></head><body>${body.markup}</body></html>`
  return reply.header('content-type', 'text/html; charset=utf-8').header('content-security-policy', POLICY).header('referrer-policy', 'no-referrer')
    .header('cache-control', 'no-store').send(page)
}
