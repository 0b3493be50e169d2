// Turns of the answer for keys where the latest row was replaced: one sweep over what enters and leaves, with the best row that is there on top of a heap.
import type { EngineSession } from '../../core/ports/engine.ts'
import type { ColumnData } from '../../core/table.ts'
import { tableRows } from '../../core/table.ts'

/** Rows of the engine that are swept, and turns that are handed back, at once. */
const CHUNK = 100_000
const NEVER = Number.MAX_SAFE_INTEGER

/**
 * Creates the temporary table `out` with the turns of every key of which a row of `answers` was replaced before the next one entered; false, and no table,
 * when there is none.
 * @param names the columns of the key
 */
export async function createTurns(session: EngineSession, out: string, names: readonly string[], { versions, answers, valid }: { versions: string; answers: string; valid: string }): Promise<boolean> {
  const key = names.join(', ')
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_keys AS SELECT row_number() OVER () - 1 AS g, * FROM (
    SELECT DISTINCT ${key} FROM (SELECT ${key}, superseded, lead(enters) OVER (PARTITION BY ${key} ORDER BY enters) AS until FROM ${answers}) WHERE superseded < coalesce(until, ${NEVER}))`)
  const [{ keys }] = tableRows(await session.query(`SELECT count(*) AS keys FROM ${out}_keys`))
  if (keys === 0) {
    await session.run(`DROP TABLE ${out}_keys`)
    return false
  }
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_moves AS SELECT row_number() OVER (ORDER BY g, enters) - 1 AS p, * FROM (
      SELECT g, enters, coalesce(superseded, ${NEVER}) AS leaves, row_number() OVER (PARTITION BY g ORDER BY "time", known, "row") AS rank, "row" FROM ${versions} JOIN ${out}_keys USING (${key}) WHERE ${valid}) ORDER BY p;
    CREATE OR REPLACE TEMP TABLE ${out}_found (g BIGINT, "at" BIGINT, "row" BIGINT)`)
  const sweep = new Sweep()
  const flush = async (least: number): Promise<void> => {
    if (sweep.turns < least) return
    const { g, at, row, valid } = sweep.take()
    const [int64, rows] = ['int64' as const, g.length]
    await session.load(`${out}_some`, { rows, schema: ['g', 'at', 'row'].map(name => ({ name, type: int64 })), columns: [{ type: int64, values: g }, { type: int64, values: at }, { type: int64, values: row, valid }] })
    await session.run(`INSERT INTO ${out}_found SELECT * FROM ${out}_some; DROP TABLE ${out}_some`)
  }
  for (let from = 0; ; from += CHUNK) {
    const moves = await session.query(`SELECT g, enters, leaves, rank, "row" FROM ${out}_moves WHERE p >= ${from} AND p < ${from + CHUNK} ORDER BY p`)
    const [g, enters, leaves, rank, row] = moves.columns.map(integers)
    for (let i = 0; i < moves.rows; i++) sweep.enter(Number(g[i]), Number(enters[i]), Number(leaves[i]), Number(rank[i]), row[i])
    if (moves.rows < CHUNK) break
    await flush(CHUNK)
  }
  sweep.finish()
  await flush(1)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS SELECT ${key}, "at", "row" FROM ${out}_found JOIN ${out}_keys USING (g);
    DROP TABLE ${out}_found; DROP TABLE ${out}_moves; DROP TABLE ${out}_keys`)
  return true
}

function integers(column: ColumnData): BigInt64Array { return column.values as BigInt64Array }

interface Present { leaves: number; rank: number; row: bigint }

/** Takes rows by key and moment of entry; of each key, the row of the highest rank among those present answers. */
class Sweep {
  #key = -1
  /** Moment of the rows that are entering. */
  #now = 0
  /** The highest rank on top; what has left is dropped when it comes up. */
  #heap: Present[] = []
  /** Who answers since the last turn: undefined before any, null for nobody. */
  #answer: bigint | null | undefined
  #out: { g: number[]; at: number[]; row: (bigint | null)[] } = { g: [], at: [], row: [] }

  get turns(): number { return this.#out.g.length }

  enter(key: number, enters: number, leaves: number, rank: number, row: bigint): void {
    if (key !== this.#key) {
      this.finish()
      this.#key = key
    } else if (enters > this.#now) this.#until(enters)
    this.#now = enters
    const best = this.#heap[0]
    // Never on top: the best has a higher rank and stays at least as long.
    if (best !== undefined && best.rank > rank && best.leaves >= leaves) return
    push(this.#heap, { leaves, rank, row })
  }

  /** All turns of the key. */
  finish(): void {
    if (this.#key >= 0) this.#until(NEVER)
    this.#key = -1
    this.#heap = []
    this.#answer = undefined
  }

  take(): { g: BigInt64Array; at: BigInt64Array; row: BigInt64Array; valid: Uint8Array } {
    const { g, at, row } = this.#out
    this.#out = { g: [], at: [], row: [] }
    return { g: BigInt64Array.from(g, BigInt), at: BigInt64Array.from(at, BigInt), row: BigInt64Array.from(row, r => r ?? 0n), valid: Uint8Array.from(row, r => (r === null ? 0 : 1)) }
  }

  /** Turns from the present moment to before `end`. */
  #until(end: number): void {
    for (let moment = this.#now; moment < end; ) {
      while (this.#heap.length > 0 && this.#heap[0].leaves <= moment) pop(this.#heap)
      const best = this.#heap.length > 0 ? this.#heap[0] : null
      const answer = best?.row ?? null
      if (answer !== this.#answer) {
        this.#answer = answer
        this.#out.g.push(this.#key)
        this.#out.at.push(moment)
        this.#out.row.push(answer)
      }
      if (best === null) return
      moment = best.leaves
    }
  }
}

function push(heap: Present[], item: Present): void {
  let i = heap.push(item) - 1
  while (i > 0) {
    const parent = (i - 1) >> 1
    if (heap[parent].rank >= item.rank) break
    heap[i] = heap[parent]
    i = parent
  }
  heap[i] = item
}

function pop(heap: Present[]): void {
  const last = heap.pop() as Present
  if (heap.length === 0) return
  let i = 0
  for (let child = 1; child < heap.length; child = 2 * i + 1) {
    if (child + 1 < heap.length && heap[child + 1].rank > heap[child].rank) child++
    if (heap[child].rank <= last.rank) break
    heap[i] = heap[child]
    i = child
  }
  heap[i] = last
}
