import type { ParameterSpec } from '../learner.ts'

/** Every parameter of `gbdt`: default, range and what it does. */
export const GBDT_PARAMETERS = {
  trees: { default: 150, min: 1, max: 10_000, whole: true, describe: 'Trees at most' },
  learningRate: { default: 0.05, min: 1e-4, max: 1, describe: 'Share of each tree that is added' },
  leaves: { default: 31, min: 2, max: 1024, whole: true, describe: 'Leaves of a tree at most' },
  depth: { default: 0, min: 0, max: 64, whole: true, describe: 'Levels of splits at most; 0 for any number' },
  minLeafRows: { default: 50, min: 1, max: 1_000_000_000, whole: true, describe: 'Rows that a leaf must have' },
  minLeafHessian: { default: 1e-3, min: 1e-9, max: 1e9, describe: 'Sum of p(1 − p) that a leaf must have' },
  minGain: { default: 0, min: 0, max: 1e9, describe: 'Reduction of the loss that a split must exceed' },
  l2: { default: 1, min: 0, max: 1e9, describe: 'L2 penalty on leaf values' },
  featureFraction: { default: 0.6, min: 0.01, max: 1, describe: 'Share of the features, rounded up, that each tree may use' },
  rowFraction: { default: 1, min: 0.01, max: 1, describe: 'Share of the rows that each tree is grown on' },
  bins: { default: 255, min: 4, max: 255, whole: true, describe: 'Histogram bins of a feature at most, missing included' },
  earlyStopping: { default: 20, min: 0, max: 10_000, whole: true, describe: 'Trees without gain on the validation rows after which training stops; 0 for never' },
  minCategoryRows: { default: 50, min: 1, max: 1_000_000_000, whole: true, describe: 'Rows of a category in a leaf from which on it may be set apart' },
  categorySmoothing: { default: 10, min: 0, max: 1e9, describe: 'Added to the hessian of a category when categories are put in order' },
  categoryL2: { default: 10, min: 0, max: 1e9, describe: 'L2 penalty on top of l2 when splits by category are judged' },
  categoriesPerSplit: { default: 32, min: 1, max: 254, whole: true, describe: 'Categories that a split sets apart at most' },
} as const satisfies Record<string, ParameterSpec>

export type GbdtParams = Record<keyof typeof GBDT_PARAMETERS, number>
