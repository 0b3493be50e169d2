import { expect, it } from 'vitest'
import type { OpenInferenceParts } from '../open-inference/parts.ts'
import { openServices } from './services.ts'

it('every method says who may call it, and none changes what is deployed', () => {
  const services = openServices({} as OpenInferenceParts, () => true)
  const found = services.flatMap(({ name, methods }) => Object.entries(methods).map(([method, { access }]) => `${name}/${method} ${JSON.stringify(access)}`))
  expect(found.filter(f => f.endsWith('undefined'))).toEqual([])
  expect(found.filter(f => f.includes('"public"')).map(f => f.split('/')[1])).toEqual(['ServerLive "public"', 'ServerReady "public"', 'Check "public"', 'Watch "public"'])
  expect(found.filter(f => f.includes('"predict"')).map(f => f.split('/')[1])).toEqual(['ModelInfer "predict"', 'ModelStreamInfer "predict"', 'RepositoryModelLoad "predict"', 'RepositoryModelUnload "predict"'])
})
