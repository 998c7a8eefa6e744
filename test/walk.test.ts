import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it, type TestContext } from 'node:test'
import { fromBase64url, parseStatement, toHex } from '@openbsn/sdk'
import { openBrowser } from '../src/testing/browser.ts'
import { testFolder } from '../src/testing/folder.ts'
import { needs } from '../src/testing/needs.ts'
import { testPrng } from '../src/testing/seed.ts'
import { filterSteps, openLongList, scrollSteps } from './portal/long-list.ts'
import { type ScittCase, scittCose } from './python/scitt-cose.ts'

/** The README's walk, line by line: what it prints may differ only in ids, times and rates. */

const root = join(import.meta.dirname, '..')
const rows = 231_083
/** Rows that differ from all others; equal ones are entries of their own all the same. */
const distinctRows = 145_977

type Step = { readonly command: string; readonly output: readonly string[] }

/** Commands and what the page shows of their output, between two marks of the README. */
function stepsBetween(text: string, from: string, to: string): Step[] {
  const part = text.slice(text.indexOf(from), to === '' ? undefined : text.indexOf(to))
  const blocks = [...part.matchAll(/```console\n([\s\S]*?)```/g)].map(([, body]) => body ?? '')
  return blocks
    .flatMap((block) => block.split('\n$ ').map((one) => one.replace(/^\$ /, '')))
    .map((one) => {
      const [command = '', ...output] = one.trimEnd().split('\n')
      return { command, output }
    })
}

/** What is different in every run, by a word that says what it is. */
function normal(line: string): string {
  return (
    line
      .replace(/bsn1[0-9a-f]{40}/g, 'LEDGER')
      .replace(/cred_[0-9a-f]+/g, 'CREDENTIAL')
      .replace(/[0-9a-f]{64}/g, 'KID')
      .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME')
      .replace(/(\d+ min )?[\d,.]+ s, [\d,]+\/s/g, 'RATE')
      .replace(/(\d+ min )?[\d,.]+ s$/g, 'SECONDS')
      .replace(/\t/g, '  ')
      .replace(/^\d+ acts/, 'N acts')
      // A node that listens elsewhere this time has said so first.
      .replace(/entry 2310\d\d/, 'entry N')
      .replace(/^2310\d\d {2}TIME/, 'N  TIME')
      .replace(/block [\d,]+/, 'block N')
      .replace(/^(height|size): +[\d,]+/, '$1: N')
      .replace(/[\d,]+ blocks/, 'N blocks')
      .trimEnd()
  )
}

const folder = testFolder()
const env = { ...process.env, BSN_HOME: join(folder.path, 'home'), NO_COLOR: '1' }

function run({ command, output }: Step): string {
  const line = command
    .replaceAll('bin/bsn', join(root, 'bin/bsn'))
    .replaceAll('node_modules/', join(root, 'node_modules/'))
  const done = spawnSync('sh', ['-c', `${line} 2>&1`], { cwd: folder.path, env, encoding: 'utf8' })
  assert.equal(done.status, 0, `${command}\n${done.stdout}`)
  const printed = done.stdout.split('\n').map(normal)
  let at = 0
  for (const expected of output.map(normal)) {
    const found = printed.indexOf(expected, at)
    assert.notEqual(found, -1, `${command}\nlacks the line: ${expected}\n${done.stdout}`)
    at = found + 1
  }
  return done.stdout
}

async function startNetwork(): Promise<{ child: ChildProcess; address: string }> {
  // A process group of its own: Ctrl-C in a terminal reaches the whole group, not npm alone.
  const options = { cwd: root, env, stdio: 'pipe', detached: true } as const
  const child = spawn('npm', ['start', '--', '--port', '0'], options)
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += chunk
    if (printed.includes('Ctrl-C stops it')) break
  }
  child.stdout.resume()
  child.stderr.resume()
  const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed) ?? []
  assert.ok(address, printed)
  assert.ok(printed.includes(env.BSN_HOME), 'it says where the data lies')
  return { child, address }
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid !== undefined) process.kill(-child.pid, name)
}

describe('the walk of the README', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  let network: ChildProcess | undefined
  let address = ''

  before(async () => {
    const started = await startNetwork()
    network = started.child
    address = started.address
  })
  after(() => {
    if (network?.exitCode === null && network.signalCode === null) signal(network, 'SIGKILL')
    folder.remove()
  })

  it('registers 231,083 flights, each with its receipt', async () => {
    const steps = stepsBetween(readme, '<!-- walk -->', '<!-- offline -->')
    assert.equal(steps.length, 5)
    for (const step of steps) run(step)
    run({ command: 'bin/bsn ledger keys --out keys.pem', output: [] })
    const payloads = new Set<string>()
    const indexes = new Set<number>()
    for await (const line of linesOfReceipts()) {
      const entry = JSON.parse(line) as { index: number; statement: string }
      indexes.add(entry.index)
      payloads.add(Buffer.from(parseStatement(bytesOf(entry.statement)).payload).toString('utf8'))
    }
    // Every row has an entry of its own: behind the node's two, the service's, the credential's.
    assert.equal(indexes.size, rows)
    const { least, most } = bounds(indexes)
    assert.deepEqual([least, most], [4, rows + 3])
    assert.equal(payloads.size, distinctRows)
  })

  it('shows 100,000 of them in one list, of which the page holds what is seen', async (t) => {
    if (needs(t, 'chromium')) await looksAtLongList(t, address)
  })

  it('verifies with the network stopped, and recomputes the whole ledger', async () => {
    assert.ok(network)
    signal(network, 'SIGINT')
    await once(network, 'exit')
    const steps = stepsBetween(readme, '<!-- offline -->', '<!-- app -->')
    assert.equal(steps.length, 3)
    for (const step of steps) run(step)
  })

  it('writes JSON records with an API key, and audits what the alliance did', async () => {
    const { child } = await startNetwork()
    network = child
    for (const step of stepsBetween(readme, '<!-- app -->', '')) run(step)
    signal(child, 'SIGINT')
    await once(child, 'exit')
  })

  it('satisfies an independent verifier of RFC 9942', async (t) => {
    if (!needs(t, 'python3-venv')) return
    const prng = testPrng()
    const logKey = readFileSync(folder.file('keys.pem'), 'utf8')
    const cases: ScittCase[] = []
    const first = prng.int(0, 1000)
    let place = 0
    for await (const line of linesOfReceipts()) {
      if (place++ % 1151 !== first % 1151) continue
      const { statement, receipt } = JSON.parse(line) as { statement: string; receipt: string }
      cases.push({ statement: bytesOf(statement), receipt: bytesOf(receipt), logKey })
    }
    assert.ok(cases.length >= 200, `${cases.length} cases, seed ${prng.seed}`)
    scittCose()
      .verifyAll(cases)
      .forEach((verdict, i) => {
        const shown = `case ${i}, seed ${prng.seed}: ${verdict.errors.join(' ')}`
        assert.ok(verdict.ok, `${shown} ${toHex(cases[i]?.receipt ?? new Uint8Array())}`)
      })
  })
})

async function looksAtLongList(t: TestContext, address: string): Promise<void> {
  const page = await (await openBrowser(t)).newPage()
  await openLongList(page, { address, rows: 100_000 })
  const table = page.getByRole('table')
  assert.equal(await table.getAttribute('aria-rowcount'), '-1', 'there are more')
  const scrolled = await scrollSteps(page, 20)
  const filtered = await filterSteps(page, ['"delay":1', '"delay":14', ''])
  assert.deepEqual([scrolled.length, filtered.length], [20, 3])
  for (const { ms, rows: inPage } of [...scrolled, ...filtered]) {
    assert.ok(inPage > 0 && inPage <= 80, `${inPage} rows are in the page`)
    assert.ok(ms < 10_000, 'what was asked for came')
  }
}

function bounds(numbers: Iterable<number>): { least: number; most: number } {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const number of numbers) {
    least = Math.min(least, number)
    most = Math.max(most, number)
  }
  return { least, most }
}

function linesOfReceipts() {
  return createInterface({ input: createReadStream(folder.file('receipts.ndjson')) })
}

function bytesOf(text: string): Uint8Array {
  return fromBase64url(text) ?? assert.fail('not base64url')
}
