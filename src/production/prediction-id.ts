import { SlipwayError } from '../core/errors.ts'
import { fromBase32, toBase32 } from '../core/ids.ts'
import { homeId, type Metadata } from '../metadata/index.ts'

const SEQUENCE = 10
const TAG = 4

/**
 * Ids that carry their journal sequence: `pred_` + base32(sequence, 10) + 4 characters that name the home.
 * No index is needed to find what an id names, and an id of another home is refused.
 */
export interface SequenceIds {
  readonly tag: string
  format(prefix: 'pred' | 'lab', sequence: number): string
  /** @throws SlipwayError `unknown_prediction` for another home's id, and for text that is none. */
  parsePrediction(id: unknown, path?: string): number
}

export function sequenceIds(tag: string): SequenceIds {
  const length = 'pred_'.length + SEQUENCE + TAG
  return {
    tag,
    format: (prefix, sequence) => `${prefix}_${toBase32(sequence, SEQUENCE)}${tag}`,
    parsePrediction(id, path = 'id') {
      const shown = typeof id === 'string' ? JSON.stringify(id.slice(0, 60)) : `a ${typeof id}`
      const refuse = (why: string): SlipwayError => new SlipwayError('unknown_prediction', `${shown} ${why}.`, { faults: [{ path, message: why }] })
      if (typeof id !== 'string' || !id.startsWith('pred_') || id.length !== length) throw refuse(`is not a prediction id (pred_ and ${SEQUENCE + TAG} characters)`)
      const sequence = fromBase32(id.slice(5, 5 + SEQUENCE))
      if (sequence === null || sequence === 0 || fromBase32(id.slice(-TAG)) === null) throw refuse('is not a prediction id')
      if (!id.endsWith(tag)) throw refuse('belongs to another home')
      return sequence
    },
  }
}

/** The tag of this home. */
export async function homeTag(metadata: Metadata): Promise<string> { return (await homeId(metadata)).slice(-TAG) }
