// What people see of it: the table, the choices, and what came of them.
import { formatTime } from '../../core/time.ts'
import type { ColumnFacts, Survey } from '../../data/index.ts'
import { showGate } from '../show-gate.ts'
import { alignRows, type Terminal } from '../terminal.ts'
import { type Choices } from './choices.ts'
import { listed, shown } from './guess-target.ts'
import type { WrittenFile } from './project-files.ts'
import type { ProjectRun } from './run-project.ts'

const SHOWN = 40
const number = (n: number): string => n.toLocaleString('en')
const percent = (part: number, whole: number): string => `${(100 * part / Math.max(1, whole)).toFixed(1)} %`

/** The table as it was read: each column, and what was lost of it. */
export function showSurvey(survey: Survey, file: string, t: Terminal): void {
  const { reading, columns, nested } = survey
  const how = reading.format === 'parquet' ? 'Parquet' : `CSV, ${reading.encoding}, cut by ${{ ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars', ' ': 'spaces' }[reading.delimiter ?? ','] ?? reading.delimiter}`
  t.print(`${t.bold(file)}  ${number(survey.rows)} rows, ${number(columns.length)} columns  ${t.dim(how)}`)
  for (const note of reading.notes) t.print(`  ${t.warn('!')} ${note}`)
  t.print()
  // Columns with losses first to be cut off last.
  const listedColumns = columns.length <= SHOWN ? columns : columns.filter((c, i) => i < SHOWN || c.unreadable > 0).slice(0, SHOWN * 2)
  t.print(alignRows([['column', 'read as', 'missing', 'unreadable', ''].map(t.dim), ...listedColumns.map(c => row(c, survey.rows, t))], { indent: '  ', right: [2, 3] }).join('\n'))
  if (listedColumns.length < columns.length) t.print(t.dim(`  and ${columns.length - listedColumns.length} more without losses`))
  for (const { original, sqlType } of nested) t.print(`  ${t.warn('!')} ${original} is left out: ${shorten(sqlType)} is nested or binary, and no model reads it`)
  t.print()
}

function row(c: ColumnFacts, rows: number, t: Terminal): string[] {
  const note = c.unreadable > 0 ? `such as ${c.unreadableExamples.map(e => JSON.stringify(e)).join(', ')}: missing from here on` : c.reading.as === 'time' && c.reading.assumed !== undefined ? `${c.reading.assumed}: an assumption` : ''
  return [c.name, readAs(c), c.missing === 0 ? t.dim('0') : percent(c.missing, rows), c.unreadable === 0 ? t.dim('0') : t.warn(number(c.unreadable)), note === '' ? '' : t.dim(note)]
}

/** In words. */
function readAs({ reading, type }: ColumnFacts): string {
  switch (reading.as) {
    case 'number': return `${type === 'int64' ? 'whole number' : 'number'}${reading.decimal === ',' ? ', decimal comma' : ''}${reading.unit === undefined ? '' : `, in ${reading.unit}`}`
    case 'boolean': return 'true or false'
    case 'clock': return 'time of day, in hours'
    case 'time': return 'time'
    case 'epoch': return `time, ${reading.unit} since 1970`
    case 'text': return reading.spelling === undefined ? 'text' : `text, ${Object.keys(reading.spelling).length} spellings joined`
    case 'is': return { int64: 'whole number', float64: 'number', boolean: 'true or false', timestamp: 'time', string: 'text' }[type]
  }
}

export function showChoices(choices: Choices, survey: Survey, t: Terminal): void {
  const { outcome, counts, time, key, split, inputs, derived, leftOut, warnings, timeNote } = choices
  const known = counts.positive + counts.negative
  const rows: string[][] = [
    ['predict', `${t.bold(outcome.column)} ${outcome.above === undefined ? `= ${shown(outcome.equals ?? null)}` : `> ${outcome.above}`}: ${number(counts.positive)} of ${number(known)} rows (${percent(counts.positive, known)})`],
    ['time', `${'column' in time ? `${t.bold(time.column)}, ${formatTime(split.from).slice(0, 10)} to ${formatTime(split.to).slice(0, 10)}` : t.warn(timeNote ?? '')}`],
    ['key', key.added ? t.dim(key.note ?? '') : `${t.bold(key.column)}${key.note === null ? '' : t.dim(`, ${key.note}`)}`],
    ['judge', `on the last ${Math.round(split.share * 100)} %: ${number(split.holdout)} rows, ${number(split.holdoutPositives)} of them positive; ${number(split.training)} train`],
    ['read', `${inputs.filter(i => i.model).length + derived.length} features: ${listed([...inputs.filter(i => i.model).map(i => i.name), ...derived.map(d => d.name)])}`],
  ]
  t.print(alignRows(rows.map(([a, b]) => [t.accent(a), b]), { indent: '  ' }).join('\n'))
  if (counts.none > 0) t.print(`  ${t.warn('!')} ${number(counts.none)} ${counts.none === 1 ? 'row has' : 'rows have'} no outcome: kept in the table, neither trained on nor judged on`)
  const timeless = known - split.training - split.holdout
  if (timeless > 0) t.print(`  ${t.warn('!')} ${number(timeless)} ${timeless === 1 ? 'row with an outcome has' : 'rows with an outcome have'} no time: kept in the table, neither trained on nor judged on`)
  if (survey.repeated > 0) t.print(`  ${t.warn('!')} ${survey.repeated === 1 ? '1 row repeats' : `${number(survey.repeated)} rows repeat`} another one in every cell: ${choices.dropRepeated ? 'left out' : 'kept, as there is no key that says they are the same'}`)
  if (leftOut.length > 0) {
    t.print(`\n  ${t.bold('Not read')}`)
    const shownOnes = [...leftOut].sort((a, b) => Number(b.leak) - Number(a.leak)).slice(0, SHOWN)
    t.print(alignRows(shownOnes.map(l => [l.leak ? t.warn(l.name) : l.name, l.leak ? t.warn(l.why) : t.dim(l.why)]), { indent: '    ' }).join('\n'))
    if (shownOnes.length < leftOut.length) t.print(t.dim(`    and ${leftOut.length - shownOnes.length} more: slipway.ts names them`))
    if (leftOut.some(l => l.leak)) t.print(t.dim(`    Known early enough all the same? --include ${leftOut.find(l => l.leak)?.name}`))
  }
  for (const warning of warnings.slice(0, 5)) t.print(`  ${t.warn('!')} ${warning}`)
  if (warnings.length > 5) t.print(`  ${t.warn('!')} and ${warnings.length - 5} more say as much by themselves`)
  t.print()
}

export function showFiles(files: readonly WrittenFile[], dir: string, t: Terminal): void {
  t.print(`${t.good('✓')} ${t.bold('Project')} in ${dir}`)
  t.print(alignRows(files.map(f => [f.path, f.state === 'kept' ? t.warn('kept as it is: it was edited, or is not ours (--force replaces it)') : t.dim(f.state)]), { indent: '  ' }).join('\n'))
  t.print()
}

/** What training, gate and deployment came to. */
export function showRun(made: ProjectRun, t: Terminal): void {
  const { run, version, gate, approval, release, deployment } = made
  const auc = run.candidate?.metrics.auc
  t.print(`${t.good('✓')} ${t.bold(`${version.model}@${version.version}`)} ${made.resumed ? 'was trained before, from the same table' : 'trained'}  ${t.dim(run.id)}`)
  if (run.data !== null && auc !== undefined) t.print(`  ${number(run.data.counts.training)} rows trained, ${number(run.data.counts.holdout)} held out: AUC ${t.bold(auc.value.toFixed(3))} (95 %: ${auc.low.toFixed(3)} to ${auc.high.toFixed(3)})`)
  const leans = (run.candidate?.summary as { importance?: { feature: string; share: number }[] } | undefined)?.importance?.filter(i => i.share >= 0.01).slice(0, 4) ?? []
  if (leans.length > 0) t.print(`  leans most on ${leans.map(i => `${i.feature} (${Math.round(i.share * 100)} %)`).join(', ')}`)
  if (auc !== undefined && auc.value >= 0.99) t.print(`  ${t.warn('!')} hardly anything is foretold so well: was all of that known when the prediction would have been asked for? If not: --exclude ${leans[0]?.feature ?? 'COLUMN'} --force`)
  showGate(gate, t)
  if (!gate.passed) return
  if (approval === null) { t.print(`${t.warn('…')} waits for a person: slipway approve ${version.model} --version ${version.version}`); return }
  t.print(`${t.good('✓')} approved by ${approval.actor}${approval.actor.startsWith('policy:') ? t.dim(', the policy that slipway.ts names') : ''}  ${t.dim(approval.id)}`)
  if (release !== null && deployment !== null) t.print(`${t.good('✓')} ${release.id} answers for ${t.bold(deployment.endpoint)}${deployment.dryRun ? t.dim(', as before') : ''}`)
}

/** The reason in words, and what can be done. */
export function showRefusal(made: ProjectRun, choices: Choices, t: Terminal): void {
  const { gate, project } = made
  t.print()
  t.print(`${t.bad('✗')} ${t.bold('Nothing is served')}: on rows that it had not seen the model ranks ${choices.outcome.column} ${gate.candidate.low <= 0.5 ? 'no better than chance, as far as these rows can tell' : 'not surely better than what it was compared with'}.`)
  t.print(`  The project stays. What may help:`)
  t.print(`  · columns that say more about the outcome, or more rows: ${number(gate.rows)} judged, and a true AUC of about ${Math.min(1, gate.referenceValue.value + gate.margin + gate.detectable).toFixed(2)} would have passed in 80 % of cases`)
  if (choices.leftOut.some(l => l.leak)) t.print(`  · a column that was left out and is known early enough: --include ${choices.leftOut.find(l => l.leak)?.name} --force`)
  t.print(`  · another target, value or limit: --target, --positive, --above with --force; or edit slipway.ts and run this again`)
  t.print(t.dim(`  slipway train ${project.model} --help says how to train by hand; the refusal is in the ledger under ${gate.id}.`))
}

function shorten(text: string): string { return text.length > 60 ? `${text.slice(0, 59)}…` : text }
