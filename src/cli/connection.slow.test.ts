import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { describe, it } from 'node:test'
import { closedPort, testNetwork } from '../testing/cli.ts'

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
