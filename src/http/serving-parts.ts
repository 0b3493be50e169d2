import type { Log } from '../core/log.ts'
import type { Platform } from '../platform.ts'
import { openServingFace } from './inference/serving-face.ts'
import { openMetrics, type Metrics } from './metrics/metrics.ts'
import { openInference } from './open-inference/inference.ts'
import type { OpenInferenceParts } from './open-inference/parts.ts'
import { openStatistics } from './open-inference/statistics.ts'

/** What the faces of one server share: HTTP and gRPC count into the same numbers. */
export interface ServingParts { metrics: Metrics; inference: OpenInferenceParts }

export function openServingParts(platform: Platform, log: Log): ServingParts {
  const metrics = openMetrics(platform)
  const face = openServingFace({ platform, metrics })
  const statistics = openStatistics()
  return { metrics, inference: { platform, log, face, statistics, inference: openInference({ face, statistics }) } }
}
