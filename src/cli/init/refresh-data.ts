// A newer file in place of the one before, cleaned in the same way.
import { join } from 'node:path'
import { SlipwayError } from '../../core/errors.ts'
import type { Reading, Survey } from '../../data/index.ts'
import type { Terminal } from '../terminal.ts'
import { describeSource, readRecord, recordOf, writeRecord } from './cleaning-record.ts'
import { dataPath } from './project-files.ts'
import { showSurvey } from './report.ts'
import { projectName, type InitOptions } from './settle-choices.ts'

/** @throws SlipwayError `invalid_request` when the file lacks columns that the table had. */
export async function refreshData(look: (known: ReadonlyMap<string, Reading>) => Promise<Survey>, place: { dir: string; shown: string }, options: InitOptions, flags: { json: boolean; dryRun: boolean }, t: Terminal): Promise<number> {
  const name = projectName(options)
  const record = readRecord(place.dir, name)
  const survey = await look(new Map(record.columns.map(c => [c.name, c.reading])))
  try {
    const lacking = record.columns.filter(c => !survey.columns.some(s => s.name === c.name)).map(c => c.name)
    if (lacking.length > 0) throw new SlipwayError('invalid_request', `${options.file} lacks ${lacking.length === 1 ? 'the column' : 'the columns'} ${lacking.join(', ')}, which the table has.`, { remedy: 'Bring a file of the same columns, or begin anew with `slipway init` and another name.' })
    const more = survey.columns.filter(s => !record.columns.some(c => c.name === s.name)).map(c => c.name)
    const types = new Map(record.columns.map(c => [c.name, c.type]))
    const { dropRepeated, added } = record
    if (dropRepeated) survey.dropRepeated()
    const rows = flags.dryRun ? survey.rows : await survey.write(join(place.dir, dataPath(name)), { added, types })
    const made = recordOf(survey, await describeSource(options.file), rows, { dropRepeated, added })
    // Its types are those of the project, whatever this file alone would give.
    for (const column of made.columns) column.type = types.get(column.name) ?? column.type
    if (!flags.dryRun) writeRecord(place.dir, name, made)
    if (flags.json) { t.print(JSON.stringify({ dryRun: flags.dryRun, name, rows, columns: made.columns, new: more })); return 0 }
    showSurvey(survey, made.source.file, t)
    if (more.length > 0) t.print(`${t.warn('!')} new columns, which the project does not read: ${more.join(', ')}`)
    t.print(flags.dryRun ? t.dim('A dry run: nothing was written.') : `${t.good('✓')} ${dataPath(name)} has ${rows.toLocaleString('en')} rows, cleaned as before`)
    if (!flags.dryRun) t.print(t.dim(`  Next: slipway apply${place.shown === '.' ? '' : ` --project ${place.shown}`}, slipway train ${name} --from … --to …, slipway deploy ${name}`))
    return 0
  } finally { await survey.close() }
}
