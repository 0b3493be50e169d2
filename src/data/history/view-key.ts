// The key of a view, one value of one or several columns, in the rows of its source and in the examples.
import type { EngineSession } from '../../core/ports/engine.ts'
import { keySql } from '../entity-key.ts'
import type { CompiledService, ViewPlan } from '../compiled-service.ts'
import { valueColumn } from '../source.ts'

/** Over a table with `v.<column>`, such as a source's; `alias` ends with a dot. Null where a part is. */
export function rowKeySql({ keys, entities }: Pick<ViewPlan, 'keys' | 'entities'>, alias = ''): string {
  return keySql(keys.map((key, i) => ({ sql: `${alias}${valueColumn(key)}`, type: entities[i].type })))
}

/**
 * The column of `examples` that holds each view's key: `e<i>` of its entity; of several entities together a column that this adds.
 * @param service whose entities are `e0`, `e1`, … of `examples`
 */
export async function addExampleKeys(session: EngineSession, { content, views }: Pick<CompiledService, 'content' | 'views'>): Promise<(view: Pick<ViewPlan, 'entities'>) => string> {
  const columnsOf = (view: Pick<ViewPlan, 'entities'>): string[] => view.entities.map(e => `e${content.service.entities.indexOf(e.name)}`)
  const nameOf = (columns: readonly string[]): string => (columns.length === 1 ? columns[0] : `k_${columns.join('_')}`)
  const added = new Set<string>()
  for (const view of views) {
    const columns = columnsOf(view)
    const name = nameOf(columns)
    if (columns.length === 1 || added.has(name)) continue
    added.add(name)
    await session.run(`ALTER TABLE examples ADD COLUMN ${name} VARCHAR; UPDATE examples SET ${name} = ${keySql(columns.map((sql, i) => ({ sql, type: view.entities[i].type })))}`)
  }
  return view => nameOf(columnsOf(view))
}
