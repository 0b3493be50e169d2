import { Worker } from 'node:worker_threads'
import { SlipwayError, type ErrorCode } from '../../core/errors.ts'
import type { SelectionJob, SelectionOutcome } from './select-features.ts'
import type { SelectionProgress } from './selection.ts'

/** What comes back from the thread. */
export type SelectionMessage =
  | { kind: 'progress'; progress: SelectionProgress | { step: 'judge' } }
  | { kind: 'done'; outcome: SelectionOutcome }
  | { kind: 'failed'; code: ErrorCode | null; message: string; remedy: string | undefined }

/**
 * `selectFeatures` in a thread of its own.
 * @throws what it throws; with `signal` aborted, its reason
 */
export async function selectInWorker(job: SelectionJob, options: { onProgress?: (progress: SelectionProgress | { step: 'judge' }) => void; signal?: AbortSignal }): Promise<SelectionOutcome> {
  const { signal, onProgress } = options
  signal?.throwIfAborted()
  const worker = new Worker(new URL(`./selection-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url), { name: 'feature-search' })
  let cancel = (): void => {}
  try {
    return await new Promise<SelectionOutcome>((resolve, reject) => {
      cancel = () => { reject(signal?.reason) }
      signal?.addEventListener('abort', cancel, { once: true })
      worker.on('error', error => { reject(new SlipwayError('internal', `The search ended: ${error instanceof Error ? error.message : String(error)}`, { cause: error })) })
      worker.on('exit', code => { reject(new SlipwayError('internal', `The thread of the search ended with code ${code}.`)) })
      worker.on('message', (message: SelectionMessage) => {
        switch (message.kind) {
          case 'progress': try { onProgress?.(message.progress) } catch (error) { reject(error) } break
          case 'done': resolve(message.outcome); break
          case 'failed': reject(new SlipwayError(message.code ?? 'internal', message.message, { remedy: message.remedy })); break
        }
      })
      worker.postMessage(job)
    })
  } finally {
    signal?.removeEventListener('abort', cancel)
    await worker.terminate()
  }
}
