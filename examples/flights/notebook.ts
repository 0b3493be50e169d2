// What the tour has done and seen, as a document of the home: a tour that is stopped goes on where it was.
import type { Platform } from 'slipway'

type Actor = Parameters<Platform['intelligence']['gate']>[0]['actor']

export interface Notebook {
  /** The result of a step: of this call, or of an earlier start that finished it. */
  once<T>(step: string, work: () => Promise<T>): Promise<T>
  /** What a finished step came to. */
  find<T>(step: string): T | undefined
  /** Finished steps whose names begin so, in the order in which they ended. */
  list<T>(prefix: string): T[]
}

/** Each step is one ledger entry. Work that was interrupted is done again, so it must not mind what it finds. */
export async function openNotebook({ metadata }: Pick<Platform, 'metadata'>, actor: Actor): Promise<Notebook> {
  const stored = await metadata.get<{ steps: [string, unknown][] }>('tour', 'notebook')
  const steps = new Map(stored?.body.steps)
  return {
    async once<T>(step: string, work: () => Promise<T>) {
      if (steps.has(step)) return steps.get(step) as T
      // As it will be read back.
      const result = JSON.parse(JSON.stringify(await work() ?? null)) as T
      steps.set(step, result)
      await metadata.change({ actor, action: 'tour.step', subject: 'tour/notebook', details: { step } }, tx => tx.put('tour', 'notebook', { steps: [...steps] } as never))
      return result
    },
    find: <T>(step: string) => steps.get(step) as T | undefined,
    list: <T>(prefix: string) => [...steps].filter(([name]) => name.startsWith(prefix)).map(([, result]) => result as T),
  }
}
