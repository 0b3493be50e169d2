// A person without a mouse.
import type { Page } from 'playwright-core'

const MOST_TABS = 200

/** What has the focus, as it is read out. */
export async function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const e = document.activeElement
    if (!(e instanceof HTMLElement)) return ''
    const label = e.getAttribute('aria-label') ?? (e as HTMLInputElement).labels?.[0]?.innerText ?? e.innerText
    return label.replace(/\s+/g, ' ').trim()
  })
}

/** Presses Tab until something with this name has the focus. @throws Error when the way round the page does not meet it. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const met: string[] = []
  for (let i = 0; i < MOST_TABS; i++) {
    await page.keyboard.press('Tab')
    const now = await focused(page)
    if (typeof name === 'string' ? now === name : name.test(now)) return
    met.push(now.slice(0, 40))
  }
  throw new Error(`Tab never came to ${String(name)} on ${page.url()}; it met ${[...new Set(met)].join(' | ')}`)
}

/** Goes there and presses it. */
export async function press(page: Page, name: string | RegExp): Promise<void> {
  await tabTo(page, name)
  await page.keyboard.press('Enter')
}

/** Finds something by the box at the top: `/`, its name, Enter. */
export async function find(page: Page, text: string, hit: RegExp): Promise<void> {
  await page.keyboard.press('/')
  await page.keyboard.type(text)
  await page.getByRole('option').filter({ hasText: hit }).first().waitFor()
  for (let i = 0; i < 12; i++) {
    if (hit.test(await page.locator('[role=option][aria-selected=true]').innerText())) break
    await page.keyboard.press('ArrowDown')
  }
  await page.keyboard.press('Enter')
}
