import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { startShop } from '../compliance/shop.ts'
import { documentOf, operationsOf } from './operations.ts'
import { raw } from './raw.ts'

/** What ends a line, drives a terminal, or looks like a line of ours; each with a mark in it. */
const evil = [
  ...['planted\r\n{"level":"error","msg":"planted"}', 'planted\n', 'planted\r', '\u001b[2Jplanted'],
  ...[
    '\u009b31mplanted',
    'planted\u0007\b\b\b',
    '\u2028planted\u2029',
    '\u0085planted',
    '%0aplanted',
  ],
  ...[
    '"},{"planted":"',
    `$\{jndi:ldap://planted}`,
    '%s%d%o planted',
    '\u202eplanted',
    '=cmd|planted',
  ],
]

/** Headers that a gateway, a proxy or a log looks at. */
const headers = [
  ...['x-request-id', 'traceparent', 'user-agent', 'referer', 'x-forwarded-for', 'authorization'],
  ...['idempotency-key', 'accept', 'content-type', 'origin', 'last-event-id', 'signature-input'],
  ...['signature', 'content-digest', 'cookie', 'via', 'planted', 'content-encoding', 'expect'],
]

/** One request with text as it is in its first line or a header, whatever HTTP says of it. */
const withHeader = (host: string, name: string, text: string) =>
  `GET /api/v1/ledgers HTTP/1.1\r\nhost: ${host}\r\n${name}: ${text}\r\nconnection: close\r\n\r\n`
const withTarget = (host: string, text: string) =>
  `GET /livez${text} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`
const withMethod = (host: string, text: string) =>
  `${text} /livez HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`

/** Every operation with the text in each place of its path, its query and its body. */
async function askEverywhere(address: string, apiKey: string): Promise<number> {
  const operations = operationsOf(await documentOf(address))
  const asked = operations.flatMap(({ method, path, parameters, bodyTypes }) =>
    evil.map(async (text) => {
      const one = encodeURIComponent(text)
      const to = address + path.replace(/\{\w+\}/g, one)
      const queries = parameters.filter((each) => each.in === 'query')
      const query = queries.map(({ name }) => `${name}=${one}`).join('&')
      const [type] = bodyTypes
      const body = JSON.stringify({ [text]: text, key: text, value: text })
      const own = { authorization: `Bearer ${apiKey}` }
      const sent = type === undefined ? {} : { body }
      const typed = type === undefined ? own : { ...own, 'content-type': type }
      const answer = await fetch(`${to}?${query}`, { method, headers: typed, ...sent })
      await answer.body?.cancel()
    }),
  )
  return (await Promise.all(asked)).length
}

/** What a terminal or a reader of lines would take for more than a part of a line. */
const dangerous = /[\p{Cc}\u2028\u2029\u202e]/u

describe('the log', () => {
  it('is a line of JSON for each event, whatever anybody sends', async (t) => {
    const { address, apiKey, stop, ask } = await startShop(t)
    const { host, port } = new URL(address)
    const bytes = evil.map((text) => Buffer.from(text).toString('latin1'))
    const requests = bytes.flatMap((text) => [
      ...headers.map((name) => withHeader(host, name, text)),
      ...[withTarget(host, text), withTarget(host, `?${text}`), withMethod(host, text)],
    ])
    for (let first = 0; first < requests.length; first += 64) {
      const some = requests.slice(first, first + 64)
      await Promise.all(some.map((one) => raw(Number(port), one)))
    }
    const asked = await askEverywhere(address, apiKey)
    for (const text of evil) await ask('POST', '/records', { key: text, value: text })
    const { stdout, stderr } = await stop()
    // The last words of the command are for people.
    const lines = stderr
      .replaceAll(/^stop(ping: .*|ped)\n/gm, '')
      .trimEnd()
      .split('\n')
    t.diagnostic(`${requests.length + asked} requests, ${lines.length} lines`)
    assert.ok(lines.length > asked, 'every request has its line')
    assert.doesNotMatch(stdout.trimEnd(), dangerous)
    for (const line of lines) {
      assert.doesNotMatch(line, dangerous)
      const { level, msg, time } = JSON.parse(line)
      assert.ok(
        [level, msg, time].every((one) => typeof one === 'string'),
        line,
      )
      assert.notEqual(msg, 'planted')
    }
  })
})

/** A node with records that have every evil text as key, value, type and issuer's label. */
async function withEvilRecords(t: TestContext) {
  const shop = await startShop(t)
  for (const text of evil) {
    const answer = await shop.ask('POST', '/records', { key: text, value: text })
    assert.equal(answer.status, 201, answer.text)
  }
  return shop
}

/** Nothing is printed as CSV; what the portal exports is tested there (table-rows.slow.test.ts). */
describe('what `bsn` prints of the records of others', () => {
  it('has a line and the same cells for each, and drives no terminal', async (t) => {
    const { run } = await withEvilRecords(t)
    const { code, stdout } = await run('record', 'list', '--service', 'shop')
    assert.equal(code, 0)
    const lines = stdout.trimEnd().split('\n')
    assert.equal(lines.length, evil.length)
    const cells = new Set(lines.map((line) => line.split('\t').length))
    assert.equal(cells.size, 1, 'nobody makes a cell of his own')
    for (const line of lines) assert.doesNotMatch(line.replaceAll('\t', ''), dangerous)
    const json = await run('record', 'list', '--service', 'shop', '--json')
    const { records } = JSON.parse(json.stdout)
    assert.deepEqual(
      records.map(({ key }: { key: string }) => key),
      evil,
    )
  })
})
