/** ` Did you mean "verify"?` for the known name with the fewest edits, at most a third of its length; else nothing. */
export function suggest(name: string, known: readonly string[]): string {
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const edits = distance(name.slice(0, 50).toLowerCase(), candidate.toLowerCase())
    if (edits < least && edits <= Math.max(1, Math.ceil(candidate.length / 3))) { best = candidate; least = edits }
  }
  return best === undefined ? '' : ` Did you mean "${best}"?`
}

/** Edits that turn one text into the other; two neighbours that changed places are one. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i])
  for (let j = 0; j <= b.length; j++) rows[0][j] = j
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1)
    }
  }
  return rows[a.length][b.length]
}
