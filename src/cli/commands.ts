import type { CommandGroup } from './command.ts'

/** Every command, in the order in which one meets them. Each is loaded when it is used. */
export const COMMANDS: CommandGroup = {
  description: 'Slipway puts models into production and keeps the proof.',
  commands: {
    start: { description: 'Serve a home, run the flights tour on it once, go on serving', load: () => import('./commands/start.ts').then(m => m.start) },
    serve: { description: 'Serve a home until it is stopped', load: () => import('./commands/serve.ts').then(m => m.serve) },
    tour: { description: 'Run the flights tour, then stop', load: () => import('./commands/tour.ts').then(m => m.tour) },
    init: { description: 'From a CSV or Parquet file to a served model, with the project written for it', load: () => import('./commands/init.ts').then(m => m.init) },
    plan: { description: 'Show what a project file would change', load: () => import('./commands/plan.ts').then(m => m.plan) },
    apply: { description: 'Import a project\'s datasets and register its definitions', load: () => import('./commands/apply.ts').then(m => m.apply) },
    train: { description: 'Train a candidate, judge it, ask for approval', load: () => import('./commands/train.ts').then(m => m.train) },
    approve: { description: 'Say yes or no to a version that passed its gate', load: () => import('./commands/approve.ts').then(m => m.approve) },
    deploy: { description: 'Let a release answer for an endpoint', load: () => import('./commands/deploy.ts').then(m => m.deploy) },
    promote: { description: 'Make the challenger the champion', load: () => import('./commands/promote.ts').then(m => m.promote) },
    withdraw: { description: 'End the challenger', load: () => import('./commands/withdraw.ts').then(m => m.withdraw) },
    rollback: { description: 'Go back to the deployment before', load: () => import('./commands/rollback.ts').then(m => m.rollback) },
    drill: { description: 'Practise a failure: the fallback answers', load: () => import('./commands/drill.ts').then(m => m.drill) },
    predict: { description: 'Ask an endpoint', load: () => import('./commands/predict.ts').then(m => m.predict) },
    trace: { description: 'Show what a prediction rests on, down to the data', load: () => import('./commands/trace.ts').then(m => m.trace) },
    explain: { description: 'Show why a prediction came out as it did', load: () => import('./commands/explain.ts').then(m => m.explain) },
    'what-if': { description: 'Score a prediction again with other feature values', load: () => import('./commands/what-if.ts').then(m => m.whatIf) },
    replay: { description: 'Compute predictions again and compare them to the bit', load: () => import('./commands/replay.ts').then(m => m.replay) },
    monitor: { description: 'Show every monitor with its last look', load: () => import('./commands/monitor.ts').then(m => m.monitor) },
    alerts: { description: 'List alerts', load: () => import('./commands/alerts.ts').then(m => m.alerts) },
    acknowledge: { description: 'Say that somebody is on an alert', load: () => import('./commands/acknowledge.ts').then(m => m.acknowledge) },
    incidents: { description: 'List incidents, or show one with its timeline', load: () => import('./commands/incidents.ts').then(m => m.incidents) },
    trial: { description: 'Compare challenger and champion on their outcomes', load: () => import('./commands/trial.ts').then(m => m.trial) },
    report: { description: 'Report what became of an endpoint\'s predictions, week by week', load: () => import('./commands/report.ts').then(m => m.report) },
    features: {
      description: 'Features: their state, and the check of what was logged',
      commands: {
        status: { description: 'Show feature views and what online state holds', load: () => import('./commands/features-status.ts').then(m => m.featuresStatus) },
        check: { description: 'Recompute logged feature values from history and compare bits', load: () => import('./commands/features-check.ts').then(m => m.featuresCheck) },
        history: { description: 'Write what features were at the times of given rows', load: () => import('./commands/features-history.ts').then(m => m.featuresHistory) },
        search: { description: 'Search features for a model: which candidates later rows speak for', load: () => import('./commands/features-search.ts').then(m => m.featuresSearch) },
      },
    },
    export: {
      description: 'What is registered, for other programs',
      commands: { feast: { description: 'Write a repository for Feast\'s stock client', load: () => import('./commands/export-feast.ts').then(m => m.exportFeast) } },
    },
    data: {
      description: 'Data: what came in, its versions, and how it is undone',
      commands: {
        versions: { description: 'List the versions of a dataset, and what was made of each', load: () => import('./commands/data-versions.ts').then(m => m.dataVersions) },
        diff: { description: 'Show what differs between two dataset versions', load: () => import('./commands/data-diff.ts').then(m => m.dataDiff) },
        export: { description: 'Write a dataset version to a Parquet or CSV file', load: () => import('./commands/data-export.ts').then(m => m.dataExport) },
        log: { description: 'Show pushes, materializations, imports and undos with their positions', load: () => import('./commands/data-log.ts').then(m => m.dataLog) },
        undo: { description: 'Undo a bad push, backfill or import: back to a position', load: () => import('./commands/data-undo.ts').then(m => m.dataUndo) },
      },
    },
    verify: { description: 'Check everything that was recorded against its digests', load: () => import('./commands/verify.ts').then(m => m.verify) },
    doctor: { description: 'Look for what could be wrong here', load: () => import('./commands/doctor.ts').then(m => m.doctor) },
    config: {
      description: 'Configuration',
      commands: { explain: { description: 'Show every setting and where its value came from', load: () => import('./commands/config.ts').then(m => m.configExplain) } },
    },
  },
}
