import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { it } from 'node:test'
import { selfSigned } from '../../testing/self-signed.ts'
import { checkCertificates } from './certificates.ts'

it('a certificate of the operator is told before it ends, at any time asked for', async (t) => {
  // Good from 2020 to the end of 2049.
  const server = createServer(selfSigned(), (_, response) => response.end('{}'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const at = async (day: string, gateway = `https://localhost:${port}`) => {
    const question = { gateway, ledger: undefined, isRehearsal: true, timeoutMs: 3000 }
    return checkCertificates({ ...question, at: Date.parse(day) / 1000 })
  }
  const days = ['2026-11-26', '2049-12-01', '2049-12-20', '2050-01-02', '2019-12-31']
  const found = await Promise.all(days.map((day) => at(day)))
  assert.deepEqual(
    found.map(({ level }) => level),
    ['ok', 'ok', 'warning', 'failed', 'failed'],
  )
  assert.match(found[2]?.detail ?? '', /^ends at 2049-12-31/)
  assert.match(found[3]?.remedy ?? '', /SIGHUP/)
  assert.match(found[4]?.detail ?? '', /^not good before 2020/)
  assert.equal((await at('2050-01-02', 'http://127.0.0.1:1')).level, 'ok')
  assert.equal((await at('2026-11-26', 'https://127.0.0.1:1')).level, 'warning')
})
