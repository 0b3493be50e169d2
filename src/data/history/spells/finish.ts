// Values that only JavaScript can make, a portion of the examples at a time.
import type { EngineSession } from '../../../core/ports/engine.ts'
import type { ColumnType, Value } from '../../../core/schema.ts'
import { emptyColumn, getValue, setValue, tableRows } from '../../../core/table.ts'
import { SQL_TYPE } from '../../sql.ts'
import { lastValuesText } from '../../meaning/last-values.ts'

/** A column that is computed out of others of a table. */
export interface Computed { name: string; type: ColumnType; columns: string[]; compute: (values: Value[]) => Value }

/** A column of last values; `select` gives for the examples with `n` in [from, to) their `n` and `value`, by n, then the newest first. */
export interface Listed { name: string; select: (from: number, to: number) => Promise<string> }

const PORTION = 100_000

/** Creates the table `out`: `n`, the columns `kept` of the table `wide`, and those that are made of it; drops `wide`. */
export async function finish(session: EngineSession, out: string, wide: string, kept: readonly string[], computed: readonly Computed[], listed: readonly Listed[]): Promise<void> {
  const made = [...computed.map(({ name, type }) => ({ name, type })), ...listed.map(({ name }) => ({ name, type: 'string' as const }))]
  const keep = ['n', ...kept].join(', ')
  await session.run(`CREATE OR REPLACE TEMP TABLE ${out} AS SELECT ${keep}, ${made.map(c => `NULL::${SQL_TYPE[c.type]} AS ${c.name}`).join(', ')} FROM ${wide} LIMIT 0`)
  const [{ first, last }] = tableRows(await session.query(`SELECT min(n) AS first, max(n) AS last FROM ${wide}`))
  const needed = [...new Set(computed.flatMap(c => c.columns))]
  const end = last === null ? -1 : Number(last)
  for (let from = Number(first ?? 0); from <= end; from += PORTION) {
    const some = await session.query(`SELECT n${needed.map(c => `, ${c}`).join('')} FROM ${wide} WHERE n >= ${from} AND n < ${from + PORTION} ORDER BY n`)
    if (some.rows === 0) continue
    const columns = made.map(c => emptyColumn(c.type, some.rows))
    computed.forEach(({ columns: names, compute }, k) => {
      const inputs = names.map(name => some.columns[1 + needed.indexOf(name)])
      for (let i = 0; i < some.rows; i++) setValue(columns[k], i, compute(inputs.map(c => getValue(c, i))))
    })
    for (const [k, { select }] of listed.entries()) {
      const values = await session.query(await select(from, from + PORTION))
      let at = 0
      for (let i = 0; i < some.rows; i++) {
        const list: Value[] = []
        for (; at < values.rows && values.columns[0].values[at] === some.columns[0].values[i]; at++) list.push(getValue(values.columns[1], at))
        setValue(columns[computed.length + k], i, lastValuesText(list))
      }
    }
    await session.load(`${out}_made`, { rows: some.rows, schema: [{ name: 'n', type: 'int64' }, ...made], columns: [some.columns[0], ...columns] })
    await session.run(`INSERT INTO ${out} SELECT ${['w.n', ...kept.map(c => `w.${c}`), ...made.map(c => `d.${c.name}`)].join(', ')} FROM ${wide} AS w JOIN ${out}_made AS d USING (n) ORDER BY n; DROP TABLE ${out}_made`)
  }
  await session.run(`DROP TABLE ${wide}`)
}
