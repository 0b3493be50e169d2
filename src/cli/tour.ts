// The tour is an example like any other: it lies beside the package's sources, and is loaded when it is asked for.
import { existsSync } from 'node:fs'
import { SlipwayError } from '../core/errors.ts'
import type { Platform } from '../platform.ts'

interface TourModule { runTour(options: { url: string; home: string; platform: Platform; print: (line: string) => void; progress: (line: string) => void; fresh: boolean }): Promise<void> }

/** TypeScript beside the sources of a checkout, JavaScript beside those of a package. */
const TOUR = import.meta.url.endsWith('.ts') ? '../../examples/flights/tour.ts' : '../../dist-examples/flights/tour.js'

export async function loadTour(): Promise<TourModule> {
  const url = new URL(TOUR, import.meta.url)
  if (existsSync(url)) return await import(url.href) as TourModule
  throw new SlipwayError('not_found', 'The flights tour is not part of this installation.', { remedy: 'Run it from a checkout of the repository: npm start.' })
}
