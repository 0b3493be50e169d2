// Python with Feast.
import { fileURLToPath } from 'node:url'
import { pythonEnvironment } from '../python-environment.ts'

export { run } from '../python-environment.ts'

export interface FeastEnvironment { python: string; feast: string }

/** Throws with pip's words where it cannot be made: nothing is skipped. */
export async function feastEnvironment(): Promise<FeastEnvironment> {
  const { python, program } = await pythonEnvironment('feast', fileURLToPath(new URL('./requirements.txt', import.meta.url)))
  return { python, feast: program('feast') }
}
