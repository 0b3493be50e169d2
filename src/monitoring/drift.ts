import { SlipwayError } from '../core/errors.ts'
import { qValues } from '../core/statistics/false-discovery.ts'
import type { Table } from '../core/table.ts'
import { openCategoryDrift } from './category-drift.ts'
import { openNoise } from './drift-noise.ts'
import type { DriftProfile } from './drift-profile.ts'
import { MISSING } from './input-drift.ts'
import { openNumberDrift } from './number-drift.ts'
import type { FeatureDrift } from './records.ts'

/** Beyond noise: something to know, and something to act on. */
const WATCH = 0.1
const ALERT = 0.25
/** False discovery rate over the inputs of a window. */
const FALSE_DISCOVERIES = 0.05
/** Rows of window or training set under which nothing is said. */
const FEWEST = 200

/** Measures windows against one training set; what noise gives at a size is worked out once. */
export interface DriftGauge {
  readonly features: readonly string[]
  /**
   * Drift of each input, or of those named, in the order of the model's inputs. `inputs` holds a column an input, in that order too;
   * `places` are the rows of the window, by default all.
   * @throws SlipwayError `corrupt` when the columns are not those of the training set.
   */
  measure(inputs: Table, options?: { places?: Uint32Array; only?: ReadonlySet<string> }): FeatureDrift[]
}

export function openDriftGauge(profile: DriftProfile): DriftGauge {
  const gauges = profile.inputs.map((input, i) => {
    const drift = input.type === 'number' ? openNumberDrift(input) : openCategoryDrift(input)
    return { drift, missing: input.missing, noise: openNoise(drift, i) }
  })
  return {
    features: profile.inputs.map(input => input.feature),
    measure: (inputs, { places = allPlaces(inputs.rows), only } = {}) => {
      checkColumns(profile, inputs)
      if (places.length === 0 || profile.rows === 0) return []
      const found = gauges.flatMap(({ drift, missing, noise }, i): FeatureDrift[] => {
        if (only !== undefined && !only.has(drift.feature)) return []
        const window = drift.count(inputs.columns[i], places)
        const effect = drift.effect(window)
        const psi = drift.stabilityIndex(window)
        const quiet = noise(window.rows)
        return [{
          feature: drift.feature, type: drift.type, rows: window.rows, referenceRows: profile.rows, missing: window.cells[MISSING], referenceMissing: missing,
          effect, noise: quiet.effect, beyondNoise: Math.max(0, effect - quiet.effect), psi, psiBeyondNoise: Math.max(0, psi - quiet.stabilityIndex),
          test: drift.test, pValue: drift.pValue(window), qValue: 1, state: 'none',
        }]
      })
      const q = qValues(found.map(f => f.pValue))
      return found.map((f, i) => ({ ...f, qValue: q[i], state: stateOf({ ...f, qValue: q[i] }) }))
    },
  }
}

/** Whether an input has moved by at least `limit` beyond noise, and the rows are evidence of it. False where they are few. */
export function driftsBeyond(drift: FeatureDrift, limit: number = ALERT): boolean {
  return drift.rows >= FEWEST && drift.referenceRows >= FEWEST && drift.beyondNoise >= limit && drift.qValue <= FALSE_DISCOVERIES
}

function stateOf(drift: FeatureDrift): FeatureDrift['state'] {
  if (drift.rows < FEWEST || drift.referenceRows < FEWEST) return 'few'
  if (driftsBeyond(drift, ALERT)) return 'alert'
  return driftsBeyond(drift, WATCH) ? 'watch' : 'none'
}

function checkColumns(profile: DriftProfile, inputs: Table): void {
  for (let i = 0; i < Math.max(profile.inputs.length, inputs.schema.length); i++) {
    const want = profile.inputs[i]
    const column = inputs.schema[i]
    if (want?.feature === column?.name && (want.type === 'category') === (column.type === 'string')) continue
    throw new SlipwayError('corrupt', `The inputs that were read are not those of the training set: ${column?.name ?? 'nothing'} stands where ${want?.feature ?? 'nothing'} does.`)
  }
}

function allPlaces(rows: number): Uint32Array { return Uint32Array.from({ length: rows }, (_, i) => i) }
