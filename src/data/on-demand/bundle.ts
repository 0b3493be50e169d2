import { builtinModules } from 'node:module'
import { access } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import type { BuildFailure, Plugin } from 'esbuild'
import { sha256 } from '../../core/digest.ts'
import { SlipwayError } from '../../core/errors.ts'

/** The name under which a bundle leaves its exports. */
export const BUNDLE_GLOBAL = 'slipwayOnDemand'

/**
 * Bundles a module (TypeScript or JavaScript) with all that it imports into one script without imports. The same sources give the same bytes,
 * wherever they lie; comments and white space do not count. `digest` is the SHA-256 of the code.
 * @throws SlipwayError `invalid_definition` when the module is missing, does not compile, or imports a module of Node.
 */
export async function bundleOnDemand(modulePath: string): Promise<{ code: string; digest: string }> {
  const name = basename(modulePath)
  await access(modulePath).catch((cause: unknown) => { throw new SlipwayError('invalid_definition', `There is no on-demand module ${modulePath}.`, { cause }) })
  const { build } = await import('esbuild')
  const built = await build({
    entryPoints: [resolve(modulePath)], absWorkingDir: dirname(resolve(modulePath)), bundle: true, write: false, format: 'iife', globalName: BUNDLE_GLOBAL,
    platform: 'neutral', mainFields: ['module', 'main'], target: 'es2023', charset: 'utf8', legalComments: 'none', minifyWhitespace: true,
    sourcemap: false, logLevel: 'silent', tsconfigRaw: {}, plugins: [refuseNode],
  }).catch((cause: BuildFailure) => {
    const faults = (cause.errors ?? []).map(e => ({ path: e.location ? `${e.location.file}:${e.location.line}` : name, message: e.text }))
    throw new SlipwayError('invalid_definition', `The on-demand module ${name} cannot be bundled: ${faults.map(f => `${f.path} ${f.message}`).join('; ') || cause.message}`, { faults, cause })
  })
  const code = built.outputFiles[0].text
  return { code, digest: sha256(code) }
}

const refuseNode: Plugin = {
  name: 'refuse-node',
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path, kind }) => {
      if (kind === 'entry-point' || !(path.startsWith('node:') || builtinModules.includes(path))) return undefined
      return { errors: [{ text: `imports ${path}; on-demand functions are pure and have no files, network or clock` }] }
    })
  },
}
