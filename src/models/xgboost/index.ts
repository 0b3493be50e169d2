import type { ModelFormat } from '../format.ts'
import { nativeModel } from '../native.ts'
import { readModel } from './model.ts'
import { parseUbjson } from './ubjson.ts'

/** XGBoost's `save_model` to `.json`. */
export const xgboostJson: ModelFormat = {
  name: 'xgboost-json',
  recognise: ({ json }) => typeof json === 'object' && json !== null && 'learner' in json,
  read: (file, digest) => nativeModel(digest, { format: 'xgboost-json', ...readModel(file.json) }),
}

/** XGBoost's `save_model` to `.ubj`. */
export const xgboostUbjson: ModelFormat = {
  name: 'xgboost-ubjson',
  // A key's length comes first, where JSON has a quotation mark.
  recognise: file => /^\{[iUIlL#]/.test(file.head(2)),
  read: (file, digest) => nativeModel(digest, { format: 'xgboost-ubjson', ...readModel(parseUbjson(file.bytes)) }),
}
