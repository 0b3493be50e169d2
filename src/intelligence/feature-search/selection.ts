// Which candidates are worth having: promising in the early rows, more than noise on the later ones, and still so beside those that were kept before.
import type { PairedAuc } from '../../core/statistics/auc.ts'
import { qValues } from '../../core/statistics/false-discovery.ts'
import { normalCdf } from '../../core/statistics/normal.ts'
import type { Scores, Workbench } from './workbench.ts'

/** False discoveries among those that pass, at most this share in expectation. */
export const FALSE_DISCOVERY_RATE = 0.05
/** One-sided level at which what passed must add something beside those that were kept: as a column on top of their scores, and to a committee that reads it. */
const LEVEL = 0.05
/** As many of the most promising are tested on the later rows: the more are tested, the more a gain must be. */
const TESTED = 40
/** Columns that say nothing, among those that are tested: a candidate must gain more than each. */
const PROBES = 5

/** A gain in AUC with its one-sided p-value. */
export interface Gain { value: number; standardError: number; pValue: number }

/** weak: nothing to see in the early rows. noise on the later ones. redundant: nothing beside what was kept. limit: enough were kept. */
export type Verdict = 'survived' | 'weak' | 'noise' | 'redundant' | 'limit'

export interface Selected {
  verdict: Verdict
  detail: string
  early: Gain
  /** On the later rows beside the existing features alone; null where it was not tested. */
  later: Gain | null
  /** Of `later`, among all that were tested. */
  qValue: number | null
  /** Of a survivor: the committee of all survivors against the one without it. */
  beside: Gain | null
}

export interface SelectionProgress { step: 'screen' | 'choose' | 'check'; done: number; of: number }

/**
 * @param existing columns of the features that are read already
 * @param candidates columns in the order of the grid, and their names
 */
export function selectCandidates(bench: Workbench, existing: readonly number[], candidates: readonly { column: number; name: string }[], limit: number, report: (progress: SelectionProgress) => void): Selected[] {
  const base = bench.scoresOf(existing)
  const out = candidates.map((c, i): Selected => {
    report({ step: 'screen', done: i, of: candidates.length })
    const early = gainOf(bench.earlyGain(c.column, base))
    return { verdict: 'weak', detail: `gains ${show(early.value)} within the early rows${early.value > 0 ? ', less than others' : ''}`, early, later: null, qValue: null, beside: null }
  })
  const tested = out.map((_, i) => i).filter(i => out[i].early.value > 0).sort((a, b) => out[a].early.pValue - out[b].early.pValue || a - b).slice(0, TESTED)
  if (tested.length === 0) return out
  const probes = Array.from({ length: PROBES }, (_, i) => bench.shuffle(candidates[tested[i % tested.length]].column))

  const { gains, bar } = testAll(bench, base, tested.map(i => candidates[i].column), probes)
  const q = qValues(gains.map(g => g.pValue))
  tested.forEach((i, k) => {
    const passed = q[k] <= FALSE_DISCOVERY_RATE && gains[k].value > bar
    Object.assign(out[i], { later: gains[k], qValue: q[k], verdict: passed ? 'redundant' : 'noise' })
    out[i].detail = `gains ${show(gains[k].value)} on the later rows (p ${p(gains[k].pValue)}, q ${p(q[k])} of ${tested.length} tested)`
  })

  const pool = tested.filter(i => out[i].verdict === 'redundant')
  const kept = chooseForward(bench, base, existing, candidates, out, pool, probes, limit, report)
  checkBackward(bench, existing, candidates, out, kept, report)
  return out
}

/** Adds the best of what passes beside those kept, one at a time, as long as a committee that reads it is better for it. */
function chooseForward(bench: Workbench, base: Scores, existing: readonly number[], candidates: readonly { column: number; name: string }[], out: Selected[], passed: readonly number[], probes: readonly number[], limit: number, report: (progress: SelectionProgress) => void): number[] {
  const kept: number[] = []
  let pool = [...passed]
  let scores = base
  for (let done = 0; pool.length > 0; done++) {
    report({ step: 'choose', done, of: done + pool.length })
    const { gains, bar } = testAll(bench, scores, pool.map(i => candidates[i].column), probes)
    const adds = (k: number): boolean => gains[k].pValue <= LEVEL && gains[k].value > bar
    const [best] = pool.map((_, k) => k).filter(adds).sort((a, b) => gains[a].pValue - gains[b].pValue || gains[b].value - gains[a].value || a - b)
    if (best === undefined) {
      pool.forEach((i, k) => { out[i].detail = `adds ${show(gains[k].value)} (p ${p(gains[k].pValue)}) beside ${names(candidates, kept)}` })
      break
    }
    const i = pool[best]
    if (kept.length === limit) {
      pool.forEach((j, k) => {
        const added = `adds ${show(gains[k].value)} (p ${p(gains[k].pValue)}) beside those kept`
        Object.assign(out[j], adds(k) ? { verdict: 'limit', detail: `${added}, and ${limit} were asked for` } : { detail: `${added}` })
      })
      break
    }
    const withIt = bench.scoresOf([...existing, ...kept.map(k => candidates[k].column), candidates[i].column])
    const gain = gainOf(bench.compare(withIt, scores))
    pool = pool.filter(j => j !== i)
    if (gain.pValue <= LEVEL) { kept.push(i); scores = withIt } else out[i].detail = `a model that reads it gains ${show(gain.value)} (p ${p(gain.pValue)})${kept.length === 0 ? '' : ` beside ${names(candidates, kept)}`}`
  }
  return kept
}

/** Of those kept, the ones that later ones made needless go. */
function checkBackward(bench: Workbench, existing: readonly number[], candidates: readonly { column: number; name: string }[], out: Selected[], chosen: readonly number[], report: (progress: SelectionProgress) => void): void {
  let kept = [...chosen]
  const scoresOf = (indexes: readonly number[]): Scores => bench.scoresOf([...existing, ...indexes.map(i => candidates[i].column)])
  for (let done = 0; kept.length > 0; done++) {
    report({ step: 'check', done, of: chosen.length })
    const all = scoresOf(kept)
    const beside = kept.map(i => gainOf(bench.compare(all, scoresOf(kept.filter(j => j !== i)))))
    const worst = beside.map((_, k) => k).filter(k => beside[k].value <= 0).sort((a, b) => beside[a].value - beside[b].value || b - a)[0]
    if (worst === undefined) {
      kept.forEach((i, k) => { Object.assign(out[i], { verdict: 'survived', detail: `without it ${show(-beside[k].value)}`, beside: beside[k] }) })
      return
    }
    const i = kept[worst]
    kept = kept.filter(j => j !== i)
    out[i].detail = `adds nothing beside ${names(candidates, kept)}`
  }
}

/** What each column adds to the scores; `bar` is the most that a probe adds. */
function testAll(bench: Workbench, scores: Scores, columns: readonly number[], probes: readonly number[]): { gains: Gain[]; bar: number } {
  return { gains: columns.map(c => gainOf(bench.laterGain(c, scores))), bar: Math.max(0, ...probes.map(c => bench.laterGain(c, scores).difference)) }
}

export function gainOf({ difference, standardError, z }: PairedAuc): Gain { return { value: difference, standardError, pValue: difference === 0 ? 1 : normalCdf(-z) } }

function names(candidates: readonly { name: string }[], indexes: readonly number[]): string {
  if (indexes.length > 2) return `the ${indexes.length} that were kept`
  return indexes.map(i => candidates[i].name).join(' and ') || 'the existing features'
}

function show(gain: number): string { return `${gain < 0 ? '−' : '+'}${Math.abs(gain).toFixed(4)} AUC` }

function p(value: number): string { return value < 0.0001 ? '< 0.0001' : value.toPrecision(2) }
