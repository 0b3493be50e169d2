import { describe, expect, it } from 'vitest'
import { loadPackage } from './optional-package.ts'

describe('an optional package', () => {
  const missing = (name: string): Error => Object.assign(new Error(`Cannot find package '${name}' imported from /app/connection.js`), { code: 'ERR_MODULE_NOT_FOUND' })

  it('that is not installed is named with the line that installs it', async () => {
    await expect(loadPackage('pg', 'npm install pg@8', () => Promise.reject(missing('pg')))).rejects.toMatchObject({ code: 'invalid_config', message: expect.stringContaining('package pg') as string, remedy: expect.stringContaining('`npm install pg@8`') as string })
    expect(await loadPackage('pg', '', async () => 7)).toBe(7)
  })

  it('that is installed and fails is not said to be missing', async () => {
    await expect(loadPackage('pg', '', () => Promise.reject(missing('pg-pool')))).rejects.toThrow("Cannot find package 'pg-pool'")
    await expect(loadPackage('pg', '', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  })
})
