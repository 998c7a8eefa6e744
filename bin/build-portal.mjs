/**
 * Builds the portal into portal/dist, with each file packed beside it. With `--if-needed` only
 * where its sources are others than those that the last build was made of.
 */
import { createHash } from 'node:crypto'
import { globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const portal = join(root, 'portal')
const target = join(portal, 'dist')
/** Of this process alone: two builds at once would empty each other's. */
const made = join(portal, `.building-${process.pid}`)

/** SHA-256 over all that a build depends on. */
function sourcesDigest() {
  const patterns = [
    'portal/{index.html,package.json,tsconfig.json,vite.config.ts}',
    'portal/src/**/*',
    'sdk/src/**/*.ts',
    'bin/build-portal.mjs',
    'package-lock.json',
    // The pages of the documentation.
    '{README,SECURITY,CHANGELOG}.md',
    '{sdk,examples/*}/README.md',
    'docs/{operating,reference}/*',
  ]
  const hash = createHash('sha256')
  const files = globSync(patterns, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
  for (const file of files.sort()) {
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

function builtFrom() {
  try {
    return JSON.parse(readFileSync(join(target, 'built.json'), 'utf8')).sources
  } catch {
    return undefined
  }
}

/** Small ones gain nothing, and pictures are packed already. */
function pack(file) {
  if (!/\.(js|css|html|svg|json)$/.test(file)) return
  const bytes = readFileSync(file)
  if (bytes.length < 512) return
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 }
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }))
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
}

/** Puts the build where the last one was. */
function takePlace() {
  for (let tries = 1; ; tries++) {
    rmSync(target, { recursive: true, force: true })
    try {
      return renameSync(made, target)
    } catch (error) {
      // Another process put its build there between the two.
      if (!['ENOTEMPTY', 'EEXIST'].includes(error.code) || tries === 5) throw error
    }
  }
}

const sources = sourcesDigest()
if (!process.argv.includes('--if-needed') || builtFrom() !== sources) {
  const begun = performance.now()
  if (process.stderr.isTTY) process.stderr.write('openbsn: building the portal …')
  const { build } = await import('vite')
  try {
    const config = { configFile: join(portal, 'vite.config.ts'), logLevel: 'warn' }
    await build({ ...config, build: { outDir: made, emptyOutDir: true } })
    for (const file of globSync('**/*', { cwd: made })) pack(join(made, file))
    writeFileSync(join(made, 'built.json'), `${JSON.stringify({ sources })}\n`)
    takePlace()
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  const start = process.stderr.isTTY ? '\r' : ''
  process.stderr.write(`${start}openbsn: the portal is built (${seconds} s)\n`)
}
