import type { Definitions } from '../../../data/index.ts'
import type { Identifiers } from './python.ts'

/** What is being written: identifiers by what they stand for. */
export interface Writing {
  definitions: Definitions
  ids: Identifiers
  /** Entity name → variable; `key <column>` for a column that is no entity's. */
  entities: Map<string, string>
  /** Source → variable of its file. */
  files: Map<string, string>
  views: Map<string, string>
  /** Names of Feast's data sources, which share one space. */
  sourceNames: Identifiers
  notes: string[]
}
