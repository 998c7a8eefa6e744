import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import { closedPort, testCli, testNetwork } from '../testing/cli.ts'
import { testGateway, testGatewayDeps } from '../testing/gateway.ts'
import { LedgerWorld } from '../testing/ledger-world.ts'
import { createMemoryLedger } from '../testing/memory-ledger.ts'
import type { Arguments } from './arguments.ts'
import { askForBody, askGateway, connect, connectTo } from './connection.ts'

function args(options: Readonly<Record<string, string>>): Arguments {
  return {
    operands: [],
    has: (name) => name in options,
    optional: (name) => options[name],
    value: (name) => options[name] ?? '',
    values: () => [],
    operand: () => '',
  }
}

async function server(t: TestContext, listener: RequestListener): Promise<string> {
  const http = createServer(listener).listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  const address = http.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

describe('connect', () => {
  it('takes options before the profile, and asks a gateway for its only ledger', async (t) => {
    const { gateway, ledger, env } = await testNetwork(t)
    const home = env.BSN_HOME
    const named = await connect(args({ home }))
    assert.deepEqual([named.gateway, named.ledger], [gateway, ledger.id])
    assert.equal((await connect(args({ home, ledger: 'bsn1x' }))).ledger, 'bsn1x')
    assert.equal((await connect(args({ gateway: `${gateway}/` }))).ledger, ledger.id)
  })

  it('takes several gateways, and asks one that is there', async (t) => {
    const { gateway, ledger, env } = await testNetwork(t)
    const dead = `http://127.0.0.1:${await closedPort()}`
    const named = await connect(args({ gateway: `${dead}, ${gateway}` }))
    assert.deepEqual([named.gateway, named.ledger], [gateway, ledger.id])
    const { height } = await named.client.checkpoint()
    assert.equal(height, ledger.head.height)
    const listed = await testCli(['service', 'list', '--json', '--gateway', `${dead},${gateway}`])
    assert.equal(listed.code, 0, listed.stderr)
    const option = ['--gateway', `${dead},${gateway}`]
    const made = await testCli(['service', 'create', 'trains', ...option], { env })
    assert.equal(made.code, 0, made.stderr)
    await assert.rejects(connect(args({ gateway: `${dead},${dead}` })), {
      code: 'GATEWAY_UNREACHABLE',
    })
    await assert.rejects(connect(args({ gateway: `${gateway},x` })), { code: 'CLI_OPTION_INVALID' })
  })

  it('asks which ledger is meant where a gateway serves several, or none', async (t) => {
    for (const ledgers of [[{ id: 'bsn1a' }, { id: 'bsn1b' }], []]) {
      const gateway = await server(t, (_, answer) => answer.end(JSON.stringify({ ledgers })))
      await assert.rejects(connect(args({ gateway })), { code: 'LEDGER_NOT_NAMED' })
    }
    const gateway = await server(t, (_, answer) =>
      answer.end('{"ledgers":[{"id":"a"},{"id":"b"}]}'),
    )
    const { code, stderr } = await testCli(['status', '--gateway', gateway])
    assert.equal(code, 2)
    assert.match(stderr, /LEDGER_NOT_NAMED: .* serves: a, b\.\n.*--ledger/)
  })

  it('takes the ledger of the environment that is asked for', async (t) => {
    const ledgers = [
      { id: 'bsn1a', environment: 'live' },
      { id: 'bsn1b', environment: 'sandbox' },
    ]
    const gateway = await server(t, (_, answer) => answer.end(JSON.stringify({ ledgers })))
    assert.equal((await connect(args({ gateway }))).ledger, 'bsn1a')
    assert.equal((await connect(args({ gateway, environment: 'sandbox' }))).ledger, 'bsn1b')
    const wrong = connect(args({ gateway, environment: 'test' }))
    await assert.rejects(wrong, { code: 'CLI_OPTION_INVALID' })
    const alone = await server(t, (_, answer) => answer.end('{"ledgers":[{"id":"bsn1a"}]}'))
    const none = connect(args({ gateway: alone, environment: 'sandbox' }))
    const message = /serves as sandbox: no ledger\.$/
    await assert.rejects(none, { code: 'LEDGER_NOT_NAMED', message })
    const { env } = await testNetwork(t)
    const unnamed = connect(args({ home: env.BSN_HOME, environment: 'sandbox' }))
    await assert.rejects(unnamed, { code: 'SANDBOX_NOT_NAMED' })
  })

  it('refuses an address that is none', async () => {
    for (const gateway of ['localhost:8420', 'ftp://x', 'x']) {
      await assert.rejects(connect(args({ gateway })), { code: 'CLI_OPTION_INVALID' })
    }
  })
})

/** Two gateways over one root ledger, which lists the group `g1`; only the second keeps it. */
async function gatewaysOfGroup(t: TestContext) {
  const world = await LedgerWorld.create()
  const group = { ...createMemoryLedger(), id: `bsn1${'a'.repeat(40)}` }
  const parts = testGatewayDeps()
  const [served] = parts.deps.ledgers
  assert.ok(served)
  const root = { ...served, ledger: world.ledger }
  const gateways = [[root], [root, { ...served, ledger: group, group: 'g1' }]].map(
    async (ledgers) => {
      const { app } = await testGateway({}, { ...parts, deps: { ...parts.deps, ledgers } })
      t.after(() => app.close())
      return app.listen({ host: '127.0.0.1', port: 0 })
    },
  )
  const [lacks = '', keeps = ''] = await Promise.all(gateways)
  t.after(() => world.remove())
  await world.done('group-register', { id: 'g1', ledger: group.id })
  const place = { city: 'Oslo', country: 'NO', latitude: 0, longitude: 0 }
  const rest = { gateway: keeps, software: '1', frameworks: [], groups: ['g1'] }
  return { world, lacks, keeps, group: group.id, node: { id: 'n1', ...place, ...rest } }
}

describe('connect with --group', () => {
  it('takes the ledger that is listed, through a gateway that serves it', async (t) => {
    const { world, lacks, keeps, group, node } = await gatewaysOfGroup(t)
    const found = async (gateway: string) => {
      const { ledger, ...rest } = await connect(args({ gateway, group: 'g1' }))
      assert.equal(ledger, group)
      return rest.gateway
    }
    assert.deepEqual([await found(keeps), await found(lacks)], [keeps, lacks])
    await world.done('node-register', node)
    assert.deepEqual([await found(keeps), await found(lacks)], [keeps, keeps])
    assert.equal((await connect(args({ gateway: keeps }))).ledger, world.id)
    await assert.rejects(connect(args({ gateway: keeps, group: 'h1' })), {
      code: 'OBJECT_NOT_FOUND',
    })
  })

  it('believes no gateway which ledger that is', async (t) => {
    const { keeps } = await gatewaysOfGroup(t)
    const lies = await server(t, async ({ url }, answer) => {
      const truth = Buffer.from(await (await fetch(keeps + url)).arrayBuffer())
      if (!url?.includes('/state?')) return answer.end(truth)
      const said = JSON.parse(truth.toString())
      const bytes = Buffer.from(said.value, 'base64url')
      const other = Buffer.from(bytes.toString('latin1').replaceAll('aaaa', 'bbbb'), 'latin1')
      return answer.end(JSON.stringify({ ...said, value: other.toString('base64url') }))
    })
    const asked = connect(args({ gateway: lies, group: 'g1' }))
    await assert.rejects(asked, { code: 'STATE_PROOF_INVALID' })
  })
})

describe('asking a gateway', () => {
  it('gives the answer with its status, and a problem as an error with its code', async (t) => {
    const gateway = await server(t, ({ url }, answer) => {
      answer.statusCode = url === '/good' ? 200 : 404
      answer.end(url === '/good' ? '{"a":1}' : '{"code":"LEDGER_UNKNOWN","detail":"no"}')
    })
    assert.equal((await askGateway(gateway, '/bad')).status, 404)
    assert.deepEqual({ ...(await askForBody(gateway, '/good')) }, { a: 1 })
    await assert.rejects(askForBody(gateway, '/bad'), {
      code: 'LEDGER_UNKNOWN',
      message: 'no',
      details: { status: 404 },
    })
  })

  it('tells silence and foreign answers apart', async (t) => {
    const foreign = await server(t, (_, answer) => answer.end('<html>'))
    await assert.rejects(askGateway(foreign, '/'), { code: 'GATEWAY_ANSWER_INVALID' })
    const silent = await server(t, () => undefined)
    await assert.rejects(askGateway(silent, '/', { timeoutMs: 50 }), {
      code: 'GATEWAY_UNREACHABLE',
    })
    const closed = `http://127.0.0.1:${await closedPort()}`
    await assert.rejects(askGateway(closed, '/'), { code: 'GATEWAY_UNREACHABLE' })
  })
})

describe('submitting', () => {
  it('tells never sent from fate unknown', async (t) => {
    const closed = `http://127.0.0.1:${await closedPort()}`
    const known = { ledger: 'x', retryDelayMs: 1 }
    const never = connectTo({ gateway: closed, ...known }).client.submit([new Uint8Array(1)])
    const broken = await server(t, (request) => void request.socket.destroy())
    const unknown = connectTo({ gateway: broken, ...known }).client.submit([new Uint8Array(1)])
    await Promise.all([
      assert.rejects(never, { code: 'GATEWAY_UNREACHABLE' }),
      assert.rejects(unknown, { code: 'OUTCOME_UNKNOWN' }),
    ])
  })
})

const create = ['service', 'create', 'flights', '--json', '--gateway']
const noGateway = async () => `http://127.0.0.1:${await closedPort()}`

// Each waits as long as a user would: the client tries again before it gives up.
describe('a gateway that does not answer', { concurrency: true }, () => {
  it('was sent no act where nobody listens', async (t) => {
    const { run } = await testNetwork(t)
    const { code, problem } = await run(...create, await noGateway())
    assert.deepEqual([code, problem().code], [7, 'GATEWAY_UNREACHABLE'])
  })

  it('was sent no record where nobody listens', async (t) => {
    const { put } = await testNetwork(t)
    const { code, problem } = await put(['--json', '--gateway', await noGateway(), '-'], '[77]')
    assert.deepEqual([code, problem().code], [7, 'GATEWAY_UNREACHABLE'])
  })

  it('may have the act where the connection breaks: its id is printed', async (t) => {
    const { run } = await testNetwork(t)
    const http = createServer((request) => void request.socket.destroy()).listen(0, '127.0.0.1')
    await once(http, 'listening')
    t.after(() => http.close())
    const address = http.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const lost = await run(...create, `http://127.0.0.1:${port}`)
    assert.deepEqual([lost.code, lost.problem().code], [8, 'OUTCOME_UNKNOWN'])
    assert.match(String((lost.problem().details as { cti: string }).cti), /^[0-9a-f]{32}$/)
  })
})
