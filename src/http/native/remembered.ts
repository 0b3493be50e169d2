// Answers that many tabs ask for at once are computed once: what is older than `ms`, or rests on another state, is computed again.

/** `state` names what the answer rests on; while it is the same, the answer lives for `ms` at most. */
export function remember<T>(ms: number, most = 50): (key: string, state: string, compute: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, { state: string; until: number; answer: Promise<T> }>()
  return (key, state, compute) => {
    const found = kept.get(key)
    if (found !== undefined && found.state === state && found.until > performance.now()) return found.answer
    const answer = compute()
    kept.delete(key)
    kept.set(key, { state, until: performance.now() + ms, answer })
    // A failure is told to whoever asked, and not kept.
    answer.catch(() => { if (kept.get(key)?.answer === answer) kept.delete(key) })
    if (kept.size > most) kept.delete(kept.keys().next().value as string)
    return answer
  }
}
