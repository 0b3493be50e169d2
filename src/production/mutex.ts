/** Runs one piece of work after the other, in the order of the calls. */
export type Serialize = <T>(work: () => Promise<T>) => Promise<T>

export function serializer(): Serialize {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const next = last.then(work, work)
    last = next.catch(() => undefined)
    return next
  }
}
