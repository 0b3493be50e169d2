import { SlipwayError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import type { Metadata } from './metadata.ts'

/** The name of this home (`home_…`), made when it is first asked for. A restored backup keeps it. */
export async function homeId(metadata: Metadata): Promise<string> {
  const read = async (): Promise<string | undefined> => (await metadata.get<{ id: string }>('home', 'identity'))?.body.id
  const found = await read()
  if (found !== undefined) return found
  const id = newId('home')
  try {
    await metadata.change({ actor: { kind: 'system', name: 'slipway' }, action: 'home.identified', subject: 'home/identity' }, tx => tx.put('home', 'identity', { id }, { revision: 0 }))
    return id
  } catch (error) {
    // Two components that are processes of their own may ask at once.
    const made = error instanceof SlipwayError && error.code === 'conflict' ? await read() : undefined
    if (made === undefined) throw error
    return made
  }
}
