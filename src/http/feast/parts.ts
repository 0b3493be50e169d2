import type { FastifySchemaCompiler } from 'fastify'
import type { Log } from '../../core/log.ts'
import type { RegisteredFeatures } from '../../data/index.ts'
import type { Platform } from '../../platform.ts'
import type { Metrics } from '../metrics/metrics.ts'

/** What the routes are made with. `trust`: their schemas document; bodies may hold a million values, and each is checked where it is used. */
export interface FeastParts { platform: Platform; metrics: Metrics; log: Log; registered: RegisteredFeatures; trust: FastifySchemaCompiler<unknown> }
