// What Prometheus scrapes. Base units, plural suffixes, no ids in labels.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Platform } from '../../platform.ts'
import { releaseNumber, type Answer } from '../../production/index.ts'
import { collectMonitoring } from './monitoring.ts'

export interface Metrics {
  registry: Registry
  /** Counts answers; `seconds` is the time of the whole request, null within a stream. */
  predicted(endpoint: string, answers: readonly Answer[], seconds: number | null): void
  /** The same for rows that one release answered itself. */
  predictedBy(endpoint: string, release: string, role: string, rows: number, seconds: number): void
  refused(endpoint: string, code: string): void
  labelled(endpoint: string, status: string, rows: number): void
  pushed(source: string, rows: number): void
}

const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** A registry of its own: two platforms in one process do not mix their numbers. */
export function openMetrics(platform: Platform): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const predictions = new Counter({ name: 'slipway_predictions_total', help: 'Predictions asked for over HTTP', labelNames: ['endpoint', 'release', 'role', 'outcome'], registers })
  const duration = new Histogram({ name: 'slipway_prediction_duration_seconds', help: 'From the request to the durable answer', labelNames: ['endpoint'], buckets: BUCKETS, registers })
  const labels = new Counter({ name: 'slipway_labels_total', help: 'Labels taken', labelNames: ['endpoint', 'status'], registers })
  const events = new Counter({ name: 'slipway_pushed_events_total', help: 'Events pushed', labelNames: ['source'], registers })
  const journal = new Gauge({ name: 'slipway_journal_position', help: 'Last sequence given out and last one on disk', labelNames: ['state'], registers })
  const ledger = new Gauge({ name: 'slipway_ledger_entries', help: 'Entries of the ledger', registers })
  collectPlatform(platform, journal, ledger)
  collectMonitoring(platform, registry)
  const count = (endpoint: string, release: string, role: string, outcome: string, rows: number): void => { predictions.inc({ endpoint, release: String(releaseNumber(release)), role, outcome }, rows) }
  return {
    registry,
    predicted(endpoint, answers, seconds) {
      // A batch is mostly answered by one release: one count for each run of equal answers.
      for (let from = 0, to = 0; from < answers.length; from = to) {
        const { release, role, fallback } = answers[from]
        const isSame = (a: Answer): boolean => a.release === release && a.role === role && (a.fallback === undefined) === (fallback === undefined)
        do to++; while (to < answers.length && isSame(answers[to]))
        count(endpoint, release, role, fallback === undefined ? 'ok' : 'fallback', to - from)
      }
      if (seconds !== null) duration.observe({ endpoint }, seconds)
    },
    predictedBy(endpoint, release, role, rows, seconds) {
      count(endpoint, release, role, 'ok', rows)
      duration.observe({ endpoint }, seconds)
    },
    refused: (endpoint, code) => { predictions.inc({ endpoint, release: '', role: '', outcome: code }) },
    labelled: (endpoint, status, rows) => { labels.inc({ endpoint, status }, rows) },
    pushed: (source, rows) => { events.inc({ source }, rows) },
  }
}

function collectPlatform(platform: Platform, journal: Gauge, ledger: Gauge): void {
  const gauge = ledger as Gauge & { collect?: () => void }
  gauge.collect = () => {
    ledger.set(platform.metadata.ledger.size)
    journal.set({ state: 'given' }, platform.journal.position)
    journal.set({ state: 'durable' }, platform.journal.durable)
  }
}
