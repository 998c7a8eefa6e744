import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { docsPlugin } from './src/docs/docs-plugin.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * The script that sets the theme before anything is painted: a file of its own, not a module,
 * because modules run after the first paint and the policy allows no script in the page.
 */
function themeScript(): Plugin {
  let name = ''
  return {
    name: 'theme-script',
    apply: 'build',
    buildStart() {
      const source = readFileSync(here('src/app/first-paint.js'), 'utf8')
      name = this.emitFile({ type: 'asset', name: 'first-paint.js', source })
    },
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle }) => {
        const file = Object.values(bundle ?? {}).find((one) =>
          one.type === 'asset' ? one.names.includes('first-paint.js') : false,
        )
        const src = `/${file?.fileName ?? name}`
        return [{ tag: 'script', attrs: { src }, injectTo: 'head-prepend' }]
      },
    },
  }
}

export default defineConfig({
  root: here('.'),
  base: '/',
  plugins: [react(), themeScript(), docsPlugin(here('..'))],
  resolve: { conditions: ['openbsn-source', 'browser', 'module', 'import', 'default'] },
  build: {
    target: 'es2023',
    // Data in URLs would be allowed by no policy, and files are cached for ever.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What nearly every page has comes as one file, and not as thirty small ones.
            { name: 'parts', test: /portal\/src\/(app|parts)\/(?!data-table|table-|tabs)/ },
          ],
        },
      },
    },
    reportCompressedSize: false,
    sourcemap: false,
  },
})
