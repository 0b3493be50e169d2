// The answer of /get-online-features as text: built by hand, because a column of it is a few joins, and JSON.stringify of all its objects is not.
import type { FeatureOrigin, FeatureRead } from '../../core/ports/features.ts'
import type { Value } from '../../core/schema.ts'
import { formatTime, type Micros } from '../../core/time.ts'
import { feastError } from './errors.ts'
import type { EntityColumns } from './entity-rows.ts'
import type { OutputPlan, ReadPlan } from './read-plan.ts'
import { echoValue, listWriterOf, writerOf } from './wire-values.ts'

const EPOCH = '"1970-01-01T00:00:00Z"'
const STATUS = { present: '"PRESENT"', missing: '"NULL_VALUE"', notFound: '"NOT_FOUND"', expired: '"OUTSIDE_MAX_AGE"' } as const satisfies Record<FeatureOrigin['status'], string>

export interface AnswerWriter {
  /** The body; join keys first, as they came, then the features. */
  write(read: FeatureRead, entities: EntityColumns): string
}

/**
 * Prepares the answers of one plan. `joinKeys` are those of every registered entity: what is one of them is echoed.
 * @throws SlipwayError as `FeatureNameCollisionError`
 */
export function answerWriter(plan: ReadPlan, fullNames: boolean, joinKeys: ReadonlySet<string>, views: boolean): AnswerWriter {
  const names = plan.outputs.map(o => nameOf(o, fullNames))
  refuseCollisions(names, plan.outputs, fullNames)
  const writers = plan.outputs.map(o => (o.list ? listWriterOf(o.type) : writerOf(o.type)))
  const shown = names.map(n => JSON.stringify(n))
  const known = new Set(names)
  const viewNames = [...new Set(plan.outputs.map(o => o.view))].map(name => `{"name":${JSON.stringify(name)}}`).join(',')
  const metadata = views ? `,"feature_view_metadata":[${viewNames}]` : ''

  return {
    write({ vectors, origins }, { columns, rows }) {
      const present = repeat(STATUS.present, rows)
      const epochs = repeat(EPOCH, rows)
      const keys = Object.keys(columns).filter(name => joinKeys.has(name))
      for (const key of keys) if (known.has(key)) throw collision(key, fullNames)
      const results = keys.map(key => `{"values":[${columns[key].map(echoValue).join(',')}],"statuses":[${present}],"event_timestamps":[${epochs}]}`)
      const times = new Map<Micros, string>()
      for (let f = 0; f < writers.length; f++) {
        const write = writers[f]
        let values = ''
        let statuses = ''
        let stamps = ''
        for (let r = 0; r < rows; r++) {
          const value = vectors[r][f]
          const origin = origins === undefined ? null : origins[r][f]
          const comma = r === 0 ? '' : ','
          values += comma + (value === null ? 'null' : write(value))
          statuses += comma + (value !== null ? STATUS.present : origin === null ? guessStatus(vectors[r], plan.outputs, f) : origin.status === 'present' ? STATUS.missing : STATUS[origin.status])
          stamps += comma + (origin === null || origin.eventTime === null ? EPOCH : timeText(origin.eventTime, times))
        }
        results.push(`{"values":[${values}],"statuses":[${statuses}],"event_timestamps":[${stamps}]}`)
      }
      return `{"results":[${results.join(',')}],"metadata":{"feature_names":[${[...keys.map(k => JSON.stringify(k)), ...shown].join(',')}]${metadata}}}`
    },
  }
}

function nameOf({ view, name }: OutputPlan, fullNames: boolean): string { return fullNames ? `${view}__${name}` : name }

/** Without its origin: null is a missing value where the view has another value for the key, else a key without rows. */
function guessStatus(vector: readonly Value[], outputs: readonly OutputPlan[], f: number): string {
  return outputs.some((o, i) => o.view === outputs[f].view && vector[i] !== null) ? STATUS.missing : STATUS.notFound
}

function timeText(time: Micros, known: Map<Micros, string>): string {
  let text = known.get(time)
  if (text === undefined) known.set(time, text = `"${formatTime(time)}"`)
  return text
}

function repeat(text: string, times: number): string { return `${text},`.repeat(times).slice(0, -1) }

function refuseCollisions(names: readonly string[], outputs: readonly OutputPlan[], fullNames: boolean): void {
  const repeated = names.findIndex((name, i) => names.indexOf(name) !== i)
  if (repeated >= 0) throw collision(outputs[repeated].name, fullNames)
}

function collision(name: string, fullNames: boolean): Error {
  return feastError('FeatureNameCollisionError', 'invalid_request', `Duplicate features named ${name} found.`, fullNames ? 'Ask for each feature once.' : "Use full feature names ('full_feature_names=True'), or ask for each feature once.")
}
