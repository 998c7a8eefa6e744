import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, it, type TestContext } from 'node:test'
import { Archives } from '../frameworks/fabric/packages/archives.ts'
import { putObject, putService } from '../testing/access.ts'
import { testFolder } from '../testing/folder.ts'
import { createMemoryLedger } from '../testing/memory-ledger.ts'
import { createSendPackage } from './send-package.ts'

const bytes = Buffer.from('a package')
const digest = createHash('sha256').update(bytes).digest('hex')

/** A gateway that keeps what is put to it; told to refuse, it does. */
async function gatewayOf(
  t: TestContext,
  refusal?: { readonly status: number; readonly body: string },
) {
  const taken: { readonly url: string; readonly body: Buffer }[] = []
  const server = createServer(async (request, response) => {
    taken.push({ url: `${request.method} ${request.url}`, body: await buffer(request) })
    response.writeHead(refusal?.status ?? 204).end(refusal?.body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { gateway: `http://127.0.0.1:${port}`, taken }
}

/** This node is lisbon. The service `trade` is on these nodes, with a contract of the package. */
function sceneOf(t: TestContext, nodes: Readonly<Record<string, string>>) {
  const folder = testFolder()
  t.after(() => folder.remove())
  const ledger = createMemoryLedger()
  putService(ledger, 'trade', { framework: 'fabric', nodes: Object.keys(nodes) })
  putObject(ledger, 'contract/trade/assets', { package: digest, sequence: 1 })
  for (const [id, gateway] of Object.entries(nodes)) {
    putObject(ledger, `node/${id}`, { gateway, status: id === 'gone' ? 'retired' : 'active' })
  }
  const archives = new Archives(folder.file('archives'))
  const take = (...one: Parameters<Archives['take']>) => archives.take(...one)
  const send = createSendPackage({ ledger, node: () => 'lisbon', archives, take })
  const sendBytes = (one: Buffer = bytes) => send('trade', digest, Readable.from([one]))
  return { archives, ledger, send, sendBytes }
}

describe('a package that a publisher sends to one node', () => {
  it('is kept there, and given to each other node of the service', async (t) => {
    const oslo = await gatewayOf(t)
    const rome = await gatewayOf(t, {
      ...{ status: 503, body: JSON.stringify({ code: 'PACKAGE_BUSY', detail: 'Later.' }) },
    })
    const lima = await gatewayOf(t, { status: 502, body: '<html>' })
    const { archives, ledger, sendBytes } = sceneOf(t, {
      ...{ lisbon: 'http://127.0.0.1:1', oslo: `${oslo.gateway}/`, rome: rome.gateway },
      ...{ lima: lima.gateway, away: 'http://127.0.0.1:1', gone: oslo.gateway },
    })
    const sent = await sendBytes()
    const problems = Object.fromEntries(sent.map(({ node, problem }) => [node, problem]))
    const { away, ...others } = problems
    assert.match(away ?? '', /^http:\/\/127\.0\.0\.1:1 was not reached: /)
    assert.deepEqual(others, {
      ...{ lisbon: undefined, oslo: undefined, rome: 'PACKAGE_BUSY: Later.' },
      ...{ lima: 'HTTP 502', gone: 'it is no active city node' },
    })
    const url = `PUT /api/v1/ledgers/${ledger.id}/packages/${digest}`
    assert.deepEqual(oslo.taken, [{ url, body: bytes }])
    assert.ok(await archives.find(digest))
  })

  it('goes through a node that is none of the service, and does not stay there', async (t) => {
    const oslo = await gatewayOf(t)
    const { archives, sendBytes } = sceneOf(t, { oslo: oslo.gateway })
    assert.deepEqual(await sendBytes(), [{ node: 'oslo' }])
    assert.equal(oslo.taken.length, 1)
    assert.equal(await archives.find(digest), undefined)
  })

  it('stays where the service names no nodes', async (t) => {
    const { archives, sendBytes } = sceneOf(t, {})
    assert.deepEqual(await sendBytes(), [{ node: 'lisbon' }])
    assert.ok(await archives.find(digest))
  })

  it('goes nowhere where no contract is defined with it, or it is another', async (t) => {
    const oslo = await gatewayOf(t)
    const { send, sendBytes } = sceneOf(t, { lisbon: 'http://127.0.0.1:1', oslo: oslo.gateway })
    for (const [service, name] of [
      ['trade', 'ab'.repeat(32)],
      ['other', digest],
    ] as const) {
      const unwanted = send(service, name, Readable.from([bytes]))
      await assert.rejects(unwanted, { code: 'PACKAGE_UNWANTED' })
    }
    await assert.rejects(sendBytes(Buffer.from('another')), { code: 'PACKAGE_DIGEST_WRONG' })
    assert.deepEqual(oslo.taken, [])
  })
})
