// Turns of the answer for keys where the latest row was replaced: one sweep over what enters and leaves, with the best row that is there on top of a heap.
import type { EngineSession } from '../../core/ports/engine.ts'
import { tableRows, type ColumnData } from '../../core/table.ts'

/** Later than any time. */
export const NEVER = Number.MAX_SAFE_INTEGER
/** Rows of the engine that are swept, and turns that are handed back, at once. */
const CHUNK = 100_000

/**
 * Creates the temporary table `out` (the columns of `names`, `at`, `until`, `late`, `row`) with the turns of every key of which a row of `answers` was replaced
 * before it had to give way; false, and no table, when there is none. A key whose rows never answer has none either.
 * @param names the columns of the key, as a list
 */
export async function createTurns(session: EngineSession, out: string, names: string, { versions, answers }: { versions: string; answers: string }): Promise<boolean> {
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_keys AS SELECT row_number() OVER () - 1 AS g, * FROM (SELECT DISTINCT ${names} FROM ${answers} WHERE superseded < until)`)
  const [{ keys }] = tableRows(await session.query(`SELECT count(*) AS keys FROM ${out}_keys`))
  if (keys === 0) {
    await session.run(`DROP TABLE ${out}_keys`)
    return false
  }
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out}_moves AS SELECT row_number() OVER (ORDER BY g, "at") - 1 AS p, * FROM (
      SELECT g, "at", coalesce(superseded, ${NEVER}) AS leaves, row_number() OVER (PARTITION BY g ORDER BY "time", known, "row") AS rank, "row", "time" FROM (${versions}) JOIN ${out}_keys USING (${names})) ORDER BY p;
    CREATE OR REPLACE TEMP TABLE ${out}_found (g BIGINT, "at" BIGINT, until BIGINT, "row" BIGINT)`)
  const sweep = new Sweep()
  const flush = async (least: number): Promise<void> => {
    if (sweep.turns < least) return
    const columns = sweep.take()
    await session.load(`${out}_some`, { rows: columns[0].length, schema: ['g', 'at', 'until', 'row'].map(name => ({ name, type: 'int64' as const })), columns: columns.map(values => ({ type: 'int64' as const, values })) })
    await session.run(`INSERT INTO ${out}_found SELECT * FROM ${out}_some; DROP TABLE ${out}_some`)
  }
  for (let from = 0; ; from += CHUNK) {
    const moves = await session.query(`SELECT g, "at", leaves, rank, "row" FROM ${out}_moves WHERE p >= ${from} AND p < ${from + CHUNK} ORDER BY p`)
    const [g, at, leaves, rank, row] = moves.columns.map(integers)
    for (let i = 0; i < moves.rows; i++) sweep.enter(Number(g[i]), Number(at[i]), Number(leaves[i]), Number(rank[i]), row[i])
    if (moves.rows < CHUNK) break
    await flush(CHUNK)
  }
  sweep.finish()
  await flush(1)
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS SELECT ${names}, f."at", f.until, f."at" - m."time" AS late, f."row" FROM ${out}_found AS f JOIN ${out}_keys USING (g) JOIN ${out}_moves AS m ON m."row" = f."row";
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
  /** Who answers, and since when. */
  #answer: Present | null = null
  #since = 0
  #turns: [key: number, at: number, until: number, row: bigint][] = []

  get turns(): number { return this.#turns.length }

  enter(key: number, at: number, leaves: number, rank: number, row: bigint): void {
    if (key !== this.#key) {
      this.finish()
      this.#key = key
    } else if (at > this.#now) this.#until(at)
    this.#now = at
    const best = this.#heap[0]
    // Never on top: the best has a higher rank and stays at least as long.
    if (best !== undefined && best.rank > rank && best.leaves >= leaves) return
    push(this.#heap, { leaves, rank, row })
  }

  /** All turns of the key. */
  finish(): void {
    if (this.#key >= 0) {
      this.#until(NEVER)
      this.#turn(null, NEVER)
    }
    this.#key = -1
    this.#heap = []
  }

  /** Key, from, until and row of the turns so far. */
  take(): BigInt64Array[] {
    const turns = this.#turns
    this.#turns = []
    return [0, 1, 2, 3].map(k => BigInt64Array.from(turns, t => BigInt(t[k])))
  }

  /** Turns from the present moment to before `end`. */
  #until(end: number): void {
    for (let moment = this.#now; moment < end; ) {
      while (this.#heap.length > 0 && this.#heap[0].leaves <= moment) pop(this.#heap)
      const best = this.#heap.length > 0 ? this.#heap[0] : null
      this.#turn(best, moment)
      if (best === null) return
      moment = best.leaves
    }
  }

  #turn(to: Present | null, moment: number): void {
    if (to === this.#answer) return
    if (this.#answer !== null) this.#turns.push([this.#key, this.#since, moment, this.#answer.row])
    this.#answer = to
    this.#since = moment
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
