import { defineConfig, type Plugin } from 'vite'

/** Parts of libraries that the console never runs, by the name under which the library asks for them; a third of their weight would be loaded before anything is seen. */
const UNUSED: Record<string, string> = {
  // @tanstack/query-core: pages that grow without end, and writes that wait until the browser is online again.
  './infiniteQueryBehavior.js': 'export const infiniteQueryBehavior = () => ({}), hasNextPage = () => false, hasPreviousPage = () => false',
  './mutationCache.js': 'export class MutationCache { findAll() { return [] } resumePausedMutations() { return Promise.resolve() } clear() {} }',
  // @tanstack/react-store: what React itself has had since 18, but with a choice of a part.
  'use-sync-external-store/shim/with-selector': `
import { useMemo, useSyncExternalStore } from 'react'
export function useSyncExternalStoreWithSelector(subscribe, get, _, select, equal) {
  const read = useMemo(() => {
    let whole, part, known = false
    return () => {
      const now = get()
      if (known && Object.is(whole, now)) return part
      const next = select(now)
      if (!known || !equal(part, next)) part = next
      whole = now
      known = true
      return part
    }
  }, [get, select, equal])
  return useSyncExternalStore(subscribe, read, read)
}`,
}

const leaveOut: Plugin = {
  name: 'leave-out', enforce: 'pre', apply: 'build',
  resolveId: (id, from) => (id in UNUSED && from?.includes('@tanstack') ? `\0unused/node_modules/${id}` : null),
  load: id => (id.startsWith('\0unused/node_modules/') ? UNUSED[id.slice('\0unused/node_modules/'.length)] : null),
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [leaveOut],
  build: {
    target: 'es2023', manifest: 'manifest.json', assetsDir: 'assets', assetsInlineLimit: 0, modulePreload: { polyfill: false, resolveDependencies: () => [] }, reportCompressedSize: false,
    rolldownOptions: { output: {
      // What the first view needs is one file: split, it compresses worse.
      codeSplitting: { groups: [{ name: 'app', test: /node_modules\/|\/console\/src\/(?:api\/(?!page-queries|refresh|mutation)|main|router|parts\/(?:bar|choice|find|format|page|panel|shell|side|theme|view|refs|table|figure|words|endpoint-state|spark)\.)/ }] },
      entryFileNames: 'assets/[name]-[hash].js', chunkFileNames: 'assets/[name]-[hash].js', assetFileNames: 'assets/[name]-[hash][extname]',
    } },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:4777' } },
})
