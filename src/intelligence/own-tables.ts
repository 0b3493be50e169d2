// Labelled examples out of tables of one's own, in place of the data component: each feature is a column that is there already.
import { formatActor } from '../core/actor.ts'
import { canonicalize, parseCanonical, type Json } from '../core/canonical.ts'
import type { ExamplesDefinition, FeatureContent, LabelDefinition } from '../core/definition.ts'
import { digestOf } from '../core/digest.ts'
import { SlipwayError } from '../core/errors.ts'
import { suggest } from '../core/nearest-name.ts'
import type { FeaturePort, TrainingSetRequest } from '../core/ports/features.ts'
import type { Column, Value } from '../core/schema.ts'
import { columnOf, emptyColumn, getValue, setValue, type ColumnData, type Table } from '../core/table.ts'
import { parseDuration, type Micros } from '../core/time.ts'
import type { Metadata } from '../metadata/index.ts'
import type { BlobStore, Body } from '../store/index.ts'

const FORMAT = 'slipway-table/1'

/**
 * A feature port over tables in memory. A model's `examples.dataset` names the table; its `examples.request` names the columns that the model
 * reads, as they are: whoever made the table answers for it that nothing in a row was unknown at the row's time.
 * Each set of examples is kept under its digest, with a ledger entry, as the data component does.
 * @example
 * const features = openOwnTables(foundation, { flights: table })
 * const intelligence = await openIntelligence({ ...foundation, features })
 */
export function openOwnTables({ metadata, blobs }: { metadata: Metadata; blobs: BlobStore }, tables: Record<string, Table>): FeaturePort {
  return {
    async createTrainingSet(request) {
      const source = Object.hasOwn(tables, request.examples.dataset) ? tables[request.examples.dataset] : undefined
      if (source === undefined) throw new SlipwayError('not_found', `There is no table ${request.examples.dataset}.${suggest(request.examples.dataset, Object.keys(tables))}`)
      const content = request.content ?? contentOf(request.service, request.examples, source)
      const table = selectExamples(source, request, content.outputs)
      const bytes = encodeTable(table)
      const digest = await blobs.put(bytes)
      const version = digestOf({ schema: table.schema as unknown as Json, files: [digest], rows: table.rows })
      const { name, service, purpose, from, to, labelsKnownBy = to, actor } = request
      const details = { name, rows: table.rows, purpose, service, from, to, labelsKnownBy }
      const stored = await metadata.get('datasetVersion', version)
      await metadata.change({ actor, action: 'trainingset.created', subject: `datasetVersion/${version}`, details }, async tx => {
        if (stored !== null) return
        const files = [{ name: `${name}.json`, digest, bytes: bytes.length }]
        await tx.put('datasetVersion', version, { version, name, format: FORMAT, schema: table.schema, files, rows: table.rows, parents: [], createdBy: formatActor(actor), derivation: details } as unknown as Body)
      })
      return { version, rows: table.rows, content, contentDigest: digestOf(content as unknown as Json), parents: [] }
    },
    async loadDataset(version) {
      const found = await metadata.get<{ format: string; files: { digest: string }[] }>('datasetVersion', version)
      if (found === null || found.body.format !== FORMAT) throw new SlipwayError('not_found', `There is no dataset version ${version} of a table.`)
      return decodeTable(await blobs.get(found.body.files[0].digest))
    },
    describe: refuse, exploreFeatures: refuse, prepare: refuse, read: refuse, computeOnDemand: refuse, push: refuse,
  }
}

async function refuse(): Promise<never> { throw new SlipwayError('not_found', 'These features are tables of examples: nothing is served from them.') }

function contentOf(service: string, examples: ExamplesDefinition, table: Table): FeatureContent {
  const outputs = Object.entries(examples.request).map(([name, column]): Column => ({ name, type: readColumn(table, column, `examples.request.${name}`).type }))
  return { service: { name: service, entities: [], request: outputs, features: [] }, views: [], sources: [], entities: [], onDemandDigest: null, outputs }
}

/** The rows of the range whose outcome was known in time: by prediction time, then as in the table. */
function selectExamples(table: Table, { examples, from, to, labelsKnownBy = to }: TrainingSetRequest, outputs: readonly Column[]): Table {
  const offset = parseDuration(examples.time.offset ?? '0s')
  if (offset === null) throw new SlipwayError('invalid_definition', `examples.time.offset must be a duration such as '-30m', and is '${examples.time.offset}'.`)
  const time = readColumn(table, examples.time.column, 'examples.time.column')
  const knownAt = readColumn(table, examples.label.knownAt ?? examples.time.column, 'examples.label.knownAt')
  const outcome = readColumn(table, examples.label.column, 'examples.label.column')
  const rows: { at: Micros; row: number; label: boolean }[] = []
  for (let row = 0; row < table.rows; row++) {
    const [t, known, label] = [getValue(time, row), getValue(knownAt, row), judge(examples.label, getValue(outcome, row))]
    if (t === null || known === null || label === null || Number(known) > labelsKnownBy) continue
    const at = Number(t) + offset
    if (at >= from && at < to) rows.push({ at, row, label })
  }
  rows.sort((a, b) => a.at - b.at || a.row - b.row)
  const fill = (type: Column['type'], value: (i: number) => Value): ColumnData => {
    const column = emptyColumn(type, rows.length)
    for (let i = 0; i < rows.length; i++) setValue(column, i, value(i))
    return column
  }
  const inputs = outputs.map(({ name, type }) => {
    const column = readColumn(table, examples.request[name], `examples.request.${name}`)
    return fill(type, i => getValue(column, rows[i].row))
  })
  return {
    rows: rows.length, schema: [{ name: 'time', type: 'timestamp' }, { name: 'label', type: 'boolean' }, ...outputs.map(({ name, type }) => ({ name, type }))],
    columns: [fill('timestamp', i => rows[i].at), fill('boolean', i => rows[i].label), ...inputs],
  }
}

/** Null is no label. */
function judge({ above, equals }: LabelDefinition, value: Value): boolean | null {
  if (value === null || Number.isNaN(value)) return null
  return equals === undefined ? Number(value) > Number(above) : typeof value === 'bigint' ? value === BigInt(equals) : value === equals
}

function readColumn(table: Table, name: string | undefined, path: string): ColumnData {
  const column = name === undefined ? undefined : columnOf(table, name)
  if (column !== undefined) return column
  const message = `names the column ${name}, which the table does not have; it has ${table.schema.map(c => c.name).join(', ')}`
  throw new SlipwayError('invalid_definition', `${path} ${message}.`, { faults: [{ path, message }] })
}

function encodeTable({ rows, schema, columns }: Table): Uint8Array {
  const values = columns.map(column => Array.from({ length: rows }, (_, i) => getValue(column, i)))
  return new TextEncoder().encode(canonicalize({ format: FORMAT, rows, schema, columns: values } as unknown as Json))
}

function decodeTable(bytes: Uint8Array): Table {
  const { rows, schema, columns } = parseCanonical(new TextDecoder().decode(bytes)) as unknown as { rows: number; schema: Column[]; columns: Value[][] }
  return {
    rows, schema, columns: schema.map(({ type }, k) => {
      const column = emptyColumn(type, rows)
      for (let i = 0; i < rows; i++) setValue(column, i, columns[k][i])
      return column
    }),
  }
}
