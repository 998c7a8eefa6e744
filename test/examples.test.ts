import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fromBase64url, fromUtf8, parseStatement } from '@openbsn/sdk'
import { bsn, bsnHome, type Ended, startNetwork } from './cli/bsn.ts'

/** The examples as `npm run example -- NAME` runs them; what they say is checked from outside. */

const root = join(import.meta.dirname, '..')

async function example(home: string, ...argv: readonly string[]): Promise<Ended> {
  const args = [join(root, 'bin/npm-run.mjs'), 'example', ...argv]
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, BSN_HOME: home }
  const child = spawn(process.execPath, args, { env, stdio: 'pipe' })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  const [code, signal] = await once(child, 'close')
  return { code, signal, ...output }
}

/** The one line that matches, with its groups. */
function said(stdout: string, pattern: RegExp): readonly string[] {
  const lines = stdout.split('\n').filter((line) => pattern.test(line))
  assert.equal(lines.length, 1, `${pattern}\n${stdout}`)
  return pattern.exec(lines[0] ?? '')?.slice(1) ?? []
}

/** A network of its own on which an example ran, and what it printed. */
async function networkAfter(name: string) {
  const network = await bsnHome(['--webhook-allow', '127.0.0.0/8'])
  const home = network.env.BSN_HOME
  const ledger = JSON.parse(readFileSync(join(home, 'profile.json'), 'utf8')).sandbox.ledger
  const runs = async () => {
    const { code, stdout, stderr } = await example(home, name)
    assert.deepEqual([code, stderr], [0, ''], stdout)
    return stdout
  }
  /** What anybody is answered, who shows no key. */
  const ask = async (path: string) => {
    const answer = await fetch(`${network.address}/api/v1/ledgers/${ledger}${path}`)
    return { status: answer.status, body: await answer.json() }
  }
  try {
    return { ...network, ledger: String(ledger), ask, runs, stdout: await runs() }
  } catch (error) {
    // The hooks of a suite that has no world cannot end it, and the test would wait for ever.
    await network.close()
    throw error
  }
}
type World = Awaited<ReturnType<typeof networkAfter>>

describe('the example loyalty', () => {
  let world: World
  before(async () => {
    world = await networkAfter('loyalty')
  })
  after(() => world?.close())

  it('has six people pledge, whatever their keys; nobody does twice or for another', () => {
    const { stdout } = world
    for (const kind of ['ES256', 'EdDSA']) {
      assert.equal(stdout.match(new RegExp(`\\(${kind}\\): entry \\d+`, 'g'))?.length, 3)
    }
    said(stdout, /Ada sends hers again: it is still entry \d+/)
    said(stdout, /Dagny forges a pledge of Ada: refused, SIGNATURE_INVALID\./)
    said(stdout, /One bit of one receipt is flipped: RECEIPT_SIGNATURE_INVALID\./)
  })

  it('leaves files that satisfy `bsn receipt verify` with the network stopped', async (t) => {
    const { stdout, ledger } = world
    const [file = '', keys = ''] = said(stdout, /receipt verify --file (\S+) --keys (\S+)/)
    t.after(() => rmSync(dirname(file), { recursive: true }))
    assert.equal((await world.stop()).code, 0)
    const trust = ['--keys', keys, '--ledger', ledger]
    const verify = (one: string) => bsn(['receipt', 'verify', '--file', one, ...trust])
    const whole = await verify(file)
    assert.equal(whole.code, 0, whole.stderr)
    assert.match(whole.stdout, /valid: 6 receipts of ledger/)
    const { code, stderr } = await verify(join(dirname(file), 'one-bit-flipped.ndjson'))
    assert.notEqual(code, 0)
    assert.match(stderr, /RECEIPT_SIGNATURE_INVALID/)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const names = lines.map((line) => JSON.parse(payloadOf(JSON.parse(line).statement)).name)
    assert.equal(new Set(names).size, 6)
  })
})

describe('the example sensors', () => {
  let world: World
  before(async () => {
    world = await networkAfter('sensors')
  })
  after(() => world?.close())
  const service = () => said(world.stdout, /The city opens the service (\S+):/)[0] ?? ''

  it('has each reading once, with its history, and shows nothing of a resident', async () => {
    said(world.stdout, /saw 10 readings live, .* at position \d+/)
    said(world.stdout, /gets the other 20: all in order, each once/)
    const { body } = await world.ask(`/services/${service()}/records/air%2Fmarket/history`)
    const numbers = body.records.map(({ value }: { value: { number: number } }) => value.number)
    assert.deepEqual(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    const { entries } = (await world.ask(`/entries?service=${service()}&limit=100`)).body
    assert.equal(entries.length, 33, '30 readings, 2 private values, the record of an erasure')
    for (const { payload } of entries) {
      assert.doesNotMatch(fromUtf8(fromBase64url(payload) ?? assert.fail()) ?? '', /kWh|resident/)
    }
  })

  it('erases what a resident wants gone, and its proof still verifies', async () => {
    said(world.stdout, /The city reads meter\/7c1f: \{"kWh":11\.5\}/)
    said(world.stdout, /The city reads meter\/7c1f: HTTP 410, ERASED\./)
    const [index] = said(world.stdout, /Its proof still verifies: there is an entry (\d+) since/)
    assert.equal((await world.ask(`/entries/${index}`)).status, 200)
    said(world.stdout, /meter\/02ae is another resident's, and reads as before/)
  })

  it('runs again on the same network, and leaves a ledger that is right', async () => {
    await world.runs()
    assert.equal((await world.stop()).code, 0)
    const { code, stdout } = await world.run('ledger', 'verify', '--environment', 'sandbox')
    assert.equal(code, 0, stdout)
    assert.match(stdout, new RegExp(`ledger ${world.ledger} is right`))
  })
})

describe('the example points', () => {
  let world: World
  before(async () => {
    world = await networkAfter('points')
  })
  after(() => world?.close())

  it('lets nobody spend twice, and a webhook tells the books', async () => {
    const { stdout, ask, run } = world
    const [service = ''] = said(stdout, /The shop opens the service (\S+):/)
    said(stdout, /spends 150 twice .*: one is registered, the other declined/)
    said(stdout, /asked for again.*: known, nothing more is spent/)
    said(stdout, /The books were told 4 moves, and have the same balances/)
    said(stdout, /Somebody posts 9999 points for Bob: HTTP 401, WEBHOOK_INVALID/)
    const { status, body } = await ask(`/services/${service}/records`)
    assert.deepEqual([status, body.code], [401, 'AUTHENTICATION_REQUIRED'])
    const where = ['--service', service, '--environment', 'sandbox', '--json']
    const [row] = JSON.parse((await run('usage', ...where)).stdout).usage
    assert.equal(row.entries, 4, 'what was declined or repeated is not there')
  })
})

describe('an example that lacks something', () => {
  it('says what', async (t) => {
    const { home } = await startNetwork(t)
    const points = await example(home, 'points')
    assert.equal(points.code, 0, points.stderr)
    said(points.stdout, /No webhook: .* \(WEBHOOK_URL_INVALID\)/)
    said(points.stdout, /npm start -- --webhook-allow 127\.0\.0\.0\/8/)
    assert.doesNotMatch(points.stdout, /The books were told/)
  })

  it('or which there are', async () => {
    const away = await example('/nowhere', 'loyalty')
    assert.equal(away.code, 1)
    assert.match(
      away.stderr,
      /NETWORK_NOT_FOUND: There is no \S+profile\.json: run npm start first/,
    )
    const unknown = await example('/nowhere', 'loyality')
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /NAME is one of: loyalty, sensors, points, shop, assets$/m)
  })
})

function payloadOf(statement: string): string {
  const { payload } = parseStatement(fromBase64url(statement) ?? assert.fail('not base64url'))
  return fromUtf8(payload) ?? assert.fail('not UTF-8')
}
