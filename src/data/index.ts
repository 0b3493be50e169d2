// The door of the data component: datasets, point-in-time history, online features.
import '../core/runtime.ts'

export { openFeatureStore, type FeatureStore, type FeatureStoreOptions, type Materialization, type MaterializeRequest } from './feature-store.ts'
export type { SourceStatus } from './online/online-store.ts'
export type { DatasetVersion } from './dataset.ts'
export type { FeatureCheck, FeatureDifference } from './history/check.ts'
export { bundleOnDemand } from './on-demand/bundle.ts'
export { applyProject, type ProjectChange, type ProjectRequest } from './project.ts'
export { checkProject } from './project-check.ts'
