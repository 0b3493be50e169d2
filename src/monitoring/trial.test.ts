import { describe, expect, it } from 'vitest'
import type { TrialPolicy } from '../core/definition.ts'
import type { ServedRelease } from '../core/ports/predictions.ts'
import { DAY, HOUR, type Micros } from '../core/time.ts'
import { at, FakePredictions, seeded, type FakeRow } from './monitoring.fixture.ts'
import { compareArms, reportTrial, type ArmRows } from './trial.ts'

const START = at('2013-06-01')
const POLICY: TrialPolicy = { share: 0.5, length: '28d', margin: 0.005 }

const served = (number: number, role: ServedRelease['role'], share: number, since: Micros, until: Micros | null = null): ServedRelease =>
  ({ id: `e@${String(number).padStart(6, '0')}`, number, model: 'late', modelVersion: number, contentDigest: 'c'.repeat(64), trainingSet: 'd'.repeat(64), role, share, since, until, revision: number, action: 'deploy' })

/** Predictions an hour apart or less; each arm's error is how far its outputs lie from the chance that the outcome has. */
function rowsOf(count: number, error: { champion: number; challenger: number }, seed: number, share = 0.5): FakeRow[] {
  const random = seeded(seed)
  return Array.from({ length: count }, (_, i) => {
    const chance = 0.1 + 0.8 * random()
    const challenger = random() < share
    const off = challenger ? error.challenger : error.champion
    return { time: START + i * HOUR / 8, output: Math.min(1, Math.max(0, chance + off * (random() < 0.5 ? -1 : 1))), label: random() < chance ? 1 : 0, role: challenger ? 'challenger' : 'champion', release: challenger ? 2 : 1 }
  })
}

const trialOf = (rows: FakeRow[], options: { now?: Micros; policy?: TrialPolicy; releases?: ServedRelease[] } = {}): ReturnType<typeof reportTrial> => {
  const predictions = new FakePredictions()
  predictions.rows = rows
  predictions.releases = options.releases ?? [served(1, 'champion', 1, START - 30 * DAY, START), served(1, 'champion', 0.5, START), served(2, 'challenger', 0.5, START)]
  return reportTrial(predictions, { endpoint: 'e', label: 'late', policy: 'policy' in options ? options.policy : POLICY, now: options.now ?? START + 20 * DAY })
}

describe('a trial', () => {
  it('says that a better challenger is better, once it is certain', async () => {
    const rows = rowsOf(3_840, { champion: 0.3, challenger: 0 }, 1)
    const early = await trialOf(rows, { now: START + DAY / 2 })
    expect(early).toMatchObject({ verdict: 'continue', difference: { low: -1, high: 1 }, aucDifference: null })
    const late = await trialOf(rows)
    expect(late).toMatchObject({ verdict: 'swap', champion: { release: 'e@000001', share: 0.5 }, challenger: { release: 'e@000002' }, from: START, ends: START + 28 * DAY, sampleRatio: { expected: 0.5, warning: false } })
    expect(late.difference.high).toBeLessThan(0)
    expect(late.aucDifference!.value).toBeGreaterThan(0)
    expect(late.champion.predictions + late.challenger.predictions).toBe(3_840)
    expect(late.reason).toMatch(/^e@000002 is better for certain: Brier difference -0\.0\d{3} \(-0\.\d{4} to -0\.\d{4}\) on [\d,]+ and [\d,]+ outcomes\.$/)
  })

  it('keeps the champion against a worse one', async () => {
    expect(await trialOf(rowsOf(3_840, { champion: 0, challenger: 0.3 }, 2))).toMatchObject({ verdict: 'keep', reason: expect.stringContaining('worse for certain') as string })
  })

  it('ends by the margin: not worse takes over, maybe worse does not', async () => {
    const rows = rowsOf(5_000, { champion: 0.1, challenger: 0.1 }, 3)
    expect(await trialOf(rows)).toMatchObject({ verdict: 'continue', reason: expect.stringContaining('goes on to 2013-06-29T00:00:00Z') as string })
    const now = START + 28 * DAY
    expect(await trialOf(rows, { now, policy: { ...POLICY, margin: 0.1 } })).toMatchObject({ verdict: 'swap', reason: expect.stringContaining('not worse than the margin of 0.1') as string })
    expect(await trialOf(rows, { now, policy: { ...POLICY, margin: 0.0001 } })).toMatchObject({ verdict: 'keep', reason: expect.stringContaining('may be worse than the margin of 0.0001') as string })
    expect(await trialOf(rows, { now, policy: undefined })).toMatchObject({ margin: 0.002, alpha: 0.05, ends: now })
  })

  it('leaves fallback answers out and counts them, and judges nothing on a split that was not asked for', async () => {
    const rows = rowsOf(2_000, { champion: 0, challenger: 0.3 }, 4, 0.4)
    const trial = await trialOf(rows)
    expect(trial).toMatchObject({ verdict: 'continue', sampleRatio: { warning: true } })
    expect(trial.reason).toContain('the arms cannot be compared')
    const fallen = rowsOf(2_000, { champion: 0, challenger: 0 }, 5).map((r, i): FakeRow => (i % 10 === 0 ? { ...r, fallback: 'rule', output: 0.99 } : r))
    const left = await trialOf(fallen)
    expect(left.champion.fallback + left.challenger.fallback).toBe(200)
    expect(left.champion.predictions + left.challenger.predictions).toBe(1_800)
    expect(left.sampleRatio.warning).toBe(false)
  })

  it('reports the last one when it is over, and only what was in it', async () => {
    const end = START + 10 * DAY
    const releases = [served(1, 'champion', 0.5, START, end), served(2, 'challenger', 0.5, START, end), served(2, 'champion', 1, end)]
    const after: FakeRow[] = [{ time: end + 1, output: 0.5, label: 1, release: 2 }]
    const trial = await trialOf([...rowsOf(1_920, { champion: 0.3, challenger: 0 }, 6), ...after], { releases })
    expect(trial.champion.predictions + trial.challenger.predictions).toBe(1_920)
    expect(trial.champion.release).toBe('e@000001')
  })

  it('needs a challenger', async () => {
    await expect(trialOf([], { releases: [served(1, 'champion', 1, START)] })).rejects.toMatchObject({ code: 'not_found', remedy: expect.stringContaining('--role challenger') as string })
    expect(await trialOf([])).toMatchObject({ verdict: 'continue', difference: { value: 0, low: -1, high: 1 }, champion: { labelled: 0, brier: null, auc: null }, sampleRatio: { pValue: 1 } })
  })
})

describe('watched all the time', () => {
  it('two equal arms are rarely told apart: at most the level, over all looks', () => {
    const runs = 200
    const random = seeded(7)
    let wrong = 0
    let wrongAuc = 0
    let fixed = 0
    for (let run = 0; run < runs; run++) {
      const arms = [0, 1].map((): ArmRows => ({ release: 'r', share: 0.5, predictions: 0, fallback: 0, meanOutput: null, scores: new Float64Array(1_600), truth: new Uint8Array(1_600) }))
      for (const { scores, truth } of arms) for (let i = 0; i < 1_600; i++) { scores[i] = random(); truth[i] = random() < scores[i] ? 1 : 0 }
      let excluded = false
      let excludedAuc = false
      let once = false
      for (let n = 200; n <= 1_600; n += 200) {
        const [champion, challenger] = arms.map(a => ({ ...a, predictions: n, scores: a.scores.subarray(0, n), truth: a.truth.subarray(0, n) }))
        const { difference, aucDifference } = compareArms(champion, challenger, 0.05)
        excluded ||= difference.low > 0 || difference.high < 0
        excludedAuc ||= aucDifference!.low > 0 || aucDifference!.high < 0
        // What an interval for one look would have said: the usual two standard errors.
        const errors = [champion, challenger].map(a => a.scores.map((p, i) => (p - a.truth[i]) ** 2))
        const se = Math.sqrt(errors.reduce((sum, e) => { const m = e.reduce((s, x) => s + x, 0) / n; return sum + e.reduce((s, x) => s + (x - m) ** 2, 0) / (n - 1) / n }, 0))
        once ||= Math.abs(difference.value) > 1.96 * se
      }
      if (excluded) wrong++
      if (excludedAuc) wrongAuc++
      if (once) fixed++
    }
    // Three standard errors of a share of 5 % over this many runs.
    const most = 0.05 + 3 * Math.sqrt(0.05 * 0.95 / runs)
    expect(wrong / runs).toBeLessThanOrEqual(most)
    expect(wrongAuc / runs).toBeLessThanOrEqual(most)
    // The same looks with intervals that are made for one look are wrong far more often.
    expect(fixed / runs).toBeGreaterThan(0.1)
  })
})
