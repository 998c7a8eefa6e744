import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import { testFolder } from '../../../testing/folder.ts'
import { createRpc } from './rpc.ts'

/** A local server that answers as the test says, for the faults that CometBFT seldom has. */
async function asking(t: TestContext, listener: RequestListener, timeoutMs = 300) {
  const folder = testFolder()
  const socketPath = join(folder.path, 's')
  const server = createServer(listener)
  await new Promise<void>((done) => {
    server.listen(socketPath, done)
  })
  const rpc = createRpc({ socketPath, timeoutMs })
  t.after(() => {
    rpc.close()
    server.closeAllConnections()
    server.close()
    folder.remove()
  })
  return rpc
}

describe('the RPC of CometBFT', () => {
  it('answers with the result, whatever pieces it comes in', async (t) => {
    let asked = ''
    const rpc = await asking(t, (request, response) => {
      request.on('data', (piece) => {
        asked += piece
      })
      request.on('end', () => {
        response.write('{"result":{"sum"')
        setTimeout(() => response.end(':"é"}}'), 5)
      })
    })
    assert.deepEqual(await rpc.call('status', { a: 1 }), { sum: 'é' })
    const { method, params } = JSON.parse(asked)
    assert.deepEqual([method, params], ['status', { a: 1 }])
  })

  it('that says no is told apart from one that says nothing', async (t) => {
    const answers: Record<string, RequestListener> = {
      ENGINE_REFUSED: (_, response) => response.end('{"error":{"data":"mempool is full"}}'),
      'ENGINE_UNREACHABLE silent': () => undefined,
      'ENGINE_UNREACHABLE hangs up': (request) => request.socket.destroy(),
      'ENGINE_UNREACHABLE in the middle': (_, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('{"res')
        setTimeout(() => response.destroy(), 5)
      },
      'ENGINE_UNREACHABLE no JSON': (_, response) => response.end('<html>'),
      'ENGINE_UNREACHABLE no end': (_, response) => {
        response.write(Buffer.alloc(9 * 1024 * 1024, 32))
      },
    }
    for (const [what, listener] of Object.entries(answers)) {
      const rpc = await asking(t, listener)
      const [code] = what.split(' ')
      await assert.rejects(rpc.call('status'), { code }, what)
    }
  })

  it('where nobody listens says so with the cause', async (t) => {
    const folder = testFolder()
    t.after(() => folder.remove())
    const rpc = createRpc({ socketPath: join(folder.path, 'nothing') })
    await assert.rejects(rpc.call('status'), (error) => {
      const cause = isCodedError(error) ? error.cause : undefined
      return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    })
  })
})
