import type { Micros } from '../../core/time.ts'
import type { LocalJournal } from '../../store/index.ts'

/** The last position whose row was recorded before `time` (of the wall clock); 0 when none was. */
export async function positionBefore(journal: Pick<LocalJournal, 'get' | 'position'>, time: Micros): Promise<number> {
  let low = 0
  let high = journal.position
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    const row = await journal.get(middle)
    if (row !== null && row.recordedAt < time) low = middle
    else high = middle - 1
  }
  return low
}
