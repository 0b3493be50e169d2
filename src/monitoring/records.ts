// The documents that this component keeps, and its reports, as plain data.
import type { MonitorDefinition } from '../core/definition.ts'
import type { Estimate } from '../core/ports/registry.ts'
import type { Micros } from '../core/time.ts'

/** How far one input of the model has moved against the rows that trained it. */
export interface FeatureDrift {
  feature: string
  type: 'number' | 'category'
  /** Rows of the window, and of the training set. */
  rows: number
  referenceRows: number
  missing: number
  referenceMissing: number
  /**
   * Wasserstein distance of the present values in standard deviations of the training set, plus the change of the missing share (number);
   * Jensen-Shannon distance, base 2, missing being a category (category).
   */
  effect: number
  /** What that distance would be without drift, at these sizes. */
  noise: number
  /** effect − noise, at least 0. */
  beyondNoise: number
  /** Population stability index over ten reference deciles (or categories) and a bin of missing values, as measured and beyond noise. */
  psi: number
  psiBeyondNoise: number
  test: 'ks' | 'g'
  pValue: number
  /** Benjamini-Hochberg over the inputs of this window. */
  qValue: number
  /** none; watch (≥ 0.1) and alert (≥ 0.25) need evidence too; few: under 200 rows, nothing is said. */
  state: 'none' | 'watch' | 'alert' | 'few'
}

export interface DriftPeriod { from: Micros; to: Micros; predictions: number; features: FeatureDrift[] }

/** Drift of each input by period, against the training set of the release that answered most. */
export interface DriftReport { endpoint: string; by: 'day' | 'week' | 'month'; periods: (DriftPeriod & { release: string; trainingSet: string })[] }

/** document alert/<id>. One alert a fingerprint fires at a time. */
export interface Alert {
  id: string
  monitor: string
  kind: MonitorDefinition['kind']
  endpoint: string
  /** Which series of the monitor: its name, and the feature where there is one. */
  fingerprint: string
  severity: MonitorDefinition['severity']
  state: 'firing' | 'acknowledged' | 'resolved'
  /** One sentence: what, how far, against which limit, with n. */
  summary: string
  metric: string
  value: number
  /** Null where the metric has none. */
  interval: { low: number; high: number } | null
  limit: number
  /** Labels or predictions that it rests on. */
  n: number
  window: { from: Micros; to: Micros }
  since: Micros
  lastSeen: Micros
  acknowledged: { actor: string; at: Micros; note: string } | null
  resolvedAt: Micros | null
  incident: string | null
}

/** document incident/<id>: the case that an alert opened. */
export interface Incident {
  id: string
  endpoint: string
  title: string
  state: 'open' | 'closed'
  openedAt: Micros
  closedAt: Micros | null
  alerts: string[]
  timeline: { at: Micros; what: string; ledger: number | null }[]
  /** Made when it closes: what is known, and the questions that people answer. */
  draft: string | null
  /** Written by people when it is over. */
  postMortem: string | null
}

/** What one look of a monitor saw; kept in the document monitorState/<monitor>, the newest last. */
export interface Look {
  at: Micros
  window: { from: Micros; to: Micros }
  /** firing: beyond the limit; ok; few: too few rows to say. */
  state: 'ok' | 'firing' | 'few'
  value: number | null
  interval: { low: number; high: number } | null
  limit: number
  n: number
  /** Of a drift monitor: the inputs beyond the limit. */
  features?: { feature: string; beyondNoise: number; qValue: number }[]
}

/** document monitorState/<monitor>: its newest looks, the oldest first. */
export interface MonitorState { monitor: string; looks: Look[]; /** Of a drift monitor: every input as the newest look saw it. */ inputs?: Look['features'] }

export interface Evaluation { monitor: string; look: Look; /** Alerts that this look opened, kept open or resolved. */ opened: Alert[]; resolved: Alert[] }

/** Challenger against champion on the outcomes of their own shares. */
export interface TrialReport {
  endpoint: string
  champion: TrialArm
  challenger: TrialArm
  /** Brier score of challenger − champion (below 0: the challenger is better), with an always-valid interval (Waudby-Smith et al. 2021). */
  difference: Estimate
  /** AUC of challenger − champion, with an always-valid interval on DeLong's standard error. */
  aucDifference: Estimate | null
  alpha: number
  margin: number
  /** χ² of the shares that were asked for: below 0.001 the split is not what it should be. */
  sampleRatio: { expected: number; observed: number; pValue: number; warning: boolean }
  from: Micros
  /** When the policy ends it. */
  ends: Micros
  now: Micros
  /** swap: better for certain, or over and not worse than the margin; keep: worse for certain, or over and maybe worse; continue. */
  verdict: 'swap' | 'keep' | 'continue'
  reason: string
}

export interface TrialArm { release: string; share: number; /** Answers of the model. */ predictions: number; /** Answers in its place, which are left out. */ fallback: number; labelled: number; brier: number | null; auc: Estimate | null; meanOutput: number | null; positives: number }
