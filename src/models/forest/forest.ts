// Trees of any format, checked and ready to be compiled: what scoring and explaining share.

/** A missing number goes right. */
export const MISSING_RIGHT = 0
/** A missing number goes left. */
export const MISSING_LEFT = 1
/** Zeros count as missing too (small numbers are zeros when rows are encoded). */
export const ZERO_RIGHT = 2
export const ZERO_LEFT = 3
/** From here on a split is by category: `kind − CATEGORY` is its place in `sets`. */
export const CATEGORY = 4

/** Codes of the set go left, others in the words right. A code is the whole part of the encoded value, if that is above −1. */
export interface CategorySet {
  /** 32 codes each. */
  words: ArrayLike<number>
  /** Codes beyond the words, and negative ones. */
  outsideLeft: boolean
  missingLeft: boolean
}

/** A leaf of a linear tree: `intercept` + Σ coefficient · value; where one of the values is missing, the leaf's own value. */
export interface LeafLine { intercept: number; features: number[]; coefficients: number[] }

/**
 * Inner nodes 0 … n−1 (0 is the root) and n + 1 leaves. A child c ≥ 0 is an inner node that stands after its parent, and c < 0 is leaf ~c.
 * A tree of one leaf has no inner node.
 */
export interface ForestTree {
  /** The score that it adds to. */
  score: number
  feature: ArrayLike<number>
  /** Numbers ≤ it go left. */
  threshold: ArrayLike<number>
  kind: ArrayLike<number>
  sets: readonly CategorySet[]
  left: ArrayLike<number>
  right: ArrayLike<number>
  leaf: ArrayLike<number>
  /** Training rows, or their weight, in each inner node and each leaf. */
  innerWeight: ArrayLike<number>
  leafWeight: ArrayLike<number>
  lines: readonly LeafLine[] | null
}

/** raw score s = base[s] + the leaves of its trees, added in the order of the trees. */
export interface Forest {
  /** Inputs a row. */
  size: number
  base: readonly number[]
  /** Every sum is rounded to single precision, as are the leaves. */
  single: boolean
  trees: readonly ForestTree[]
}
