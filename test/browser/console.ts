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
    await attend(page, server)
    await verify(page)
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
    if (version === 1) await askAndFail(server)
    tell(`version ${version}: approved, released and deployed by keyboard`)
  }

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

  await press(page, 'Deploy …')
  await tabTo(page, 'Champion: all traffic')
  await page.keyboard.press('ArrowRight')
  await tabTo(page, /^Share of the traffic/)
  await page.keyboard.type('30')
  await press(page, 'Show the difference')
  await page.getByText('The challenger changes').waitFor()
  await press(page, 'Deploy release 1')
  await page.getByText('Done.').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('heading', { name: `Release 2 (champion, 70 %) and release 1 (challenger, 30 %) share ${SHOP}` }).waitFor()
  await press(page, 'Withdraw …')
  await press(page, 'Withdraw')
  await page.getByText('Done.').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('heading', { name: `Release 2 answers all of ${SHOP}` }).waitFor()
  tell('a challenger got a share and was withdrawn by keyboard')

  await server.call('POST', `/models/${MODEL}/train`, { from: '2013-01-01', to: '2013-03-01' })
  await server.call('POST', `/models/${MODEL}/gate`, { version: 3 })
  await press(page, /^Approvals/)
  await press(page, 'Refuse …')
  await tabTo(page, 'Reason')
  await page.keyboard.type('the couriers change in March')
  await press(page, 'Refuse')
  await page.getByText(/^Refused by .*: entry #/).waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('the couriers change in March').waitFor()
  tell('a candidate was refused with a reason by keyboard')

  await find(page, 'live-39', /prediction, /)
  await page.waitForURL('**/predictions/pred_*')
  await page.getByRole('heading', { name: /chance that live-39 is late/ }).waitFor()
  await page.getByText('add up to').waitFor()
  await tabTo(page, /^items/)
  const before = await page.getByText('Chance of late:').innerText()
  for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowLeft')
  await page.waitForFunction(was => ![...document.querySelectorAll('p')].some(p => p.innerText === was), before)
  await press(page, 'Replay')
  await page.getByText('equal to the bit').waitFor()
  tell('a prediction is explained, asked again with another input, and replayed')
}

/** The first orders, and some that only the fallback can answer: at the end of the home's day a monitor sees it. */
async function askAndFail(server: RunningServer): Promise<void> {
  const ask = (name: string, n: number): Promise<unknown> => server.call('POST', `/endpoints/${SHOP}/predict`, { rows: Array.from({ length: n }, (_, i) => ({ entities: { city: 'Brno', order: `${name}-${i}` }, request: { city: 'Brno', items: 1 + (i % 8), express: i % 3 === 0, load: 20 + i } })) })
  await ask('live', 40)
  const { drill: { id } } = await server.call<{ drill: { id: string } }>('POST', `/endpoints/${SHOP}/drills`, { fault: 'model', until: '2030-01-01T00:00:00Z', reason: 'to be seen by the monitor' })
  await ask('fallen', 20)
  await server.call('DELETE', `/endpoints/${SHOP}/drills/${id}`)
  // The first look is at the day that ends now or has ended last, and from then on none is missed.
  await server.call('POST', '/monitors/evaluate', { endpoint: SHOP })
}

/** An alert that somebody takes up, and its incident, closed with words. */
async function attend(page: Page, server: RunningServer): Promise<void> {
  const alert = async (): Promise<{ state: string } | undefined> => {
    await server.call('POST', '/monitors/evaluate', { endpoint: SHOP })
    return (await server.call<{ alerts: { state: string; monitor: string }[] }>('GET', `/alerts?endpoint=${SHOP}`)).alerts.find(a => a.monitor === 'order-fallback')
  }
  for (let i = 0; i < 60 && await alert() === undefined; i++) await page.waitForTimeout(500)
  assert.equal((await alert())?.state, 'firing', 'the monitor saw the fallback')
  await press(page, /^Monitoring/)
  await tabTo(page, /^Endpoint(?!s)/)
  await page.keyboard.type(SHOP)
  await page.waitForURL(`**/monitoring/${SHOP}`)
  await page.getByRole('heading', { name: new RegExp(SHOP) }).first().waitFor()
  await press(page, 'Acknowledge …')
  await tabTo(page, /^What are you doing about it/)
  await page.keyboard.type('the drill is over')
  await press(page, 'Acknowledge')
  await page.getByText('Recorded.').waitFor()
  await page.keyboard.press('Escape')
  assert.equal((await alert())?.state, 'acknowledged')
  await press(page, 'Close with a post-mortem …')
  await tabTo(page, /^Post-mortem/)
  await page.keyboard.type('It was a drill, and the fallback held.')
  await press(page, 'Close it')
  await page.getByText('Recorded.').waitFor()
  await page.keyboard.press('Escape')
  const { incidents: [incident] } = await server.call<{ incidents: { state: string; postMortem: string }[] }>('GET', `/incidents?endpoint=${SHOP}`)
  assert.equal(incident.state, 'closed')
  assert.ok(incident.postMortem.includes('the fallback held'))
  tell('an alert was acknowledged, and its incident closed with words, by keyboard')
}

/** All that was recorded, checked while the tour goes on. */
async function verify(page: Page): Promise<void> {
  await press(page, /^Audit/)
  await press(page, 'Verify …')
  await press(page, 'Verify')
  await page.getByText('Everything is as it was recorded.').waitFor({ timeout: 120_000 })
  assert.ok(await page.getByText(/[\d,]+ checked/).count() > 3, 'it says what was checked, and how much of it')
  await page.keyboard.press('Escape')
  tell('everything was verified from the audit page')
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
