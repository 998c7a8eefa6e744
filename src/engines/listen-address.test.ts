import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { requireFree } from './listen-address.ts'

describe('requireFree', () => {
  it('refuses an address that is taken, and takes none itself', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const where = { host: '127.0.0.1', port }
    await assert.rejects(requireFree(where), {
      code: 'ENGINE_PORT_IN_USE',
      details: where,
      message: /EADDRINUSE/,
    })
    server.close()
    await once(server, 'close')
    await requireFree(where)
    await requireFree(where)
  })
})
