// What the clients of the kill test push to: two sources of events, one with a key of two columns, and one that is materialized from a dataset.
import { join } from 'node:path'
import { localActor } from '../../../src/core/actor.ts'
import type { ProjectDefinition } from '../../../src/core/definition.ts'
import type { Engine } from '../../../src/core/ports/engine.ts'
import { MINUTE } from '../../../src/core/time.ts'
import { openPlatform } from '../../../src/platform.ts'

export const SENSORS = 2_000
export const READINGS = 60_000

export const PROJECT: ProjectDefinition = {
  name: 'kill-online',
  entities: [
    { name: 'order', key: 'order', type: 'string' }, { name: 'shop', key: 'shop', type: 'string' }, { name: 'item', key: 'item', type: 'int64' }, { name: 'sensor', key: 'sensor', type: 'int64' },
  ],
  datasets: [{ name: 'readings', files: ['readings.parquet'] }],
  sources: [
    { name: 'orders', dataset: 'readings', id: ['order'], eventTime: 'at', columns: [{ name: 'order', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 'shop', type: 'string' }, { name: 'amount', type: 'float64' }, { name: 'version', type: 'int64' }] },
    { name: 'stock', dataset: 'readings', id: ['shop', 'item'], eventTime: 'at', columns: [{ name: 'shop', type: 'string' }, { name: 'item', type: 'int64' }, { name: 'at', type: 'timestamp' }, { name: 'level', type: 'int64' }, { name: 'version', type: 'int64' }] },
    { name: 'readings', dataset: 'readings', id: ['reading'], eventTime: 'at', columns: [{ name: 'reading', type: 'int64' }, { name: 'sensor', type: 'int64' }, { name: 'at', type: 'timestamp' }, { name: 'value', type: 'float64' }] },
  ],
  views: [
    { name: 'order', kind: 'latest', entity: 'order', source: 'orders', features: [{ name: 'version', column: 'version' }, { name: 'amount', column: 'amount' }, { name: 'shop', column: 'shop' }] },
    { name: 'shop', kind: 'aggregate', entity: 'shop', source: 'orders', features: [
      { name: 'orders', aggregate: 'count', window: 'lifetime' }, { name: 'amount', aggregate: 'sum', column: 'amount', window: 'lifetime' }, { name: 'newest', aggregate: 'last', column: 'order', window: 'lifetime' },
    ] },
    { name: 'newest', kind: 'latest', entity: 'shop', source: 'orders', features: [{ name: 'order', column: 'order' }, { name: 'version', column: 'version' }] },
    { name: 'stock', kind: 'latest', entity: ['shop', 'item'], source: 'stock', features: [{ name: 'version', column: 'version' }, { name: 'level', column: 'level' }] },
    { name: 'shelf', kind: 'aggregate', entity: 'shop', source: 'stock', features: [{ name: 'items', aggregate: 'count', window: 'lifetime' }, { name: 'level', aggregate: 'sum', column: 'level', window: 'lifetime' }] },
    { name: 'sensor', kind: 'aggregate', entity: 'sensor', source: 'readings', features: [{ name: 'readings', aggregate: 'count', window: 'lifetime' }, { name: 'value', aggregate: 'sum', column: 'value', window: 'lifetime' }] },
    { name: 'now', kind: 'latest', entity: 'sensor', source: 'readings', features: [{ name: 'reading', column: 'reading' }] },
  ],
  services: [{
    name: 'all', entities: ['order', 'shop', 'item', 'sensor'], request: [],
    features: ['order.version', 'order.amount', 'order.shop', 'shop.orders', 'shop.amount', 'shop.newest', 'newest.order', 'newest.version', 'stock.version', 'stock.level', 'shelf.items', 'shelf.level', 'sensor.readings', 'sensor.value', 'now.reading'],
  }],
  models: [], endpoints: [],
}

/** Reading n is of sensor n modulo `SENSORS`, taken a second after the one before, the last one `MINUTE` ago; its value is n. */
export function readingTime(now: number, n: number): number { return now - MINUTE - (READINGS - 1 - n) * 1_000_000 }

/** Makes the home, with the project applied and the dataset imported. */
export async function makeHome(home: string, folder: string, engine: Engine, now: number): Promise<void> {
  const session = await engine.connect()
  await session.run(`COPY (SELECT n AS reading, n % ${SENSORS} AS sensor, make_timestamptz(${readingTime(now, 0)} + n * 1000000) AS at, n::DOUBLE AS value, 'none' AS "order", 'none' AS shop, 0::DOUBLE AS amount, 0::BIGINT AS version, 0::BIGINT AS item, 0::BIGINT AS level
    FROM range(${READINGS}) t(n)) TO '${join(folder, 'readings.parquet')}' (FORMAT parquet)`)
  await session.close()
  const platform = await openPlatform({ home })
  try { await platform.applyProject({ project: PROJECT, bundles: {}, projectDir: folder, actor: localActor() }) } finally { await platform.close() }
}
