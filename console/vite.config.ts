import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  build: {
    target: 'es2023', manifest: 'manifest.json', assetsDir: 'assets', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false,
    rolldownOptions: { output: {
      // What the first view needs is one file: split, it compresses worse.
      codeSplitting: { groups: [{ name: 'app', test: /node_modules\/(?!.*(?:[uU]seMutation|mutationObserver))|\/console\/src\/(?:api\/(?!page-queries|refresh)|router|parts\/(?:bar|choice|find|format|page|panel|shell|side|theme|view|refs|table|figure|words|endpoint-state|spark)\.)/ }] },
      entryFileNames: 'assets/[name]-[hash].js', chunkFileNames: 'assets/[name]-[hash].js', assetFileNames: 'assets/[name]-[hash][extname]',
    } },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:4777' } },
})
