import type { ParameterSpec } from '../learner.ts'

/** Every parameter of `logistic`: default, range and what it does. */
export const LOGISTIC_PARAMETERS = {
  l2: { default: 1, min: 0, max: 1e9, describe: 'L2 penalty: the loss is the sum over the rows + l2/2 · |weights|² (standardised; the intercept is free)' },
  minCategoryRows: { default: 20, min: 1, max: 1_000_000_000, whole: true, describe: 'Rows from which on a category has a weight of its own' },
  categories: { default: 1000, min: 1, max: 100_000, whole: true, describe: 'Categories of a feature with a weight of their own at most' },
  steps: { default: 200, min: 1, max: 10_000, whole: true, describe: 'Steps of the optimiser at most' },
  tolerance: { default: 1e-5, min: 1e-12, max: 1, describe: 'Ends when no partial derivative of the mean loss is greater' },
} as const satisfies Record<string, ParameterSpec>

export type LogisticParams = Record<keyof typeof LOGISTIC_PARAMETERS, number>
