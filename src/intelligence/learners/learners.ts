import { SlipwayError } from '../../core/errors.ts'
import { constant } from './constant.ts'
import { gbdt } from './gbdt/gbdt.ts'
import type { Learner } from './learner.ts'
import { logistic } from './logistic/logistic.ts'

/** The built-in learners by name. */
export const LEARNERS: Readonly<Record<string, Learner>> = { gbdt, logistic, constant }

/** @throws SlipwayError `invalid_definition` when there is none of that name. */
export function learnerOf(name: string): Learner {
  if (!Object.hasOwn(LEARNERS, name)) throw new SlipwayError('invalid_definition', `There is no learner ${JSON.stringify(name)}; there are ${Object.keys(LEARNERS).join(', ')}.`)
  return LEARNERS[name]
}
