// A feed goes wrong: departures that never were are pushed, and undone. What models and people read is then what it was, byte for byte.
import { createHash } from 'node:crypto'
import type { ChallengeParts } from './challenge.ts'
import { ENDPOINT } from './candidate.ts'

export interface BadFeed {
  /** Departures that never were. */
  pushed: number
  /** Flights whose features were read: before, with the bad feed, and after its undo. */
  rows: number
  moved: boolean
  restored: boolean
  digests: { before: string; bad: string; after: string }
  /** An aircraft, and where it flew last, newest first, as Feast's clients read it. */
  plane: string
  lastFive: string[]
  ledger: number
}

const ROWS = 500
const MINUTE = 60_000_000

/** Features alone are read; nothing is predicted on what was pushed. */
export async function proveUndo({ platform, notebook, actor, step }: ChallengeParts, { url, token }: { url: string; token: string }): Promise<void> {
  const { data, production, clock } = platform
  const proof = await notebook.once<BadFeed>('bad feed', async () => {
    const now = clock.now()
    const flights = (await production.listPredictions({ endpoint: ENDPOINT, limit: ROWS })).map(p => ({ entities: p.entities, request: p.request, at: now }))
    const { digest } = await data.prepare((await data.describe('departure')).content)
    const read = async (): Promise<{ digest: string; position: number }> => {
      const { vectors, asOf } = await data.read(digest, flights)
      return { digest: createHash('sha256').update(JSON.stringify(vectors)).digest('hex'), position: asOf }
    }
    // What an interrupted start had pushed is undone first.
    const { position } = await notebook.once('bad feed begun', async () => ({ position: (await read()).position }))
    const undo = () => data.undo({ to: position, source: 'departures', datasets: [], reason: 'The tour pushed departures that never were.', actor })
    if ((await read()).position > position) await undo()
    const plane = String(flights.find(f => f.entities.plane !== null)!.entities.plane)
    const before = { ...await read(), lastFive: await readLastFive(url, token, plane) }
    const events = flights.map(({ entities }, i) => ({ values: { flight_id: `never-${i}`, departed_at: now - MINUTE - i, origin: entities.origin, carrier: entities.carrier, dest: 'XXX', tailnum: entities.plane, dep_delay: 900 + i } }))
    await data.push('departures', events)
    const bad = { ...await read(), lastFive: await readLastFive(url, token, plane) }
    const undone = await undo()
    const after = { ...await read(), lastFive: await readLastFive(url, token, plane) }
    return {
      pushed: events.length, rows: flights.length, plane, lastFive: after.lastFive, ledger: undone.ledger!,
      moved: bad.digest !== before.digest && bad.lastFive.join() !== before.lastFive.join(), restored: after.digest === before.digest && after.lastFive.join() === before.lastFive.join(),
      digests: { before: before.digest, bad: bad.digest, after: after.digest },
    }
  })
  step(`Undo: ${proof.pushed} departures that never were, pushed and undone: the features of ${proof.rows} flights ${proof.moved ? 'moved' : 'did NOT move'}, and are ${proof.restored ? 'equal byte for byte' : 'NOT equal'} again`)
}

/** Over the route that Feast's clients use. */
async function readLastFive(url: string, token: string, plane: string): Promise<string[]> {
  const response = await fetch(`${url}/get-online-features`, {
    method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ features: ['plane_history:last_five'], entities: { tailnum: [plane] } }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`get-online-features: ${response.status} ${text}`)
  const { results } = JSON.parse(text) as { results: { values: string[][] }[] }
  return results.at(-1)!.values[0]
}
