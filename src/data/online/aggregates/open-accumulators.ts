import type { AggregatePlan } from '../../compiled-service.ts'
import type { RowValues } from '../row-values.ts'
import { openTest } from '../slot-test.ts'
import type { Accumulator } from './accumulator.ts'
import { Buckets } from './buckets.ts'
import { Deviation } from './deviation.ts'
import { DistinctSketch } from './distinct-sketch.ts'
import { DistinctValues } from './distinct-values.ts'
import { Ends } from './ends.ts'
import { Extremes } from './extremes.ts'
import { NewestValues } from './newest-values.ts'
import { RowCount } from './row-count.ts'
import { RowShare } from './row-share.ts'
import { ValueCount } from './value-count.ts'
import { ValueSum } from './value-sum.ts'

/** One accumulator for all features that can share it. */
export function openAccumulators(features: readonly AggregatePlan[], rows: RowValues): { accumulator: Accumulator; features: AggregatePlan[] }[] {
  const summed = new Set(features.filter(f => f.aggregate === 'sum' || f.aggregate === 'mean').map(f => f.column))
  const groups = new Map<string, AggregatePlan[]>()
  for (const f of features) {
    const key = JSON.stringify([kindOf(f, summed), f.column, f.of])
    groups.set(key, [...groups.get(key) ?? [], f])
  }
  return [...groups.values()].map(group => ({ accumulator: open(kindOf(group[0], summed), group, rows), features: group }))
}

type Kind = 'rows' | 'values' | 'sum' | 'deviation' | 'extremes' | 'ends' | 'newest' | 'distinct' | 'sketch' | 'buckets' | 'share'

function kindOf({ aggregate, column }: AggregatePlan, summed: ReadonlySet<string | null>): Kind {
  switch (aggregate) {
    case 'count': return column === null ? 'rows' : summed.has(column) ? 'sum' : 'values'
    case 'sum': case 'mean': return 'sum'
    case 'stddev': return 'deviation'
    case 'min': case 'max': return 'extremes'
    case 'first': case 'last': case 'timeSince': return 'ends'
    case 'lastN': return 'newest'
    case 'countDistinct': return 'distinct'
    case 'approxCountDistinct': return 'sketch'
    case 'percentile': return 'buckets'
    case 'share': return 'share'
  }
}

function open(kind: Kind, features: readonly AggregatePlan[], rows: RowValues): Accumulator {
  const [{ of }] = features
  const name = features[0].column ?? ''
  switch (kind) {
    case 'rows': return new RowCount()
    case 'values': return new ValueCount(rows.columnOf(name))
    case 'sum': return new ValueSum(rows.columnOf(name))
    case 'deviation': return new Deviation(rows.columnOf(name))
    case 'extremes': return new Extremes(rows.columnOf(name))
    case 'ends': return new Ends(features[0].column === null ? null : rows.columnOf(name), () => rows.times())
    case 'newest': return new NewestValues(rows.columnOf(name), Math.max(...features.map(f => f.n)))
    case 'distinct': return new DistinctValues(rows.columnOf(name))
    case 'sketch': return new DistinctSketch(rows.sketchedColumnOf(name))
    case 'buckets': return new Buckets(rows.columnOf(name))
    case 'share': return new RowShare(openTest(of, column => rows.columnOf(column)) ?? (() => true))
  }
}
