/** ` Did you mean "distance"?` when a known name is near, else nothing. */
export function suggest(name: string, known: readonly string[]): string {
  const near = nearestName(name, known)
  return near === null ? '' : ` Did you mean "${near}"?`
}

/** The known name with the least edits, at most a third of its length. */
export function nearestName(name: string, known: readonly string[]): string | null {
  if (name.length > 100) return null
  let best: string | null = null
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const edits = distance(name.toLowerCase(), candidate.toLowerCase())
    if (edits < least && edits <= Math.max(1, Math.floor(candidate.length / 3))) { best = candidate; least = edits }
  }
  return best
}

/** Levenshtein distance, one row of the table at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]
}
