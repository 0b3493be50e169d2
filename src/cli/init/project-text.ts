// The project file as a person would write it, with the choices that were made beside what they made.
import { formatTime } from '../../core/time.ts'
import { timeColumn, type Choices, type InputColumn } from './choices.ts'
import { camel } from './on-demand-text.ts'
import { shown } from './guess-target.ts'
import { inComment, literalOf, quote, wrap } from './source-text.ts'

/** The policy that approves; the project says that it is one. */
export const POLICY = 'approve-what-passed-its-gate'

/** slipway.ts. The same choices give the same text. */
export function projectText(choices: Choices): string {
  const { name, source, outcome, label, time, key, knownAt, split, derived, learner } = choices
  const { entity, type } = entityOf(choices)
  const question = outcome.above === undefined ? `${outcome.column} = ${shown(outcome.equals ?? null)}` : `${outcome.column} > ${outcome.above}`
  const at = timeColumn(choices)
  const lines = [
    `// ${inComment(`Will it be ${question}?`)} Written by \`slipway init\` out of ${inComment(source)}; from here on it is yours to edit.`,
    `// After a change: slipway plan, slipway apply, slipway train ${name} --from ${day(split.from)} --to ${day(split.to)}`,
    "import type { ProjectDefinition } from 'slipway'",
    '',
    'export default {',
    `  name: ${quote(name)},`,
    `  // Cleaned: ${name}.cleaning.json beside it says how each column was read, and what was lost.`,
    `  datasets: [{ name: ${quote(name)}, files: [${quote(`data/${name}.parquet`)}] }],`,
    `  // ${key.added ? 'The table has no key: its rows are numbered. ' : ''}An outcome that comes later finds its prediction by this.`,
    `  entities: [{ name: ${quote(entity)}, key: ${quote(key.column)}, type: ${quote(type)} }],`,
    '  // All that the model reads comes with the request: there are no sources of events yet, and no views over them.',
    '  sources: [],',
    '  views: [],',
    '  services: [',
    '    {',
    `      name: ${quote(name)}, entities: [], features: [],`,
    '      request: [',
    ...requestLines(choices.inputs),
    '      ],',
    ...derived.length === 0 ? [] : [
      '      // Times are no model inputs; these are made of them, by the same code in training and at serving.',
      '      onDemand: {',
      "        module: './on-demand.ts',",
      '        functions: [',
      ...derived.map(d => `          { name: ${quote(d.name)}, export: ${quote(camel(d.name))}, type: ${d.kind === 'days_before' ? "'float64'" : "'int64'"}, inputs: ${literalOf(d.inputs)} },`),
      '        ],',
      '      },',
    ],
    ...leftOutLines(choices),
    '    },',
    '  ],',
    '  models: [',
    '    {',
    `      name: ${quote(name)},`,
    `      service: ${quote(name)},`,
    '      examples: {',
    `        dataset: ${quote(name)},`,
    ...choices.timeNote === null ? [] : [`        // ${inComment(choices.timeNote)}.`],
    `        time: { column: ${quote(at)} },`,
    '        entities: {},',
    `        request: {`,
    ...wrap(choices.inputs.map(i => `${i.name}: ${quote(i.name)}`), '          '),
    '        },',
    `        // ${choices.counts.positive.toLocaleString('en')} of ${(choices.counts.positive + choices.counts.negative).toLocaleString('en')} rows.${knownAt === null ? ' Taken to be known at once; where it is known later, name the column: knownAt.' : ''}`,
    `        label: ${literalOf({ name: label, column: outcome.column, above: outcome.above, equals: outcome.above === undefined ? outcome.equals : undefined, knownAt: knownAt ?? undefined })},`,
    '      },',
    `      learner: ${literalOf(learner)},`,
    '      evaluation: {',
    `        // The last ${Math.round(split.share * 100)} % ${'column' in time ? 'by time' : 'of the rows'} judge, and never train: ${split.holdout.toLocaleString('en')} rows, ${split.holdoutPositives.toLocaleString('en')} of them positive.`,
    `        metric: 'auc', holdout: ${split.share},`,
    '        // The first model must beat one that knows only the share of positives; each later one must beat the model that serves.',
    "        baseline: { name: 'constant' }, margin: 0, alpha: 0.05,",
    "        // A named policy says yes to what passed its gate. To ask a person instead: { role: 'approver', fourEyes: true }",
    `        approval: { policy: ${quote(POLICY)} },`,
    '      },',
    '      seed: 1,',
    '    },',
    '  ],',
    '  endpoints: [',
    '    {',
    `      name: ${quote(name)}, model: ${quote(name)}, labelEntity: ${quote(entity)},`,
    '      // Above it the decision is yes. Lower it where a missed case costs more than a false alarm.',
    '      threshold: 0.5,',
    '    },',
    '  ],',
    '} satisfies ProjectDefinition',
    '',
  ]
  return lines.join('\n')
  function day(micros: number): string { return formatTime(micros).slice(0, 10) }
}

function requestLines(inputs: readonly InputColumn[]): string[] {
  return inputs.map(i => {
    const field = literalOf({ name: i.name, type: i.type, optional: i.optional ? true : undefined, model: i.model ? undefined : false })
    const original = inComment(i.original)
    return `        ${field},${original === '' || original.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_') === i.name ? '' : ` // ${original}`}`
  })
}

function leftOutLines({ leftOut }: Choices): string[] {
  if (leftOut.length === 0) return []
  const shownOnes = leftOut.slice(0, 60)
  return ['      // Not read:', ...shownOnes.map(l => `      //   ${inComment(`${l.name} ${l.why}`)}`), ...leftOut.length > shownOnes.length ? [`      //   and ${leftOut.length - shownOnes.length} more`] : []]
}

/** A name for what a row is about. */
export function entityOf({ key }: Pick<Choices, 'key'>): { entity: string; type: 'string' | 'int64' } {
  const entity = key.added ? 'row' : key.column.replace(/_?(id|key|uuid|guid|number|nr|no|code)$/, '').replace(/_+$/, '')
  return { entity: /^[a-z][a-z0-9_-]*$/.test(entity) ? entity : 'row', type: key.type }
}
