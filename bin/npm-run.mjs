/**
 * What `npm start`, `npm test` and the other scripts run: brings the installed packages and the
 * Node 24 among them up to date, then starts the task on that Node. Plain JavaScript without
 * dependencies, because on a fresh clone it runs on whatever Node (>= 20) the machine has.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const windows = process.platform === 'win32'
const source = '--conditions=openbsn-source'

/** What each task gives to Node. */
const tasks = {
  start: [source, 'src/cli/main.ts', 'up'],
  bsn: [source, 'src/cli/main.ts'],
  test: [source, 'src/testing/run-checks.ts', 'test'],
  check: [source, 'src/testing/run-checks.ts', 'check'],
  'test:long': [source, 'src/testing/run-checks.ts', 'long'],
  bench: [source, 'bench/main.ts'],
  sim: [source, 'sim/main.ts'],
  example: [source, 'examples/main.ts'],
  build: ['bin/build.mjs'],
  'build:portal': ['bin/build-portal.mjs'],
}

function say(text) {
  process.stderr.write(`${text}\n`)
}

function fail(text) {
  say(`openbsn: ${text}`)
  process.exit(1)
}

/** npm must not run on the Node that it is about to replace, so node_modules leaves the PATH. */
function npm(...args) {
  const path = (process.env.PATH ?? '').split(delimiter)
  const outside = path.filter((folder) => !folder.startsWith(join(root, 'node_modules')))
  const { status } = spawnSync(windows ? 'npm.cmd' : 'npm', args, {
    cwd: root,
    env: { ...process.env, PATH: outside.join(delimiter) },
    shell: windows,
    stdio: ['ignore', 2, 2],
  })
  return status === 0
}

function packagesIn(lockFile) {
  try {
    return JSON.parse(readFileSync(join(root, lockFile), 'utf8')).packages ?? {}
  } catch {
    return {}
  }
}

/** npm notes what it installed in a lock file of its own, written last: compare the two. */
function installIsCurrent() {
  const installed = packagesIn('node_modules/.package-lock.json')
  return Object.entries(packagesIn('package-lock.json')).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/')) return true
    const found = installed[path]
    if (!found) return wanted.optional === true // Another platform's package.
    return found.version === wanted.version && found.integrity === wanted.integrity
  })
}

const bundledNode = join(root, 'node_modules/node/bin', windows ? 'node.exe' : 'node')

function versionOf(node) {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() || 'none'
}

/** The lock file does not pin the binary that the package `node` fetches: ask its version. */
function findNode() {
  if (!existsSync(bundledNode) && !npm('rebuild', 'node')) say('openbsn: npm rebuild node failed')
  const version = versionOf(bundledNode)
  if (version.startsWith('v24.')) return bundledNode

  if (Number(process.versions.node.split('.')[0]) >= 24) {
    say(`openbsn: node_modules/node is ${version}; using this machine's ${process.version}`)
    return process.execPath
  }
  return fail(
    `Node 24 is needed; node_modules/node is ${version} and this machine has ${process.version}.
Run: npm rebuild node    (it fetches the Node binary; needs the package registry)`,
  )
}

function run(node, args) {
  const path = `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`
  // Node keeps compiled code between runs; `bin/bsn` says where it does in other cases.
  const compiled =
    process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/openbsn/compiled')
  const env = { ...process.env, PATH: path, NODE_COMPILE_CACHE: compiled }
  const child = spawn(node, args, { cwd: root, env, stdio: 'inherit' })
  // A terminal sends Ctrl-C to the child too: a second one would cut its clean end short.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.on('SIGHUP', () => child.kill('SIGHUP'))
  // npm hands no signal on: where it was ended, nobody else would end what it started.
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref()
  child.on('error', (error) => fail(error.message))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}

const [name, ...rest] = process.argv.slice(2)
const task = tasks[name]
if (!task) fail(`no task named ${name}; there are: ${Object.keys(tasks).join(', ')}`)
if (!installIsCurrent()) {
  say('openbsn: installing packages (npm ci) …')
  if (!npm('ci')) fail('npm ci failed; its own words are above.')
}
const node = findNode()
// The network works without its page: what is wrong with the build is told, and it starts.
if (name === 'start') {
  const portal = [join(root, 'bin/build-portal.mjs'), '--if-needed']
  spawnSync(node, portal, { cwd: root, stdio: ['ignore', 2, 2] })
}
run(node, [...task, ...rest])
