import type { Log } from '../../core/log.ts'
import type { Platform } from '../../platform.ts'
import type { ServingFace } from '../inference/serving-face.ts'
import type { Inference } from './inference.ts'
import type { Statistics } from './statistics.ts'

/** What the routes are made with. */
export interface OpenInferenceParts { platform: Platform; log: Log; face: ServingFace; inference: Inference; statistics: Statistics }
