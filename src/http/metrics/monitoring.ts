import { Gauge, type Registry } from 'prom-client'
import type { Platform } from '../../platform.ts'

/** Quality, drift and alerts as gauges that are read when somebody scrapes. */
export function collectMonitoring({ metadata, monitoring, log }: Platform, registry: Registry): void {
  const registers = [registry]
  const quality = new Gauge({ name: 'slipway_model_metric', help: 'auc, brier or ece of the answers of the last 7 days whose outcome is known', labelNames: ['endpoint', 'release', 'metric'], registers })
  const outcomes = new Gauge({ name: 'slipway_model_outcomes', help: 'Known outcomes of the last 7 days that slipway_model_metric rests on', labelNames: ['endpoint', 'release'], registers })
  const drift = new Gauge({ name: 'slipway_drift_score', help: 'Drift of an input beyond noise, as the newest look of a monitor saw it', labelNames: ['monitor', 'feature', 'method'], registers })
  const run = new Gauge({ name: 'slipway_monitor_last_run_timestamp_seconds', help: 'When the newest look of a monitor was taken', labelNames: ['monitor'], registers })
  const firing = new Gauge({ name: 'slipway_alerts_firing', help: 'Alerts that are not resolved', labelNames: ['endpoint', 'severity'], registers })

  const collect = async (): Promise<void> => {
    for (const gauge of [quality, outcomes, drift, run, firing]) gauge.reset()
    for (const { id: endpoint } of await metadata.list('endpoint')) {
      for (const { release, labelled, auc, brier, calibration } of await monitoring.current(endpoint)) {
        outcomes.set({ endpoint, release: String(release) }, labelled)
        const metrics = { auc: auc?.value ?? null, brier, ece: calibration?.ece ?? null }
        for (const [metric, value] of Object.entries(metrics)) if (value !== null) quality.set({ endpoint, release: String(release), metric }, value)
      }
    }
    for (const { definition, inputs, evaluatedAt } of await monitoring.listMonitors()) {
      firing.set({ endpoint: definition.endpoint, severity: definition.severity }, 0)
      if (evaluatedAt !== null) run.set({ monitor: definition.name }, evaluatedAt / 1_000_000)
      for (const { feature, beyondNoise } of inputs) drift.set({ monitor: definition.name, feature, method: 'beyond_noise' }, beyondNoise)
    }
    for (const { endpoint, severity, state } of await monitoring.listAlerts({ limit: 1_000 })) if (state !== 'resolved') firing.inc({ endpoint, severity })
  }
  // All are asked at once: the first begins, the others wait for it. What fails leaves the metrics of others as they are.
  let running: Promise<void> | undefined
  const together = (): Promise<void> => running ??= collect().catch((error: unknown) => { log.warn('The metrics of monitoring could not be read.', { error }) }).finally(() => { running = undefined })
  for (const gauge of [quality, outcomes, drift, run, firing]) Object.assign(gauge, { collect: together })
}
