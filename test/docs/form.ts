// Whether an output has the form that a page promises: the same words; numbers, ids, digests, times, folders and spacing may differ.

/** The first line of the promise that the output does not have, in order; null when it has them all. A line `…` stands for any lines. */
export function findMissing(promised: string, output: string): string | null {
  const actual = output.split('\n').map(toForm)
  let at = 0
  for (const line of promised.split('\n')) {
    const form = toForm(line)
    if (form === '' || form === '…') continue
    const found = actual.findIndex((candidate, i) => i >= at && (form.endsWith('…') ? candidate.startsWith(form.slice(0, -1).trimEnd()) : candidate === form))
    if (found < 0) return line
    at = found + 1
  }
  return null
}

function toForm(line: string): string {
  return line
    // oxlint-disable-next-line no-control-regex
    .replace(/\u001b\[[0-9;]*m/g, '')
    .replace(/https?:\/\/127\.0\.0\.1:\d+/g, 'URL')
    .replace(/(?:[\w.~-]*\/)+(?=[\w.-])/g, '')
    .replace(/\b([a-z]{2,6})_[0-9a-z]{10,}\b/g, '$1_ID')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/g, 'HEX')
    .replace(/\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?/g, 'N')
    .replace(/[-+−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?/g, 'N')
    .replace(/[█▏▎▍▌▋▊▉]+/g, '█')
    .replace(/\s+/g, ' ').trim()
}
