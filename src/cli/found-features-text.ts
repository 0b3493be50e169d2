// What a feature search found, as the files that a project is written in.
import type { AggregateView } from '../core/definition.ts'
import { inComment, literalOf, quote } from './init/source-text.ts'

export interface FoundFeatures { model: string; service: string; views: AggregateView[]; features: string[] }

/** The first line of a file that may be written over. */
export const FOUND_MARK = 'Found by `slipway features search`'

/** A module to import: `views` for the project's views, `features` for those of the service. The same findings give the same text. */
export function foundFeaturesText({ model, service, views, features }: FoundFeatures): string {
  return [
    `// ${FOUND_MARK} for ${inComment(model)}. Import it where the project is written: \`views: [..., ...views]\`, and in service ${inComment(service)} \`features: [..., ...features]\`.`,
    "import type { AggregateView } from 'slipway'",
    '',
    'export const views: AggregateView[] = [',
    ...views.flatMap(({ features: own, ...view }) => [
      '  {',
      `    ${literalOf(view).slice(2, -2)},`,
      '    features: [',
      ...own.map(f => `      ${literalOf(f)},`),
      '    ],',
      '  },',
    ]),
    ']',
    '',
    'export const features: string[] = [',
    ...features.map(name => `  ${quote(name)},`),
    ']',
    '',
  ].join('\n')
}

/** The same for a project in YAML: pieces to paste. */
export async function foundFeaturesYaml({ model, service, views, features }: FoundFeatures): Promise<string> {
  const { stringify } = await import('yaml')
  return `# ${FOUND_MARK} for ${inComment(model)}. Add the views to \`views\`, and the names to \`features\` of service ${inComment(service)}.\n${stringify({ views, features }, { lineWidth: 0 })}`
}
