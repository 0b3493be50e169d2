// The console in a real browser, while the tour runs: `node bin/bootstrap.js run test/browser/console.ts`.
// SLIPWAY_SHOTS=folder keeps a picture of every page, light and dark, wide and narrow.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { ensureConsole } from '../../bin/console.js'
import { openBrowser } from './chromium.ts'
import { find, focused, press, tabTo } from './keyboard.ts'
import { startServer, type RunningServer } from './server.ts'
import { MODEL, PROJECT, SHOP, writeOrders } from './shop.ts'
import { examine, watch, type Watched } from './watch.ts'

const FIRST_LOAD_LIMIT = 120_000
const began = performance.now()
const tell = (text: string): void => { process.stdout.write(`${`${((performance.now() - began) / 1_000).toFixed(1)} s`.padStart(7)}  ${text}\n`) }
const headline = (page: Page): Promise<string> => page.locator('h1').innerText()

async function main(): Promise<void> {
  await ensureConsole(process.execPath)
  const server = await startServer('start')
  const browser = await openBrowser()
  try {
    tell(`a tour runs at ${server.url}`)
    await checkFirstLoad(browser, server)
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    const seen = watch(context, server.url)
    const page = await context.newPage()
    page.setDefaultTimeout(30_000)
    await page.goto(server.url)
    await walk(page)
    await decide(page, server)
    await context.close()
    await lookAtAll(browser, server, seen)
    assert.deepEqual(seen.faults, [], 'no page says an error or asks elsewhere')
    tell(`no error in the browser's console, ${seen.requests} requests and none to elsewhere`)
  } catch (error) {
    process.stderr.write(`${server.output()}\n`)
    throw error
  } finally {
    await browser.close()
    await server.stop()
  }
  tell('console: all sound')
}

/** Markup, script and style that come before anybody has touched anything. */
async function checkFirstLoad(browser: Browser, server: RunningServer): Promise<void> {
  const page = await browser.newPage()
  const parts: Promise<number>[] = []
  page.on('response', reply => {
    if (/html|javascript|css/.test(reply.headers()['content-type'] ?? '')) parts.push(reply.body().then(body => gzipSync(body, { level: 9 }).length))
  })
  await page.goto(server.url, { waitUntil: 'networkidle' }).catch(() => page.waitForTimeout(1_000))
  await page.locator('h1').waitFor()
  const bytes = (await Promise.all(parts)).reduce((a, b) => a + b, 0)
  assert.ok(bytes > 50_000 && bytes <= FIRST_LOAD_LIMIT, `The first load has ${bytes} bytes as gzip, and ${FIRST_LOAD_LIMIT} is the limit.`)
  tell(`first load: ${bytes} bytes as gzip`)
  await page.close()
}

/** Every place of the navigation, by Tab and Enter alone. */
async function walk(page: Page): Promise<void> {
  await page.locator('h1').waitFor()
  await page.keyboard.press('Tab')
  assert.equal(await focused(page), 'Skip to the page')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main')
  for (const [name, path] of [['Endpoints', '/endpoints'], ['Predictions', '/predictions'], ['Models', '/models'], ['Data', '/data'], ['Monitoring', '/monitoring'], ['Approvals', '/approvals'], ['Audit', '/audit'], ['Overview', '/']]) {
    await press(page, new RegExp(`^${name}(?: |$)`))
    await page.waitForURL(url => url.pathname === path)
    await page.waitForFunction(n => document.title.startsWith(n), name)
    assert.ok((await headline(page)).length > 5, `${path} answers its question`)
  }
  // The lens is a radio group, and lives in the address.
  await tabTo(page, 'Developer')
  await page.keyboard.press('ArrowRight')
  await page.waitForURL(/lens=business/)
  await page.keyboard.press('ArrowLeft')
  await page.waitForURL(url => !url.search.includes('lens'))
  tell('every place is reached by keyboard')
}

/** A candidate that asks a person: approved, released, deployed, rolled back, undone. */
async function decide(page: Page, server: RunningServer): Promise<void> {
  const projectDir = mkdtempSync(join(tmpdir(), 'slipway-shop-'))
  writeOrders(projectDir, 60)
  await server.call('POST', '/project/apply', { project: PROJECT, projectDir })
  rmSync(projectDir, { recursive: true })
  const champion = async (): Promise<number> => (await server.call<{ revisions: { routes: { number: number; role: string }[] }[] }>('GET', `/deployments/${SHOP}`)).revisions.at(-1)?.routes.find(r => r.role === 'champion')?.number ?? 0

  for (const [version, to] of [[1, '2013-02-10'], [2, '2013-02-25']] as const) {
    await server.call('POST', `/models/${MODEL}/train`, { from: '2013-01-01', to })
    await server.call('POST', `/models/${MODEL}/gate`, { version })
    await press(page, /^Approvals/)
    await page.getByRole('heading', { name: `May ${MODEL}@${version} serve ${SHOP}?` }).waitFor()
    await press(page, 'Approve …')
    if (version === 1) {
      // Nobody has said who they are yet: the dialog asks for the token, and says where it is.
      await page.getByText('cat ').waitFor()
      await tabTo(page, 'Token')
      await page.keyboard.type(server.token)
      await page.keyboard.press('Enter')
    }
    await tabTo(page, /^Reason/)
    await page.keyboard.type(`version ${version} is good enough`)
    await press(page, 'Approve')
    await page.getByText(/entry #[\d,]+ of the ledger/).first().waitFor()
    await press(page, `Make a release for ${SHOP}`)
    await page.getByText(`Release ${version} of ${SHOP} is made`).waitFor()
    await page.keyboard.press('Escape')

    await find(page, SHOP, /endpoint/)
    await page.waitForURL(`**/endpoints/${SHOP}`)
    await page.getByText(`${MODEL}@${version}`).first().waitFor()
    await press(page, 'Deploy …')
    await press(page, 'Show the difference')
    await page.getByText('The champion changes').waitFor()
    await press(page, `Deploy release ${version}`)
    await page.getByText('Done.').waitFor()
    await page.keyboard.press('Escape')
    assert.equal(await champion(), version)
    await page.getByRole('heading', { name: `Release ${version} answers all of ${SHOP}` }).waitFor()
    tell(`version ${version}: approved, released and deployed by keyboard`)
  }

  await server.call('POST', `/endpoints/${SHOP}/predict`, { rows: Array.from({ length: 40 }, (_, i) => ({ entities: { city: 'Brno', order: `live-${i}` }, request: { city: 'Brno', items: 1 + (i % 8), express: i % 3 === 0, load: 20 + i } })) })
  for (const [button, confirm, expected] of [['Roll back …', 'Roll back to release 1', 1], ['Undo …', 'Undo', 2]] as const) {
    await press(page, button)
    await page.getByText('The champion changes').waitFor()
    await press(page, confirm)
    await page.getByText('Done.').waitFor()
    await page.getByRole('dialog').getByRole('link', { name: /^Ledger entry/ }).waitFor()
    await page.keyboard.press('Escape')
    assert.equal(await champion(), expected)
    await page.getByRole('heading', { name: `Release ${expected} answers all of ${SHOP}` }).waitFor()
  }
  tell('rolled back and undone by keyboard')

  await find(page, 'live-39', /prediction, /)
  await page.waitForURL('**/predictions/pred_*')
  await page.getByRole('heading', { name: /chance that live-39 is late/ }).waitFor()
  await page.getByText('add up to').waitFor()
  await tabTo(page, /^load/)
  const before = await page.getByText('Chance of late:').innerText()
  for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowLeft')
  await page.waitForFunction(was => ![...document.querySelectorAll('p')].some(p => p.innerText === was), before)
  await press(page, 'Replay')
  await page.getByText('equal to the bit').waitFor()
  tell('a prediction is explained, asked again with another input, and replayed')
}

/** Every page in both themes, wide and narrow: axe, and a picture. */
async function lookAtAll(browser: Browser, server: RunningServer, seen: Watched): Promise<void> {
  const folder = process.env.SLIPWAY_SHOTS
  if (folder !== undefined) mkdirSync(folder, { recursive: true })
  const { predictions: [newest] } = await server.call<{ predictions: { id: string }[] }>('GET', `/predictions?endpoint=${SHOP}&limit=1`)
  const { datasets } = await server.call<{ datasets: { head: { version: string } | null }[] }>('GET', '/datasets')
  const pages: [string, string][] = [
    ['overview', '/'], ['overview-business', '/?lens=business'], ['endpoints', '/endpoints'], ['endpoint', `/endpoints/${SHOP}`], ['endpoint-flights', '/endpoints/flight-delay'], ['predictions', '/predictions'],
    ['prediction', `/predictions/${newest.id}`], ['models', '/models'], ['model', `/models/${MODEL}`], ['version', `/models/${MODEL}/2`], ['data', '/data'], ['dataset', `/data/version/${datasets[0].head?.version}`],
    ['monitoring', '/monitoring'], ['monitoring-regulator', '/monitoring/flight-delay?lens=regulator'], ['approvals', '/approvals'], ['audit', '/audit'], ['entry', '/audit/5'], ['not-found', '/models/none/1'],
  ]
  const faults: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      const context = await browser.newContext({ viewport: { width, height: width === 390 ? 844 : 900 }, colorScheme })
      const watched = watch(context, server.url)
      const page = await context.newPage()
      for (const [name, path] of pages) {
        await page.goto(server.url + path)
        await page.locator('h1').waitFor()
        await page.waitForFunction(() => document.querySelector('.skeleton') === null, undefined, { timeout: 20_000 }).catch(() => { faults.push(`${path}: still waiting after 20 s`) })
        await page.waitForTimeout(150)
        faults.push(...(await examine(page)).map(f => `${colorScheme} ${width}: ${f}`))
        if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true })
      }
      await context.close()
      seen.faults.push(...watched.faults.filter(f => !f.includes('/models/none')))
      seen.requests += watched.requests
    }
  }
  assert.deepEqual(faults, [], 'axe finds nothing serious or critical')
  tell(`${pages.length} pages, light and dark, at 1280 and 390 pixels: axe finds nothing serious`)
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
