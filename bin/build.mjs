/**
 * Builds what is published: the SDK (JavaScript and types) and the program (JavaScript), because
 * Node does not strip types inside node_modules. Run by `npm run build` and before `npm pack`.
 */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')

function fail(text) {
  process.stderr.write(`build: ${text}\n`)
  process.exit(1)
}

function compile(config) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', config], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) fail(`tsc -p ${config} found errors`)
}

/** tsc rewrites the extension of imports, not of `new URL('./worker.ts', import.meta.url)`. */
function rewriteUrls(folder) {
  for (const file of globSync(`${folder}/**/*.js`, { cwd: root })) {
    const path = join(root, file)
    const text = readFileSync(path, 'utf8')
    const built = text.replace(/(new URL\(\s*['"]\.[^'"]+)\.ts(['"])/g, '$1.js$2')
    for (const [, target] of built.matchAll(/new URL\(\s*['"](\.[^'"]+\.js)['"]/g)) {
      if (!existsSync(join(dirname(path), target))) fail(`${file} names ${target}, not built`)
    }
    if (built !== text) writeFileSync(path, built)
  }
}

/** Nor does it rewrite the imports in declaration files. */
function rewriteTypes(folder) {
  for (const file of globSync(`${folder}/**/*.d.ts`, { cwd: root })) {
    const path = join(root, file)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace(/(from '|import\(["'])(\.[^'"]+)\.ts(?=['"])/g, '$1$2.js'))
  }
}

/** The pages that a gateway serves, beside the program. */
function copyPortal() {
  const script = join(root, 'bin/build-portal.mjs')
  const { status } = spawnSync(process.execPath, [script, '--if-needed'], { stdio: 'inherit' })
  if (status !== 0) fail('the portal was not built')
  cpSync(join(root, 'portal/dist'), join(root, 'dist/portal'), { recursive: true })
}

/** Contracts that are compiled where they are deployed: tsc copies nothing. */
function copySources() {
  for (const file of globSync('**/*.sol', { cwd: join(root, 'src') })) {
    mkdirSync(dirname(join(root, 'dist', file)), { recursive: true })
    copyFileSync(join(root, 'src', file), join(root, 'dist', file))
  }
}

rmSync(join(root, 'sdk/dist'), { recursive: true, force: true })
compile('sdk/tsconfig.json')
rewriteUrls('sdk/dist')
rewriteTypes('sdk/dist')
copyFileSync(join(root, 'LICENSE'), join(root, 'sdk/LICENSE'))

if (process.argv[2] !== 'sdk') {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  compile('tsconfig.build.json')
  rewriteUrls('dist')
  copySources()
  copyPortal()
}
