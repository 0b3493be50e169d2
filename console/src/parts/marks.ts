// What happened, as marks on a time axis.
import type { Revision } from '../api/types.ts'
import type { Mark } from './chart.tsx'

export function releaseMarks(revisions: Revision[]): Mark[] {
  return revisions.map(r => {
    const champion = r.routes.find(x => x.role === 'champion')
    const challenger = r.routes.find(x => x.role === 'challenger')
    const what = r.action === 'rollback' ? `rollback: release ${champion?.number}` : r.action === 'undo' ? `undo: release ${champion?.number}` : r.action === 'promote' ? `promoted: release ${champion?.number}`
      : r.action === 'withdraw' ? 'challenger withdrawn' : challenger !== undefined ? `challenger: release ${challenger.number}` : `release ${champion?.number}`
    return { at: Date.parse(r.since ?? r.at), label: what }
  })
}
