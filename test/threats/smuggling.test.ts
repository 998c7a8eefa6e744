import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { apiKeyOf } from '../../src/testing/access.ts'
import { answersIn, raw } from './raw.ts'
import { grant } from './tenants.ts'
import { openSides, publish } from './world.ts'

/** A gateway with a credential that may write, and a request in its name, in parts. */
async function openTarget(t: TestContext) {
  const { live, gateway } = await openSides(t)
  await publish(live, 'flights')
  await grant(live, 'c1', { service: 'flights' })
  const { port, base, lines } = await gateway()
  const path = `${new URL(base()).pathname}/services/flights/records`
  const body = '{"value":"hidden"}'
  const who = `host: 127.0.0.1:${port}\r\nauthorization: Bearer ${apiKeyOf('c1')}\r\n`
  const type = 'content-type: application/json\r\n'
  const post = `POST ${path} HTTP/1.1\r\n${who}${type}`
  const hidden = `${post}content-length: ${body.length}\r\n\r\n${body}`
  /** Records of the service, and requests that were served. */
  const seen = () => ({
    entries: live.world.ledger.head.firstIndex + live.world.ledger.head.count,
    requests: lines.filter((line) => JSON.parse(line).event === 'request.done').length,
  })
  return { port, hidden, post, path, who, type, body, seen }
}
type Target = Awaited<ReturnType<typeof openTarget>>

const chunked = 'transfer-encoding: chunked\r\n'
const shown = '{"value":"shown"}'
const length = shown.length.toString(16)

/** Heads that two servers may read as bodies of two lengths; the body is a request of its own. */
const twoLengths: readonly string[] = [
  `content-length: 0\r\n${chunked}`,
  `${chunked}content-length: 0\r\n`,
  `content-length: 6\r\n${chunked}`,
  ...[
    'Transfer-Encoding : chunked',
    'transfer-encoding:\u000bchunked',
    'transfer-encoding\t: chunked',
  ],
  ...[
    'transfer-encoding: xchunked',
    'transfer-encoding: chunked, identity',
    'transfer-encoding: x',
  ],
  ...[
    'transfer-encoding: chunked\r\ntransfer-encoding: identity',
    'transfer-encoding:\r\n chunked',
  ],
  ...['transfer-encoding: identity\r\ntransfer-encoding: chunked', 'transfer-encoding: "chunked"'],
  ...['transfer-encoding: gzip', 'transfer-encoding: identity', 'transfer-encoding: chunked;q=1'],
  ...['transfer-encoding: Chunked', 'transfer-encoding: ', 'transfer-encoding: ,chunked'],
  'content-encoding: gzip\r\ncontent-length: 5',
  ...[
    'x: y\r\n transfer-encoding: chunked',
    'x: y\rtransfer-encoding: chunked',
    ' transfer-encoding: chunked',
  ],
  ...['x: y\ntransfer-encoding: chunked', 'x: y\u0000\r\ntransfer-encoding: chunked', ': chunked'],
  ...['content-length: 0\r\ncontent-length: 6', 'content-length: 6\r\ncontent-length: 0'],
  ...['content-length: 0, 6', 'content-length: 0\r\n content-length: 6', 'content-length: +0'],
  ...['content-length: -1', 'content-length: 0x0', 'content-length: 0 6', 'content-length:\u000b0'],
  ...['content-length : 0', 'content-length: 0\ncontent-length: 6', 'content-length: \u0660'],
  ...['content-length: 18446744073709551616', 'content-length: 1e1', 'content\u0000-length: 0'],
].map((head) => (head.endsWith('\r\n') ? head : `${head}\r\n`))

/** Chunked bodies whose end is a matter of opinion. */
function twoEnds(hidden: string): string[] {
  return [
    ...[`0\n\n${hidden}`, `0\r\n\n${hidden}`, `0\n\r\n${hidden}`, `0\r\r\n${hidden}`],
    ...[
      `0x0\r\n\r\n${hidden}`,
      `-0\r\n\r\n${hidden}`,
      `+0\r\n\r\n${hidden}`,
      ` 0\r\n\r\n${hidden}`,
    ],
    ...[`0;\n\r\n\r\n${hidden}`, `0;a=\u0000\r\n\r\n${hidden}`, `g\r\n\r\n${hidden}`],
    ...[`\r\n0\r\n\r\n${hidden}`, `ffffffffffffffff0\r\n\r\n${hidden}`, `0_\r\n\r\n${hidden}`],
    // More than the chunk said; and a chunk whose extension holds a line of its own.
    ...[`1\r\n${shown}\r\n0\r\n\r\n${hidden}`, `${length};a\n0\r\n\r\n${hidden}\r\n0\r\n\r\n`],
  ]
}

/** First lines that two servers may take for different requests. */
function twoTargets({ path, who, type, body }: Target): string[] {
  const rest = `${type}content-length: ${body.length}\r\n\r\n${body}`
  const host = who.split('\r\n')[0] ?? ''
  return [
    `POST ${path} HTTP/1.1\r\n${who}host: other.example\r\n${rest}`,
    `POST http://other.example${path} HTTP/1.1\r\n${who.replace(host, 'x: y')}${rest}`,
    `POST ${path} x HTTP/1.1\r\n${who}${rest}`,
    `POST ${path}\r\n${who}${rest}`,
    `POST ${path} HTTP/1.1\n${who}${rest}`,
    `POST ${path} HTTP/2.0\r\n${who}${rest}`,
    `POST ${path.replace('/services', '/%2e%2e/services')} HTTP/1.1\r\n${who}${rest}`,
    `POST ${path.replace('/services', '//services')} HTTP/1.1\r\n${who}${rest}`,
    `POST ${path.replace('/records', '%2frecords')} HTTP/1.1\r\n${who}${rest}`,
    `POST ${path};x HTTP/1.1\r\n${who}${rest}`,
    `POST ${path}#x HTTP/1.1\r\n${who}${rest}`,
    `POST \\${path} HTTP/1.1\r\n${who}${rest}`,
    `GET ${path} HTTP/1.1\r\n${who}x-http-method-override: POST\r\nx-method: POST\r\n${rest}`,
    `GET /livez HTTP/1.1\r\n${who}x-original-url: ${path}\r\nx-rewrite-url: ${path}\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${who}${rest.replace('application/json', 'text/plain')}`,
    `CONNECT ${path} HTTP/1.1\r\n${who}${rest}`,
    `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
  ]
}

describe('bytes that two servers may read as different requests', () => {
  it('are at most one request here, and never the one that is hidden in them', async (t) => {
    const target = await openTarget(t)
    const { port, post, hidden, seen } = target
    const corpus = [
      ...twoLengths.flatMap((head) => [
        `${post}${head}\r\n${hidden}`,
        `${post}${head}\r\n0\r\n\r\n${hidden}`,
      ]),
      ...twoEnds(hidden).map((body) => `${post}${chunked}\r\n${body}`),
      ...twoTargets(target),
    ]
    const before = seen()
    const answers = await Promise.all(corpus.map((bytes) => raw(port, bytes)))
    for (const [i, answer] of answers.entries()) {
      const what = `${i}: ${JSON.stringify(corpus[i])}`
      assert.match(answer, /^(HTTP\/1\.1 (4\d\d|200) |$)/, what)
      assert.ok(answersIn(answer) <= 1, `${what}\n${answer}`)
    }
    const malformed = answers.filter((answer) => /"code":"REQUEST_MALFORMED"/.test(answer))
    assert.ok(malformed.length > 40, `${malformed.length} of ${corpus.length} are no HTTP`)
    const after = seen()
    assert.equal(after.entries, before.entries, 'nothing was written')
    assert.ok(after.requests - before.requests <= corpus.length, 'no request more than sent')
    t.diagnostic(`${corpus.length} in all`)
  })

  it('are read by the standard where it leaves no choice', async (t) => {
    const { port, post, seen, type, who, path, hidden } = await openTarget(t)
    const { entries } = seen()
    const last = `${post}connection: close\r\n`
    const one = `${post}content-length: ${shown.length}\r\n\r\n${shown}`
    const good = [
      // Chunk extensions and trailers mean nothing; what trails is no header of the request.
      `${last}${chunked}\r\n${length};a=b;c="d;e"\r\n${shown}\r\n0;x\r\nx-trailer: y\r\n\r\n`,
      `${last}Transfer-Encoding:chunked \r\n\r\n00${length}\r\n${shown}\r\n000\r\n\r\n`,
      `\r\n${last}content-length: ${shown.length}\r\n\r\n${shown}`,
    ]
    for (const bytes of good) assert.match(await raw(port, bytes), /^HTTP\/1\.1 201 /, bytes)
    assert.equal(seen().entries, entries + good.length)
    const expecting = `${last}expect: x\r\ncontent-length: 1\r\n\r\n{`
    assert.match(await raw(port, expecting), /^HTTP\/1\.1 400 [\s\S]*JSON_MALFORMED/)
    // Two whole requests in one packet are two, in order.
    const two = await raw(port, one + hidden)
    assert.deepEqual([answersIn(two), seen().entries], [2, entries + good.length + 2])
    const bare = `POST ${path} HTTP/1.1\r\n${who.replace(/authorization.*\r\n/, '')}${type}`
    const late = `authorization: Bearer ${apiKeyOf('c1')}\r\n`
    const chunks = `${chunked}\r\n${length}\r\n${shown}\r\n0\r\n${late}\r\n`
    assert.match(await raw(port, `${bare}connection: close\r\n${chunks}`), /^HTTP\/1\.1 401 /)
  })
})
