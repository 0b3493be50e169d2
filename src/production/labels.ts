import type { Clock } from '../core/clock.ts'
import type { EntityDefinition, ModelDefinition } from '../core/definition.ts'
import { SlipwayError } from '../core/errors.ts'
import { coerceValue } from '../core/schema.ts'
import type { Micros } from '../core/time.ts'
import type { Metadata } from '../metadata/index.ts'
import type { Journal } from '../store/index.ts'
import type { JournalIndexes } from './journal-indexes.ts'
import { labelStream, labelTable } from './label-frame.ts'
import { suggest } from '../core/nearest-name.ts'
import type { SequenceIds } from './prediction-id.ts'
import { getEndpoint } from './release.ts'

/** The outcome of a prediction, named by its id or by the endpoint's label entity. */
export interface LabelRequest {
  endpoint: string
  /** Default: the label that the endpoint's model was trained on, which is the only one yet. */
  label?: string
  /** Id of the prediction. */
  prediction?: string
  /** `{ flight: 'UA1545-…' }`: the latest prediction for it with event time ≤ `knownAt`. */
  entity?: Record<string, unknown>
  /** Null takes an earlier label back. */
  value: boolean | number | null
  /** Default: the home's time. */
  knownAt?: string | number | null
}

export interface LabelReceipt {
  id: string
  label: string
  /** Id of the prediction that it joined; null when none was found. */
  prediction: string | null
  status: 'joined' | 'unmatched'
  /** It was known already, and counts once. */
  duplicate: boolean
  sequence: number
}

export interface LabelResult { label: LabelReceipt; sequence: number; waitDurable(): Promise<void> }

export interface Labels {
  /** @throws SlipwayError `unknown_endpoint`, `unknown_prediction`, `invalid_request`, `missing_entity`, `unknown_feature`, `wrong_type`. */
  label(request: LabelRequest, acceptedAt?: Micros): Promise<LabelResult>
  /** Drops what is remembered of definitions: after a change of the project. */
  refresh(): void
}

/** What labels of an endpoint need to know of its definitions. */
interface LabelRule { name: string; entity: EntityDefinition | null }

export function openLabels(parts: { metadata: Metadata; journal: Journal; indexes: JournalIndexes; ids: SequenceIds; clock: Clock }): Labels {
  const { metadata, journal, indexes, ids, clock } = parts
  const rules = new Map<string, LabelRule>()
  /** Labels on their way to a journal in another process: the same one in between is a repeat. */
  const underway = new Map<string, Promise<number>>()
  const refuse = (path: string, message: string, code: 'invalid_request' | 'unknown_feature' | 'missing_entity' | 'wrong_type' = 'invalid_request'): SlipwayError => new SlipwayError(code, `${path} ${message}`, { faults: [{ path, message }] })

  const ruleOf = async (endpoint: string): Promise<LabelRule> => {
    const definition = await getEndpoint(metadata, endpoint)
    const label = definition.label ?? ((await metadata.get('model', definition.model))?.body as unknown as ModelDefinition | undefined)?.examples.label.name
    if (label === undefined) throw new SlipwayError('not_found', `There is no model ${definition.model}, which ${endpoint} serves, and the endpoint names no label.`)
    const entity = definition.labelEntity === undefined ? null : await metadata.get('entity', definition.labelEntity)
    const rule: LabelRule = { name: label, entity: entity?.body as unknown as EntityDefinition | undefined ?? null }
    rules.set(endpoint, rule)
    return rule
  }

  return {
    refresh: () => { rules.clear() },
    async label(request, acceptedAt = clock.now()) {
      const { endpoint, label: asked, prediction, entity, value: sent } = request
      const rule = rules.get(endpoint) ?? await ruleOf(endpoint)
      const name = asked ?? rule.name
      if (name !== rule.name) throw refuse('label', `must be ${rule.name}, the label of ${endpoint}.${suggest(String(name), [rule.name])}`, 'unknown_feature')
      if (typeof sent !== 'boolean' && sent !== null && !(typeof sent === 'number' && Number.isFinite(sent))) throw refuse('value', 'must be true, false, a finite number, or null', 'wrong_type')
      const value = sent === null ? null : Number(sent) + 0
      const knownAt = (coerceValue(request.knownAt, 'timestamp', 'knownAt') as Micros | null) ?? acceptedAt
      if ((prediction === undefined) === (entity === undefined)) throw refuse('prediction', 'or entity must be sent, and not both')

      const { epoch } = journal
      let joined: number | null
      let entityKey: string | null = null
      if (prediction !== undefined) {
        joined = ids.parsePrediction(prediction, 'prediction')
        if (!indexes.predictions(endpoint).has(joined)) throw new SlipwayError('unknown_prediction', `${prediction} is no prediction of ${endpoint}.`, { faults: [{ path: 'prediction', message: `is no prediction of ${endpoint}` }] })
      } else {
        entityKey = keyOf(rule, endpoint, entity)
        joined = indexes.predictions(endpoint).latest(entityKey, knownAt)
      }
      const status = joined === null ? 'unmatched' : 'joined'
      const receipt = (sequence: number, duplicate: boolean): LabelResult => ({
        label: { id: ids.format('lab', sequence), label: name, prediction: joined === null ? null : ids.format('pred', joined), status, duplicate, sequence },
        sequence, waitDurable: () => journal.waitDurable(sequence, epoch),
      })
      const stream = labelStream(endpoint)
      const earlier = joined === null ? indexes.unmatched(stream.name, entityKey as string, { name, value, knownAt }) : indexes.truth.find(joined, { name, value, knownAt })
      if (earlier !== null) return receipt(earlier, true)
      const same = JSON.stringify([stream.name, joined, entityKey, name, value, knownAt])
      const before = underway.get(same)
      if (before !== undefined) return receipt(await before, true)
      const table = labelTable({ predictionSequence: joined, entityKey, name, value, knownAt, status })
      const journaled = indexes.append(journal, stream, table, epoch)
      if (!(journaled instanceof Promise)) return receipt(journaled.first, false)
      const sequence = journaled.then(({ first }) => first).finally(() => { underway.delete(same) })
      underway.set(same, sequence)
      return receipt(await sequence, false)
    },
  }

  function keyOf(rule: LabelRule, endpoint: string, sent: unknown): string {
    if (rule.entity === null) throw refuse('entity', `cannot be used: ${endpoint} declares no labelEntity; send the prediction's id`)
    const { name, type } = rule.entity
    if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) throw refuse('entity', `must be an object such as {"${name}": …}`, 'wrong_type')
    for (const other of Object.keys(sent)) if (other !== name) throw refuse(`entity.${other}`, `is not the label entity of ${endpoint}.${suggest(other, [name])}`, 'unknown_feature')
    const key = coerceValue((sent as Record<string, unknown>)[name], type, `entity.${name}`)
    if (key === null) throw refuse(`entity.${name}`, 'is missing', 'missing_entity')
    return String(key)
  }
}
