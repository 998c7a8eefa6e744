import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { testFolder } from '../src/testing/folder.ts'
import { needs } from '../src/testing/needs.ts'
import { cloneInto } from './clone.ts'

const folder = testFolder()
const clone = join(folder.path, 'clone')
const home = join(folder.path, 'home')

/** All that a start may ask for: no Go, no engine of CometBFT, no Python. */
const programs = ['sh', 'env', 'node', 'npm', 'git']

/** A folder with links to these programs and no others, outside of this clone. */
function plainPath(): string {
  const path = join(folder.path, 'bin')
  if (existsSync(path)) return path
  mkdirSync(path)
  const places = (process.env.PATH ?? '').split(delimiter)
  const outside = places.filter((one) => !one.includes('node_modules'))
  for (const name of programs) {
    const found = outside.map((place) => join(place, name)).find((file) => existsSync(file))
    assert.ok(found, `${name} is on the PATH`)
    symlinkSync(found, join(path, name))
  }
  return path
}

/**
 * As a shell has it that knows nothing of this clone: the machine's own Node, of 20 or later, and
 * a user who has no engines yet.
 */
function plainEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|BSN_|NODE_|PATH$)/i.test(name) || name === 'npm_config_cache',
  )
  // What this clone has installed need not be fetched again.
  const npm = { npm_config_prefer_offline: 'true' }
  const own = { BSN_HOME: home, XDG_CACHE_HOME: join(folder.path, 'cache') }
  return { ...Object.fromEntries(kept), PATH: plainPath(), ...own, ...npm }
}

/** A command of the clone, by its launcher. */
function bsn(command: string, input = ''): string {
  const options = { cwd: folder.path, env: plainEnv(), input, encoding: 'utf8' } as const
  const ran = spawnSync(join(clone, 'bin/bsn'), command.split(' '), options)
  assert.equal(ran.status, 0, `${command}: ${ran.stdout}${ran.stderr}`)
  return ran.stdout
}

/** The README's walk with three rows, of which the last one's receipt is verified offline. */
function registersThree(): void {
  bsn('service create flights --framework records')
  bsn('credential create --service flights --label importer --out flights.json')
  const rows = [1, 2, 3].map((n) => JSON.stringify({ flight: n })).join('\n')
  const put = 'record put --service flights --credential flights.json --key flight --receipts out -'
  bsn(put, rows)
  const lines = readFileSync(folder.file('out'), 'utf8').trimEnd().split('\n')
  const { index } = JSON.parse(lines[2] ?? '')
  bsn(`entry get ${index} --statement a.statement --receipt a.receipt`)
  bsn('ledger keys --bundle --out keys')
  const files = '--statement a.statement --receipt a.receipt --keys keys'
  assert.match(bsn(`receipt verify ${files}`), /^valid$/m)
}

const started: ChildProcess[] = []

/** In a process group of its own, as a terminal has it. */
function npm(...args: readonly string[]) {
  const child = spawn('npm', args, { cwd: clone, env: plainEnv(), detached: true, stdio: 'pipe' })
  started.push(child)
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
    })
  }
  return { child, printed, ended: once(child, 'close').then(([code]) => Number(code)) }
}

function signal({ pid, exitCode, signalCode }: ChildProcess, name: NodeJS.Signals): void {
  const isThere = exitCode === null && signalCode === null
  if (pid !== undefined && isThere) process.kill(-pid, name)
}

describe('a fresh clone, on the Node and npm of the machine', { timeout: 300_000 }, () => {
  after(() => {
    for (const child of started) signal(child, 'SIGKILL')
    folder.remove()
  })

  it('needs one command to install what is missing, start, and say where all is', async (t) => {
    if (!needs(t, 'git')) return
    cloneInto(clone)
    const { child, printed, ended } = npm('start', '--', '--port', '0')
    while (!printed.stdout.includes('Ctrl-C stops it')) {
      if (child.exitCode !== null) assert.fail(printed.stdout + printed.stderr)
      await new Promise((done) => setTimeout(done, 100))
    }
    assert.match(printed.stderr, /^openbsn: installing packages \(npm ci\) …$/m)
    const [, address = ''] = /^gateway: +(http:\S+)$/m.exec(printed.stdout) ?? []
    assert.match(printed.stdout, new RegExp(`^data: +${home}$`, 'm'))
    assert.equal((await fetch(`${address}/readyz`)).status, 200)
    registersThree()
    signal(child, 'SIGINT')
    await ended
    await assert.rejects(fetch(`${address}/livez`))
    assert.match(bsn('ledger verify'), /^ledger bsn1[0-9a-f]{40} is right: .* 7 entries/m)
  })

  it('installs nothing twice', async (t) => {
    if (!needs(t, 'git')) return
    const { printed, ended } = npm('run', '--silent', 'bsn', '--', '--version')
    assert.equal(await ended, 0, printed.stderr)
    assert.match(printed.stdout, /^bsn \d+\.\d+\.\d+ \(Node 24\./)
    assert.equal(printed.stderr, '')
  })
})
