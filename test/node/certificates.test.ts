import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { createGatewayFetch } from '@openbsn/sdk'
import { type CityNode, startNode } from '../../src/node/node.ts'
import { closedPort, testCli } from '../../src/testing/cli.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { eventually } from '../scenarios/network-world.ts'

const day = 86_400

/** What a client sees of a gateway: the serial of its certificate, whoever issued it. */
async function serialAt(port: number): Promise<string> {
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

const real = () => Math.floor(Date.now() / 1000)

/** A node in this process, whose clock is moved; clients look at the machine's own. */
async function tlsNode() {
  const folder = testFolder()
  const home = join(folder.path, 'home')
  const clock = { behind: 21 * day, nowSeconds: () => real() - clock.behind }
  const lines: string[] = []
  const port = await closedPort()
  const address = `https://localhost:${port}`
  let running: CityNode | undefined

  async function start(more: { readonly host?: string; readonly address?: string }) {
    const logStream = { write: (line: string) => void lines.push(line) }
    const onFailure = (error: Error) => assert.fail(error)
    const options = { home, port, version: '0.1.0', workers: 1, ...more }
    await running?.close()
    running = undefined
    running = await startNode(options, { clock, logStream, onFailure })
  }
  const count = async () => lines.filter((line) => line.includes('"event":"tls.issued"')).length
  return {
    ...{ clock, port, address, start },
    outside: { host: '0.0.0.0', address },
    node: () => running ?? assert.fail('no node runs'),
    cli: (...argv: string[]) => testCli(argv, { env: { BSN_HOME: home }, clock }),
    /** Waits for so many certificates. */
    issued: (wanted: number) => eventually(count, (found) => found === wanted),
    remove: async () => {
      await running?.close()
      folder.remove()
    },
  }
}

type World = Awaited<ReturnType<typeof tlsNode>>

async function needsIssuer({ start, outside, cli, issued }: World) {
  await start({})
  await assert.rejects(start(outside), { code: 'LISTEN_NEEDS_TLS' })
  await assert.rejects(start({ host: '0.0.0.0' }), { code: 'LISTEN_NEEDS_TLS' })
  await start({})
  const made = await cli('node', 'issuer', '--json')
  assert.equal(made.code, 0, made.stderr)
  const again = await cli('node', 'issuer', '--json')
  assert.deepEqual([again.json().root, again.json().index], [made.json().root, undefined])
  await start(outside)
  await issued(1)
}

async function isTrusted({ address, port, node, cli }: World) {
  const { ledger, sandbox } = node()
  assert.ok(sandbox)
  for (const id of [ledger, sandbox]) {
    const good = await createGatewayFetch({ ledger: id })(`${address}/livez`)
    assert.deepEqual(await good.json(), { status: 'alive' })
  }
  await assert.rejects(fetch(`${address}/livez`))
  const other = createGatewayFetch({ ledger: `bsn1${'0'.repeat(40)}` })
  await assert.rejects(other(`${address}/livez`))
  const elsewhere = createGatewayFetch({ ledger })
  await assert.rejects(elsewhere(`https://127.0.0.1:${port}/livez`), /IP|altnames/i)
  const status = await cli('status', '--json')
  assert.deepEqual([status.code, status.json().gateway], [0, address], status.stderr)
}

async function isRenewed({ address, port, clock, node, issued }: World) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
  const sockets = new Set<unknown>()
  agent.on('free', (socket) => sockets.add(socket))
  const ask = async () => {
    const asked = request(`${address}/livez`, { agent }).end()
    const [answer] = await once(asked, 'response')
    answer.resume()
    await once(answer, 'end')
    return answer.statusCode
  }
  assert.equal(await ask(), 200)
  const before = await serialAt(port)
  clock.behind = 0
  node().renewTls?.()
  await issued(2)
  assert.notEqual(await serialAt(port), before)
  assert.deepEqual([await ask(), sockets.size], [200, 1])
  agent.destroy()
}

async function isKept({ port, start, outside, cli }: World) {
  const serial = await serialAt(port)
  await start(outside)
  assert.equal(await serialAt(port), serial)
  const checkAt = async (days: number) => {
    const then = real() + days * day
    const date = new Date(then * 1000).toISOString().slice(0, 10)
    const at = days === 0 ? [] : ['--at', days < 100 ? date : String(then)]
    const found = await cli('doctor', '--json', ...at)
    const { checks } = found.json() as { checks: { name: string; level: string }[] }
    return checks.find(({ name }) => name === 'certificate')?.level
  }
  const levels = [await checkAt(0), await checkAt(60), await checkAt(3500), await checkAt(3700)]
  assert.deepEqual(levels, ['ok', 'ok', 'warning', 'failed'])
  const verified = await cli('ledger', 'verify', '--json')
  assert.equal(verified.code, 0, verified.stderr)
}

describe('the certificate of a gateway', () => {
  let world: World
  before(async () => {
    world = await tlsNode()
  })
  after(() => world.remove())

  it('needs files or an issuer, which a member makes', () => needsIssuer(world))
  it('is trusted by whoever knows the ledger, and by nobody else', () => isTrusted(world))
  it('is renewed ahead, while connections stay', () => isRenewed(world))
  it('is there at the next start, and a doctor tells what will have ended', () => isKept(world))
})
