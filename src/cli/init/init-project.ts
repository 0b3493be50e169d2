// The command's way: look, choose, write, run, show.
import { join } from 'node:path'
import type { Table } from '../../core/table.ts'
import type { Survey } from '../../data/index.ts'
import type { CommandContext } from '../command.ts'
import { withConnection, type Connection } from '../connection.ts'
import { loadProject, type LoadedProject } from '../project.ts'
import type { Choices } from './choices.ts'
import { describeSource, recordOf, writeRecord, type CleaningRecord } from './cleaning-record.ts'
import { assertOwnFolder, dataPath, projectFiles, recordPath, writeProject, type WrittenFile } from './project-files.ts'
import { entityOf } from './project-text.ts'
import { confirm } from './questions.ts'
import { showChoices, showFiles, showRefusal, showRun, showSurvey } from './report.ts'
import { partsOf, runProject, type ProjectRun } from './run-project.ts'
import { sampleRow, type SampleRow } from './sample-row.ts'
import { projectName, settleChoices, type InitOptions } from './settle-choices.ts'

const SAMPLE = 1_000

export interface InitFlags { home?: string; json: boolean; dryRun: boolean; force: boolean }

/** Returns the exit code: 3 when the gate refuses. */
export async function initProject(look: () => Promise<Survey>, place: { dir: string; shown: string }, options: InitOptions, flags: InitFlags, context: CommandContext): Promise<number> {
  const { terminal: t } = context
  assertOwnFolder(place.dir, projectName(options), flags.force)
  const survey = await look()
  try {
    t.settle()
    if (!flags.json) showSurvey(survey, options.file.split('/').at(-1) ?? options.file, t)
    const choices = await settleChoices(survey, options)
    if (options.interactive) t.print()
    if (!flags.json) showChoices(choices, survey, t)
    const rows = await survey.sample(SAMPLE)
    const { entity } = entityOf(choices)
    const sample = sampleRow(rows, choices.inputs.map(i => ({ ...i, column: i.name })), choices.key.added ? null : { name: entity, column: choices.key.column })
    const files = projectFiles(place.dir, choices, JSON.stringify(sample))
    if (flags.dryRun) { showDryRun(files, choices, survey, flags.json, context); return 0 }
    if (options.interactive) await confirm('Write the project, train, and serve what passes its gate?')
    const written = [...writeProject(place.dir, files, flags.force), ...await writeData(survey, place.dir, choices, options.file)]
    if (!flags.json) showFiles(written, place.dir, t)
    const loaded = await loadProject(place.dir, context.cwd)
    return await withConnection({ home: flags.home }, context, connection => serve(connection, { loaded, choices, rows, written, place, flags, survey, context }), { create: true })
  } finally { await survey.close() }
}

async function writeData(survey: Survey, dir: string, choices: Choices, file: string): Promise<WrittenFile[]> {
  const added: CleaningRecord['added'] = { rowNumber: choices.key.added ? choices.key.column : undefined, rowTime: 'column' in choices.time ? undefined : { name: 'row_time', rows: choices.time.rows } }
  const written = await survey.write(join(dir, dataPath(choices.name)), { added })
  writeRecord(dir, choices.name, recordOf(survey, await describeSource(file), written, { dropRepeated: choices.dropRepeated, added }))
  return [{ path: dataPath(choices.name), state: 'written' }, { path: recordPath(choices.name), state: 'written' }]
}

interface Making { loaded: LoadedProject; choices: Choices; rows: Table; written: WrittenFile[]; place: { shown: string }; flags: InitFlags; survey: Survey; context: CommandContext }
interface Prediction { id: string; output: number; decision: boolean | null; release: string; eventTime: string; features?: Record<string, unknown> }

async function serve(connection: Connection, { loaded, choices, rows, written, place, flags, survey, context }: Making): Promise<number> {
  const { terminal: t } = context
  const knownBy = choices.knownAt === null ? null : survey.columns.find(c => c.name === choices.knownAt)?.high ?? null
  const made = await runProject(connection, loaded, choices.name, choices.split, knownBy, line => { t.progress(line) })
  t.settle()
  const sample = sampleOf(loaded, choices, rows)
  const path = `/api/v1/endpoints/${encodeURIComponent(made.project.endpoint)}/predict`
  const prediction = made.deployment === null ? null : await connection.call<Prediction>('POST', `${path}?features=true`, sample)
  const home = flags.home === undefined ? '' : ` --home ${flags.home}`
  const curl = `curl -s ${connection.url ?? 'http://127.0.0.1:4777'}${path} -H 'content-type: application/json' -d '${JSON.stringify(sample).replaceAll("'", "'\\''")}'`
  if (flags.json) {
    t.print(JSON.stringify({ ...summary(choices, survey), files: written, ...made, prediction, request: { path, body: sample }, curl: prediction === null ? null : curl, serving: connection.url }))
    return made.gate.passed ? 0 : 3
  }
  showRun(made, t)
  if (!made.gate.passed) { showRefusal(made, choices, t); return 3 }
  if (prediction === null) return 0
  showPrediction(made, prediction, choices, context)
  t.print()
  t.print(connection.url === null ? `Serve it, then ask it:\n\n  slipway serve${home}\n` : `Ask it; the server at ${connection.url} answers already:\n`)
  t.print(`  ${curl}`)
  t.print()
  t.print(t.dim(`slipway trace ${prediction.id}${home} shows what that answer rests on. ${place.shown === '.' ? 'README.md' : `${place.shown}/README.md`} says what comes next.`))
  return 0
}

/** By the project as it is now: it may have been edited. */
function sampleOf({ project }: LoadedProject, choices: Choices, rows: Table): SampleRow {
  const { model, service, endpoint } = partsOf(project, choices.name)
  const inputs = service.request.flatMap(r => {
    const column = model.examples.request[r.name]
    return rows.schema.some(c => c.name === column) ? [{ name: r.name, column, type: r.type, optional: r.optional === true }] : []
  })
  const entity = project.entities.find(e => e.name === endpoint.labelEntity && rows.schema.some(c => c.name === e.key))
  return sampleRow(rows, inputs, entity === undefined ? null : { name: entity.name, column: entity.key })
}

function showPrediction({ project }: ProjectRun, prediction: Prediction, choices: Choices, { terminal: t }: CommandContext): void {
  const { output, decision, id } = prediction
  t.print()
  t.print(`${t.bold(project.endpoint)} says for a row of the table: ${t.bold(output.toFixed(4))}${decision === null ? '' : decision ? `, ${t.warn('yes')}` : `, ${t.good('no')}`}  ${t.dim(`the chance of ${choices.label}; ${id}`)}`)
}

function showDryRun(files: readonly { path: string; text: string }[], choices: Choices, survey: Survey, json: boolean, { terminal: t }: CommandContext): void {
  if (json) { t.print(JSON.stringify({ dryRun: true, ...summary(choices, survey), files })); return }
  for (const { path, text } of files) {
    t.print(t.bold(`── ${path}`))
    t.print(text)
  }
  t.print(t.dim('A dry run: nothing was written.'))
}

function summary(choices: Choices, survey: Survey): object {
  const columns = survey.columns.map(({ name, original, type, reading, missing, unreadable, unreadableExamples, distinct }) => ({ name, original, type, reading, missing, unreadable, unreadableExamples, distinct }))
  return { table: { rows: survey.rows, repeated: survey.repeated, nested: survey.nested, read: survey.reading, columns }, choices }
}
