import { describe, expect, it } from 'vitest'
import { resolveConfig } from './config.ts'

const faultsOf = (features: Record<string, unknown>): string[] => {
  try { resolveConfig({ file: { features } }); return [] } catch (error) { return (error as { faults: { path: string; message: string }[] }).faults.map(f => `${f.path} ${f.message}`) }
}

describe('where online state is kept', () => {
  it('is said by kind and address together', () => {
    expect(faultsOf({})).toEqual([])
    expect(faultsOf({ state: 'redis', stateUrl: 'redis://127.0.0.1' })).toEqual([])
    expect(faultsOf({ state: 'redis', stateUrl: 'rediss://me:secret@host:6380/2' })).toEqual([])
    expect(faultsOf({ state: 'postgres', stateUrl: 'postgresql://me:secret@host/db?sslmode=require' })).toEqual([])
    expect(faultsOf({ state: 'mysql' })).toEqual([expect.stringMatching(/^features.state "mysql" .*sqlite, redis, postgres/)])
    expect(faultsOf({ state: 'redis' })).toEqual([expect.stringMatching(/^features.stateUrl is missing/)])
    expect(faultsOf({ stateUrl: 'redis://host' })).toEqual([expect.stringMatching(/^features.stateUrl is set, and features.state is sqlite/)])
    for (const stateUrl of ['host:6379', 'http://host', 'postgres://host', 'redis://', 'redis://ho st']) expect(faultsOf({ state: 'redis', stateUrl })).toEqual([expect.stringMatching(/is no address of redis.*rediss:/)])
  })

  it('never shows the address, which may hold a password', () => {
    const { config, origins } = resolveConfig({ env: { SLIPWAY_FEATURES__STATE: 'postgres', SLIPWAY_FEATURES__STATE_URL: 'postgres://me:secret@host/db' } })
    expect(config.features.stateUrl).toBe('postgres://me:secret@host/db')
    expect(origins.find(o => o.path === 'features.stateUrl')).toMatchObject({ value: '(set, not shown)', from: 'environment' })
    expect(JSON.stringify([faultsOf({ state: 'redis', stateUrl: 'postgres://me:secret@host' }), faultsOf({ stateUrl: { secret: 'secret' } }), faultsOf({ stateUrl: 'secret' })])).not.toContain('"secret')
    expect(resolveConfig().origins.find(o => o.path === 'features.stateUrl')).toMatchObject({ value: '', from: 'default' })
  })
})

it('a setting that may be none: it is, until a number says otherwise', () => {
  const port = (...layers: (string | number)[]): number | null => resolveConfig({ env: layers[0] === undefined ? {} : { SLIPWAY_SERVER__GRPC_PORT: String(layers[0]) }, flags: layers[1] === undefined ? {} : { server: { grpcPort: layers[1] } } }).config.server.grpcPort
  expect([port(), port(8001), port(8001, 0), port('')]).toEqual([null, 8001, 0, null])
  for (const bad of ['x', '70000', '-1', '1.5']) expect(() => port(bad)).toThrow(/server.grpcPort/)
})
