import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { bsn, scratchFolder, startBsn, startNetwork, stopInOrder } from './cli/bsn.ts'

type Network = Awaited<ReturnType<typeof startNetwork>>
type Environment = 'live' | 'sandbox'
const environments = ['live', 'sandbox'] as const

/** A network with the service `flights`, a credential and a record, in each environment. */
async function startBoth(t: TestContext) {
  const network = await startNetwork(t)
  const folder = scratchFolder(t)
  const file = (environment: Environment) => join(folder, `${environment}.credential`)
  const does = async (...argv: readonly string[]) => {
    const { code, stdout, stderr } = await network.run(...argv, '--json')
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout)
  }
  for (const environment of environments) {
    const where = ['--environment', environment]
    await does('service', 'create', 'flights', '--framework', 'records', ...where)
    const named = ['--service', 'flights', '--label', 'x', '--out', file(environment)]
    await does('credential', 'create', ...named, ...where)
  }
  const rows = join(folder, 'rows.json')
  writeFileSync(rows, '[{"row":1}]')
  /** Registers a record; `change` is made to the credential file before. */
  const put = async (environment: Environment, change: Record<string, string> = {}) => {
    const credential = join(folder, 'used.credential')
    const text = JSON.stringify({
      ...JSON.parse(readFileSync(file(environment), 'utf8')),
      ...change,
    })
    writeFileSync(credential, text, { mode: 0o600 })
    const argv = ['--service', 'flights', '--credential', credential, '--json', rows]
    return network.run('record', 'put', ...argv)
  }
  return { ...network, folder, file, does, put }
}

const profileOf = ({ home }: Pick<Network, 'home'>) =>
  JSON.parse(readFileSync(join(home, 'profile.json'), 'utf8'))

async function stop({ up }: Pick<Network, 'up'>): Promise<void> {
  await stopInOrder(up)
}

describe('the two ledgers of a node', () => {
  it('are named by the gateway, in its answers, and by the profile', async (t) => {
    const network = await startNetwork(t)
    const answer = await fetch(`${network.address}/api/v1/ledgers`)
    const { ledgers } = (await answer.json()) as { ledgers: { id: string; environment: string }[] }
    const profile = profileOf(network)
    assert.deepEqual(
      ledgers.map(({ id, environment }) => [environment, id]),
      [
        ['live', profile.ledger],
        ['sandbox', profile.sandbox.ledger],
      ],
    )
    assert.notEqual(profile.ledger, profile.sandbox.ledger)
    for (const { id, environment } of ledgers) {
      for (const path of ['', '/checkpoint', '/entries/0', '/nowhere?x=1']) {
        const { headers } = await fetch(`${network.address}/api/v1/ledgers/${id}${path}`)
        const named = [headers.get('x-bsn-ledger'), headers.get('x-bsn-environment')]
        const isServed = path !== '/nowhere?x=1'
        assert.deepEqual(named, isServed ? [id, environment] : [null, null], path)
      }
    }
  })

  it('share nothing: neither services and credentials nor statements', async (t) => {
    const network = await startBoth(t)
    const { ledger: live, sandbox } = profileOf(network)
    const sizeIn = async (environment: Environment) =>
      Number((await network.does('status', '--environment', environment)).entries)
    for (const environment of environments) {
      const { code, stdout, stderr } = await network.put(environment)
      assert.equal(code, 0, stderr)
      assert.equal(JSON.parse(stdout).appended, 1)
      const list = ['record', 'list', '--service', 'flights', '--environment', environment]
      assert.equal((await network.does(...list)).records.length, 1)
    }
    // The credential of one, with statements made out to the other: unknown there.
    const { credential, bundle } = JSON.parse(readFileSync(network.file('sandbox'), 'utf8'))
    const other = await network.put('live', { ledger: sandbox.ledger, credential, bundle })
    assert.notEqual(other.code, 0)
    assert.match(other.stdout + other.stderr, /KEY_UNKNOWN/)
    // A statement of one, as it is registered there, sent to the other.
    const entry = await fetch(
      `${network.address}/api/v1/ledgers/${live}/entries/${(await sizeIn('live')) - 1}`,
      {
        headers: { accept: 'application/cose' },
      },
    )
    const body = Buffer.from(await entry.arrayBuffer())
    const sent = await fetch(`${network.address}/api/v1/ledgers/${sandbox.ledger}/entries`, {
      method: 'POST',
      headers: { 'content-type': 'application/cose' },
      body,
    })
    assert.equal(sent.headers.get('x-bsn-environment'), 'sandbox')
    const problem = (await sent.json()) as { code: string }
    // Its key is none of that ledger, which is told first; an administrator's key is of both.
    assert.equal(problem.code, 'KEY_UNKNOWN')
    const act = await fetch(`${network.address}/api/v1/ledgers/${live}/entries/0`, {
      headers: { accept: 'application/cose' },
    })
    const acted = await fetch(`${network.address}/api/v1/ledgers/${sandbox.ledger}/entries`, {
      method: 'POST',
      headers: { 'content-type': 'application/cose' },
      body: Buffer.from(await act.arrayBuffer()),
    })
    assert.equal(((await acted.json()) as { code: string }).code, 'LEDGER_MISMATCH')
  })
})

describe('bsn sandbox drop', () => {
  it('makes place for a new one, and leaves the live ledger as it is', async (t) => {
    const network = await startBoth(t)
    const { home, run } = network
    await network.put('sandbox')
    const before = profileOf(network)
    const { entries: size } = await network.does('status', '--environment', 'sandbox')
    const drop = ['sandbox', 'drop', '--json', '--confirm']
    const busy = await run(...drop, 'sandbox')
    assert.deepEqual([busy.code, JSON.parse(busy.stderr).code], [5, 'STORE_IN_USE'])
    await stop(network)
    const wrong = await run(...drop, 'live')
    assert.deepEqual([wrong.code, JSON.parse(wrong.stderr).code], [2, 'CLI_OPTION_INVALID'])

    const verified = await network.does('ledger', 'verify', '--environment', 'sandbox')
    assert.deepEqual(
      [verified.ok, verified.ledger, verified.entries],
      [true, before.sandbox.ledger, size],
    )
    assert.equal((await network.does('ledger', 'verify')).ledger, before.ledger)
    for (const [command, out] of [
      [['backup'], 'backup'],
      [['ledger', 'export'], 'ledger.bsn'],
    ] as const) {
      const to = ['--out', join(network.folder, out), '--environment', 'sandbox']
      assert.equal((await network.does(...command, ...to)).ledger, before.sandbox.ledger)
    }
    const rebuilt = await network.does('projections', 'rebuild', '--environment', 'sandbox')
    assert.equal(rebuilt.entries, size)

    assert.equal((await run(...drop, 'sandbox')).code, 0)
    assert.ok(!existsSync(join(home, 'sandbox')))
    const again = await run(...drop, 'sandbox')
    assert.deepEqual([again.code, JSON.parse(again.stderr).code], [4, 'HOME_EMPTY'])

    const next = await startNetwork(t, home)
    const after = profileOf({ home })
    assert.equal(after.ledger, before.ledger)
    assert.notEqual(after.sandbox.ledger, before.sandbox.ledger)
    const list = await bsn(['status', '--json', '--environment', 'sandbox'], { env: next.env })
    const { ledger, environment, entries } = JSON.parse(list.stdout)
    assert.deepEqual([ledger, environment], [after.sandbox.ledger, 'sandbox'])
    assert.ok(entries < size, `${entries}, ${size} before`)
  })
})

describe('a sandbox that cannot be opened', () => {
  it('keeps nobody from the live ledger', async (t) => {
    const first = await startNetwork(t)
    await stop(first)
    rmSync(join(first.home, 'sandbox/keys/validator.json'))
    const up = startBsn(['up', '--home', first.home, '--port', '0', '--json', '--quiet'])
    t.after(async () => {
      up.child.kill('SIGKILL')
      await up.ended
    })
    await up.until(/"event":"sandbox.unusable"/)
    const address = (await up.until(/http:[^"]+/)).trim()
    const answer = await fetch(`${address}/api/v1/ledgers`)
    const { ledgers } = (await answer.json()) as { ledgers: { environment: string }[] }
    assert.deepEqual(
      ledgers.map(({ environment }) => environment),
      ['live'],
    )
  })
})
