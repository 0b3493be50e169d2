// Two scores on the same rows when rows of one stretch of time share their fate: a storm makes a whole day late.
import { placeRows, type Numbers, type PairedAuc, type Placements } from './auc.ts'
import { twoSidedP } from './normal.ts'

/**
 * DeLong's paired comparison with the greater of two standard errors: that of independent rows, and that of independent clusters (Obuchowski 1997: influences are
 * added up within each before they are squared). NaN with fewer than two rows of a class or fewer than two clusters.
 * @param clusters the cluster of each row: whole numbers from 0
 */
export function compareClusteredAuc(first: Numbers, second: Numbers, labels: Numbers, clusters: Numbers): PairedAuc {
  return comparePlacements(placeRows(first, labels), placeRows(second, labels), labels, clusters)
}

/** The same from placements, which a score that is compared with many needs only once. */
export function comparePlacements(a: Placements, b: Placements, labels: Numbers, clusters: Numbers): PairedAuc {
  const difference = a.auc - b.auc
  const [p, q] = [a.positives.length, a.negatives.length]
  const sums: number[] = []
  let [i, j, squaresP, squaresN] = [0, 0, 0, 0]
  for (let row = 0; row < labels.length; row++) {
    let influence: number
    if (labels[row] !== 0) { influence = a.positives[i] - b.positives[i] - difference; squaresP += influence * influence; influence /= p; i++ } else {
      influence = a.negatives[j] - b.negatives[j] - difference
      squaresN += influence * influence
      influence /= q
      j++
    }
    sums[clusters[row]] = (sums[clusters[row]] ?? 0) + influence
  }
  const used = sums.filter(s => s !== undefined)
  const independent = squaresP / (p - 1) / p + squaresN / (q - 1) / q
  const clustered = used.reduce((sum, s) => sum + s * s, 0) * used.length / (used.length - 1)
  const standardError = Math.sqrt(Math.max(independent, clustered))
  const z = difference === 0 ? 0 : difference / standardError
  return { first: a.auc, second: b.auc, difference, standardError, z, pValue: twoSidedP(z) }
}
