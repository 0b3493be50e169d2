import type { FeatureSearch, FeatureSearchCandidate } from '../intelligence/index.ts'
import { alignRows, type Terminal } from './terminal.ts'
import type { Wire } from './wire.ts'

type Found = Wire<FeatureSearch>

const WORDS: Record<NonNullable<FeatureSearchCandidate['reason']>, string> = {
  known: 'read already', missing: 'mostly missing', constant: 'nearly constant', duplicate: 'equal to another', correlated: 'nearly equal to another',
  weak: 'not promising in the early rows', noise: 'no more than chance', redundant: 'needless beside those kept', limit: 'over the limit',
}

/** Of those that were tested and dropped, the nearest. */
const SHOWN = 12

/** What became of the candidates: survivors with their gain, what was tested, and how many fell why; with `all`, each of them. */
export function showFeatureSearch(found: Found, t: Terminal, { all }: { all: boolean }): void {
  const { candidates, slices, judgement } = found
  const n = (count: number): string => count.toLocaleString('en')
  t.print(`${t.bold(found.model)}: ${n(candidates.length)} candidates on ${n(found.rows)} of ${n(found.examples)} examples${found.leftOut > 0 ? t.dim(`; ${n(found.leftOut)} more were left out (--most)`) : ''}`)
  for (const note of found.notes) t.print(`  ${t.warn('!')} ${note}`)
  t.print()
  const survivors = found.features.map(name => candidates.find(c => c.name === name)).filter(c => c !== undefined)
  if (survivors.length === 0) t.print(`${t.warn('–')} Nothing survived: no candidate is shown to improve the model by more than chance.`)
  else {
    t.print(t.bold(`Survivors`))
    for (const line of alignRows(survivors.map(c => [t.good(c.name), signed(c.gain?.value ?? 0), t.dim(c.text)]), { indent: '  ' })) t.print(line)
    t.print(t.dim('  AUC that is lost on the later rows without each'))
  }
  const dropped = candidates.filter(c => c.reason !== null)
  const listed = all ? dropped : dropped.filter(c => c.later !== null).sort((a, b) => (a.later?.pValue ?? 1) - (b.later?.pValue ?? 1)).slice(0, SHOWN)
  if (listed.length > 0) {
    t.print()
    t.print(t.bold(all ? 'Dropped' : 'Tested on the later rows and dropped'))
    for (const line of alignRows(listed.map(c => [c.name, WORDS[c.reason ?? 'weak'], t.dim(c.detail)]), { indent: '  ' })) t.print(line)
  }
  const counts = Object.entries(WORDS).map(([reason, words]) => [candidates.filter(c => c.reason === reason && !listed.includes(c)).length, words] as const).filter(([count]) => count > 0)
  if (counts.length > 0) t.print(`${listed.length > 0 ? '' : '\n'}  ${t.dim(`and ${counts.map(([count, words]) => `${n(count)} ${words}`).join(', ')} (--all shows each)`)}`)
  t.print()
  t.print(t.dim(`  early ${slices.early.from} to ${slices.early.to}, ${n(slices.early.rows)} rows; later to ${slices.later.to}, ${n(slices.later.rows)}; last to ${slices.last.to}, ${n(slices.last.rows)}`))
  if (judgement !== null) {
    const estimate = (e: { value: number; low: number; high: number }, show = (v: number): string => v.toFixed(4)): string => `${show(e.value)} (${show(e.low)} to ${show(e.high)})`
    const shown = judgement.difference.low > 0 ? t.good('✓') : t.warn('–')
    t.print(`${shown} On the last rows, which chose nothing: AUC ${estimate(judgement.before)} before, ${estimate(judgement.after)} with the survivors`)
    t.print(`  difference ${t.bold(estimate(judgement.difference, signed))}, ${judgement.learner.name}, ${n(judgement.rows)} rows, ${n(judgement.positives)} positive${judgement.difference.low > 0 ? '' : ': the interval holds zero, so no gain is shown'}`)
  }
  t.print(t.dim(`  ${((found.durations.grid + found.durations.selection) / 1e6).toFixed(1)} s; ledger entry ${found.ledger}; seed ${found.seed}`))
}

function signed(value: number): string { return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}` }
