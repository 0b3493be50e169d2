// Features as they are asked for: over HTTP of a running server, or of a home that is opened here.
import type { Row, Value } from '../../../src/core/schema.ts'
import { openFeatureStore } from '../../../src/data/index.ts'
import { openFoundation } from '../../../src/foundation.ts'

/** Values of `view:feature` names for rows of keys: one list a row, as text (null: none). */
export type Ask = (names: readonly string[], keys: Record<string, readonly Value[]>) => Promise<(string | null)[][]>

const AT_ONCE = 2_000

export function askServer(url: string): Ask {
  return async (names, keys) => {
    const columns = Object.keys(keys)
    const rows = keys[columns[0]].length
    const out: (string | null)[][] = []
    for (let from = 0; from < rows; from += AT_ONCE) {
      const entities = Object.fromEntries(columns.map(c => [c, keys[c].slice(from, from + AT_ONCE)]))
      const response = await fetch(`${url}/get-online-features`, { method: 'POST', body: JSON.stringify({ features: names, entities, full_feature_names: true }) })
      if (response.status !== 200) throw new Error(`reading answered ${response.status}: ${await response.text()}`)
      const { results, metadata } = await response.json() as { results: { values: Value[] }[]; metadata: { feature_names: string[] } }
      const places = names.map(name => metadata.feature_names.indexOf(name.replace(':', '__')))
      for (let i = 0; i < Math.min(AT_ONCE, rows - from); i++) out.push(places.map(at => textOf(results[at].values[i])))
    }
    return out
  }
}

/**
 * Opens the features of a home in this process. `forgetful`: what was kept is taken as it is, without the journal after it; a check that finds nothing wrong
 * with that finds nothing.
 */
export async function openHere(home: string, forgetful = false): Promise<{ ask: Ask; close(): Promise<void> }> {
  const foundation = await openFoundation({ home, config: undefined })
  const { journal } = foundation
  const readNothing: typeof journal = new Proxy(journal, {
    get(target, name) {
      if (name === 'read') return async function* none() { /* Nothing was ever pushed. */ }
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) as unknown : value
    },
  })
  const data = await openFeatureStore({ ...foundation, journal: forgetful ? readNothing : journal })
  return {
    async ask(names, keys) {
      const { content } = await data.describe(names.map(n => n.replace(':', '.')))
      const { digest } = await data.prepare(content)
      const columns = Object.keys(keys)
      const rows = keys[columns[0]].map((_, i) => ({ entities: Object.fromEntries(columns.map(c => [c, keys[c][i]])), request: {} as Row, at: Date.now() * 1_000 }))
      return (await data.read(digest, rows)).vectors.map(vector => vector.map(textOf))
    },
    async close() {
      await data.close()
      await foundation.close()
    },
  }
}

function textOf(value: Value): string | null { return value === null ? null : String(value) }
