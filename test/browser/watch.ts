// What no page may do: say an error, ask elsewhere, keep out those who see or point badly.
import axe from 'axe-core'
import type { BrowserContext, Page } from 'playwright-core'

export interface Watched { faults: string[]; requests: number }

export function watch(context: BrowserContext, origin: string): Watched {
  const seen: Watched = { faults: [], requests: 0 }
  context.on('page', page => {
    page.on('console', message => { if (message.type() === 'error') seen.faults.push(`${page.url()}: ${message.text()} ${message.location().url}`) })
    page.on('pageerror', error => { seen.faults.push(`${page.url()}: ${error.message}`) })
    page.on('crash', () => { seen.faults.push(`${page.url()}: crashed`) })
  })
  context.on('request', request => {
    seen.requests++
    const url = new URL(request.url())
    if (url.origin !== origin && url.protocol !== 'data:') seen.faults.push(`a request to ${url.origin}`)
  })
  return seen
}

/** Serious and critical findings of axe on what is shown, and a page that is wider than its window. */
export async function examine(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const found = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: { run(at: Document): Promise<{ violations: { impact: string; id: string; nodes: { target: string[] }[] }[] }> } }).axe.run(document)
    const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth + 1 ? ['the page scrolls sideways'] : []
    return [...wide, ...violations.filter(v => v.impact === 'serious' || v.impact === 'critical').map(v => `${v.impact} ${v.id}: ${v.nodes[0].target.join(' ')}`)]
  })
  return found.map(f => `${page.url()}: ${f}`)
}
