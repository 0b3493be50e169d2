// Appends rows and says what is acknowledged, until it is killed. Use: append-forever.ts DIR group|off
import { join } from 'node:path'
import { systemClock } from '../../src/core/clock.ts'
import { openLog } from '../../src/core/log.ts'
import { tableFromRows } from '../../src/core/table.ts'
import { openJournal, type Stream } from '../../src/store/index.ts'

const [dir, sync] = process.argv.slice(2)
const stream: Stream = { name: 'event/test', columns: [{ name: 'n', type: 'int64' }, { name: 'text', type: 'string' }] }
const journal = await openJournal({
  dir: join(dir, 'journal'), segmentsDir: join(dir, 'segments'), sync: sync as 'group' | 'off', segmentRows: 10_000_000, segmentSeconds: 86_400, pendingBytes: 1 << 26,
  clock: systemClock, log: openLog({ level: 'silent' }),
})
for (let n = 0; ; n++) {
  const { last } = journal.append(stream, tableFromRows(stream.columns, [{ n, text: 'x'.repeat(n % 300) }]))
  await journal.waitDurable(last)
  process.stdout.write(`acknowledged ${last}\n`)
}
