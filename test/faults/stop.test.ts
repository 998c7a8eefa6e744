import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { bsnHome } from '../cli/bsn.ts'

const writers = 16

/** A network with a service that its node signs for; `write` registers one record, and says how. */
async function openTill(t: TestContext) {
  const net = await bsnHome()
  t.after(() => net.close())
  const [file, how] = [net.file('till.json'), ['--framework', 'records', '--key-mode', 'key-trust']]
  assert.equal((await net.run('service', 'create', 'till', ...how)).code, 0)
  const argv = ['--service', 'till', '--label', 'till', '--api-key', '--out', file]
  assert.equal((await net.run('credential', 'create', ...argv)).code, 0)
  const { ledger, service, apiKey } = JSON.parse(readFileSync(file, 'utf8'))
  const url = `${net.address}/api/v1/ledgers/${ledger}/services/${service}/records`
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }

  /** A connection for each, so that none is closed while it would be used again. */
  const write = (value: string) =>
    new Promise<string>((resolve) => {
      const sent = request(url, { method: 'POST', headers, agent: false }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        answer.on('end', () => resolve(`${answer.statusCode} ${JSON.parse(text).code ?? ''}`))
        answer.on('error', (error) => resolve(`cut off: ${error.message}`))
      })
      sent.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)))
      sent.end(JSON.stringify({ value }))
    })
  return { net, write }
}

it('a stop answers all that is under way, and keeps what it answered', async (t) => {
  const { net, write } = await openTill(t)
  const before = JSON.parse((await net.run('status', '--json')).stdout).entries
  const told: string[] = []
  let isOver = false
  const writing = Array.from({ length: writers }, async (_, writer) => {
    for (let i = 0; !isOver; i++) told.push(await write(`${writer} ${i}`))
  })
  while (told.length < 100) await pause(10)
  const { code, stderr } = await net.stop()
  isOver = true
  await Promise.all(writing)
  assert.equal(code, 0, stderr)
  const counts = Object.groupBy(told, (one) => one)
  t.diagnostic(JSON.stringify(Object.entries(counts).map(([one, all]) => [one, all?.length])))
  // Connections that it had not taken yet are reset: nothing was read from them.
  const good = ['201 ', '503 GATEWAY_DRAINING', 'ECONNREFUSED', 'ECONNRESET']
  assert.deepEqual(
    Object.keys(counts).filter((one) => !good.includes(one)),
    [],
  )
  const verified = await net.run('ledger', 'verify', '--home', net.env.BSN_HOME, '--json')
  assert.equal(verified.code, 0, verified.stderr)
  assert.equal(JSON.parse(verified.stdout).entries - before, counts['201 ']?.length)
})
