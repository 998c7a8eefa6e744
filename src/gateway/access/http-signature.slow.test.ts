import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import {
  decodeCbor,
  encodeCbor,
  type RequestToSign,
  signatureBase,
  signRequest,
  utf8,
} from '@openbsn/sdk'
import type { InjectOptions } from 'fastify'
import { accessProbe, putCredential } from '../../testing/access.ts'
import { testFolder } from '../../testing/folder.ts'
import { namedSigner } from '../../testing/named-signer.ts'

type Probe = Awaited<ReturnType<typeof accessProbe>>
type Headers = Record<string, string>

let count = 0

/** A signed POST of `c1`, as parts that a test may change. */
async function signed(probe: Probe, more: Partial<RequestToSign> & SignHow = {}) {
  const { algorithm = 'EdDSA', created = probe.clock.now, lifetime = 60, ...request } = more
  const nonce = more.nonce ?? `n${count++}`
  const whole = { method: 'POST', url: `http://localhost${probe.path()}`, ...request }
  const signer = namedSigner(more.by ?? 'c1', algorithm)
  const headers = await signRequest(whole, signer, { created, lifetime, nonce })
  return { ...whole, headers: { ...whole.headers, ...headers } }
}
type SignHow = {
  readonly by?: string
  readonly algorithm?: string
  readonly created?: number
  readonly lifetime?: number
  readonly nonce?: string
}

async function send({ app }: Probe, { method, url, headers, body }: RequestToSign) {
  const { host, pathname, search } = new URL(url)
  const payload = body ? { payload: Buffer.from(body) } : {}
  const answer = await app.inject({
    method: method as NonNullable<InjectOptions['method']> & string,
    url: pathname + search,
    headers: { host, ...headers },
    ...payload,
  } as InjectOptions)
  const { code, credential } = answer.json() as { code?: string; credential?: string }
  return code ?? credential
}

/** Order of P-256's group. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The signature (r, n - s) in place of (r, s): it holds as well. */
function twinOf(header: string): string {
  const bytes = Buffer.from(/:(.+):/.exec(header)?.[1] ?? '', 'base64')
  const s = order - BigInt(`0x${bytes.toString('hex', 32)}`)
  bytes.write(s.toString(16).padStart(64, '0'), 32, 'hex')
  return `sig=:${bytes.toString('base64')}:`
}

async function prepared(options: Parameters<typeof accessProbe>[0] = {}) {
  const probe = await accessProbe(options)
  putCredential(probe.ledger, 'c1')
  return probe
}

const body = { body: utf8('{"a":1}'), headers: { 'content-type': 'application/json' } }

describe('a signed request', () => {
  it('lets its credential in, by every algorithm, with and without a body', async () => {
    for (const algorithm of ['EdDSA', 'ES256', 'ES256K', 'SM2']) {
      const probe = await accessProbe()
      putCredential(probe.ledger, 'c1', { algorithm })
      for (const more of [
        {},
        body,
        { method: 'GET', url: `http://localhost${probe.path()}?a=1&b` },
      ]) {
        assert.equal(
          await send(probe, await signed(probe, { ...more, algorithm })),
          'c1',
          algorithm,
        )
      }
    }
  })

  it('is refused where any part of it is another one', async () => {
    const probe = await prepared()
    const headers = { ...body.headers, 'idempotency-key': 'k1' }
    const sent = async () =>
      signed(probe, { ...body, headers, url: `http://localhost${probe.path()}?a=1` })
    const change = async (part: Partial<RequestToSign>) =>
      send(probe, { ...(await sent()), ...part })
    assert.equal(await change({}), 'c1')
    const other = `http://localhost${probe.path('flights', 'records:read')}?a=1`
    assert.equal(await change({ url: other }), 'CREDENTIAL_UNKNOWN')
    assert.equal(await change({ url: `http://localhost${probe.path()}?a=2` }), 'CREDENTIAL_UNKNOWN')
    assert.equal(await change({ url: `http://localhost${probe.path()}` }), 'CREDENTIAL_UNKNOWN')
    assert.equal(await change({ method: 'PUT' }), 'CREDENTIAL_UNKNOWN')
    assert.equal(await change({ body: utf8('{"a":2}') }), 'CONTENT_DIGEST_MISMATCH')
    const head = async (name: string, value: string) => {
      const whole = await sent()
      return send(probe, { ...whole, headers: { ...whole.headers, [name]: value } })
    }
    assert.equal(await head('content-type', 'text/plain'), 'CREDENTIAL_UNKNOWN')
    assert.equal(await head('idempotency-key', 'k2'), 'CREDENTIAL_UNKNOWN')
    assert.equal(await head('content-digest', 'sha-256=:aGk=:'), 'CREDENTIAL_UNKNOWN')
    // The right key under the name of another algorithm.
    const { key, sign } = namedSigner('c1')
    const renamed = { ...key, algorithm: { ...key.algorithm, name: 'ES256' } }
    const request = { method: 'POST', url: `http://localhost${probe.path()}` }
    const { now } = probe.clock
    const how = { created: now, nonce: 'alg' }
    const asOther = await signRequest(request, { key: renamed, sign }, how)
    assert.match(asOther['signature-input'] ?? '', /alg="ecdsa-p256-sha256"/)
    assert.equal(await send(probe, { ...request, headers: asOther }), 'CREDENTIAL_UNKNOWN')
    const foreign = await signed(probe, { by: 'c2' })
    assert.equal(await send(probe, foreign), 'CREDENTIAL_UNKNOWN')
    const input = (foreign.headers as Headers)['signature-input'] ?? ''
    const own = ((await signed(probe)).headers as Headers)['signature-input'] ?? ''
    const keyid = /keyid="[^"]*"/.exec(own)?.[0] ?? ''
    const claimed = { 'signature-input': input.replace(/keyid="[^"]*"/, keyid) }
    const lie = { ...foreign, headers: { ...foreign.headers, ...claimed } }
    assert.equal(await send(probe, lie), 'CREDENTIAL_UNKNOWN')
  })

  it('is of the key of a credential, which is neither revoked nor over', async () => {
    const probe = await prepared()
    putCredential(probe.ledger, 'c1')
    const [key = '', object = new Uint8Array()] =
      [...probe.ledger.objectsByKey].find(([name]) => name.startsWith('key/')) ?? []

    const variant = (name: string, value: boolean | number | string) =>
      encodeCbor(new Map([...(decodeCbor(object) as Map<string, string>), [name, value as string]]))
    for (const [bytes, wanted] of [
      [variant('revoked', true), 'KEY_REVOKED'],
      [variant('until', probe.clock.now), 'KEY_REPLACED'],
      [variant('until', probe.clock.now + 1), 'c1'],
      [variant('owner', 'member/c1'), 'CREDENTIAL_UNKNOWN'],
    ] as const) {
      const fresh = await prepared()
      fresh.ledger.objectsByKey.set(key, bytes)
      assert.equal(await send(fresh, await signed(fresh)), wanted)
    }
  })
})

describe('a signed request that comes again', () => {
  it('is refused, here, after a restart, and at a gateway that it was not meant for', async () => {
    const folder = testFolder()
    const probe = await prepared({ nonceFolder: folder.path })
    const request = await signed(probe)
    assert.equal(await send(probe, request), 'c1')
    assert.equal(await send(probe, request), 'SIGNATURE_REPLAYED')
    const again = await prepared({ nonceFolder: folder.path })
    assert.equal(await send(again, request), 'SIGNATURE_REPLAYED')
    folder.remove()
    const other = await prepared({ names: ['gateway-b.example'] })
    const moved = { ...(await signed(probe)), url: `http://gateway-a.example${probe.path()}` }
    assert.equal(await send(other, moved), 'AUTHORITY_UNKNOWN')
    const forB = { ...moved, url: `http://gateway-b.example${probe.path()}` }
    assert.equal(await send(other, forB), 'CREDENTIAL_UNKNOWN')
    assert.equal(await send(other, await signed(other, { url: forB.url })), 'c1')
  })

  it('is one with the high s that browsers make, and its twin is a repeat', async () => {
    const probe = await accessProbe()
    putCredential(probe.ledger, 'c1', { algorithm: 'ES256' })
    for (const isHighFirst of [true, false]) {
      const low = await signed(probe, { algorithm: 'ES256' })
      const { signature = '' } = low.headers as Headers
      const high = { ...low, headers: { ...low.headers, signature: twinOf(signature) } }
      const [first, second] = isHighFirst ? [high, low] : [low, high]
      assert.equal(await send(probe, first), 'c1')
      assert.equal(await send(probe, second), 'SIGNATURE_REPLAYED')
    }
  })

  it('is refused when no more can be remembered', async () => {
    const probe = await prepared({ noncesMax: 2 })
    for (const wanted of ['c1', 'c1', 'SIGNATURE_CACHE_FULL']) {
      assert.equal(await send(probe, await signed(probe)), wanted)
    }
    probe.clock.now += 120
    assert.equal(await send(probe, await signed(probe)), 'c1')
  })

  it('counts for nobody where it is not right', async () => {
    const probe = await prepared({ noncesMax: 1 })
    const stranger = await signed(probe, { by: 'c9' })
    for (let i = 0; i < 3; i++) assert.equal(await send(probe, stranger), 'CREDENTIAL_UNKNOWN')
    assert.equal(await send(probe, await signed(probe)), 'c1')
  })
})

describe('the time of a signature', () => {
  it('is now, for at most five minutes', async () => {
    const probe = await prepared()
    const { now } = probe.clock
    const cases: [number, number, string][] = [
      [now, 300, 'c1'],
      [now, 301, 'SIGNATURE_TIME_INVALID'],
      [now, 0, 'SIGNATURE_TIME_INVALID'],
      [now + 10, -5, 'SIGNATURE_TIME_INVALID'],
      [now - 299, 300, 'c1'],
      [now - 300, 300, 'SIGNATURE_TIME_INVALID'],
      [now + 600, 300, 'c1'],
      [now + 601, 300, 'SIGNATURE_TIME_INVALID'],
    ]
    for (const [created, lifetime, wanted] of cases) {
      const request = await signed(probe, { created, lifetime })
      assert.equal(await send(probe, request), wanted, `${created - now} ${lifetime}`)
    }
  })
})

describe('headers of a signature that are not as they should be', () => {
  const change = (pattern: string | RegExp, text: string) => (headers: Headers) => {
    const input = headers['signature-input'] ?? ''
    const changed = input.replace(pattern, text)
    assert.notEqual(changed, input, String(pattern))
    return { ...headers, 'signature-input': changed }
  }
  const cases: ((headers: Headers) => Headers)[] = [
    ...['"@method" ', '"@authority" ', '"@path" ', '"@query" ', '"content-type" '].map((name) =>
      change(name, ''),
    ),
    change(' "content-digest"', ''),
    change('"@path"', '"@path" "@path"'),
    change('"@path"', '"@path";req'),
    change('"@path"', '"@target-uri"'),
    change('"@path"', '"@path" "x-missing"'),
    change('"@path"', '"@path" "constructor"'),
    change('"@path"', '@path'),
    ...[/created=\d+;/, /expires=\d+;/, /nonce="[^"]*";/, /keyid="[^"]*";/, /;alg="[^"]*"/].map(
      (pattern) => change(pattern, ''),
    ),
    change(';alg', ';tag="x";alg'),
    change(/created=(\d+)/, 'created="$1"'),
    change(/created=(\d+)/, 'created=-$1'),
    change(/nonce="[^"]*"/, 'nonce=""'),
    change(/nonce="[^"]*"/, `nonce="${'n'.repeat(65)}"`),
    change(/keyid="/, 'keyid="A'),
    change('sig=', 'other='),
    change(/^(sig=.*)$/, '$1, $1'),
    change(/^(sig=.*)$/, '$1, second=("@path")'),
    change(/^.*$/, 'sig'),
    change(/^.*$/, ''),
    (headers) => ({ ...headers, signature: '' }),
    (headers) => ({ ...headers, signature: `${headers.signature}, x=:aGk=:` }),
    (headers) => ({ ...headers, signature: `${headers.signature};x` }),
    (headers) => ({ ...headers, signature: headers.signature?.replace('==', '=') ?? '' }),
  ]

  it('are refused one by one', async () => {
    const probe = await prepared()
    for (const [i, spoil] of cases.entries()) {
      const request = await signed(probe, body)
      const headers = spoil(request.headers as Headers)
      assert.equal(await send(probe, { ...request, headers }), 'SIGNATURE_HEADERS_INVALID', `${i}`)
    }
    const short = await signed(probe)
    const headers = { ...short.headers, signature: 'sig=:aGk=:' }
    assert.equal(await send(probe, { ...short, headers }), 'CREDENTIAL_UNKNOWN')
  })

  it('do not know of an Idempotency-Key that was put in afterwards', async () => {
    const probe = await prepared()
    const bare = await signed(probe)
    const added = { ...bare, headers: { ...bare.headers, 'idempotency-key': 'k1' } }
    assert.equal(await send(probe, added), 'SIGNATURE_HEADERS_INVALID')
  })

  it('may have more than one digest, which all must be right', async () => {
    const probe = await prepared()
    const hash = (name: string) => createHash(name).update(body.body).digest('base64')
    const sha512 = `sha-512=:${hash('sha512')}:`
    // Digests that the client made itself are covered as any header is.
    const cases: [string, string][] = [
      [sha512, 'c1'],
      [`sha-256=:${hash('sha256')}:, ${sha512}, md5=:aGk=:`, 'c1'],
      [`sha-256=:${hash('sha1')}:, ${sha512}`, 'CONTENT_DIGEST_MISMATCH'],
      ['md5=:aGk=:', 'SIGNATURE_HEADERS_INVALID'],
      ['sha-256="x"', 'SIGNATURE_HEADERS_INVALID'],
      ['sha-256=:aGk=:, sha-256=:aGk=:', 'SIGNATURE_HEADERS_INVALID'],
    ]
    for (const [digest, wanted] of cases) {
      const request = await signedWithDigest(probe, digest)
      assert.equal(await send(probe, request), wanted, digest)
    }
  })
})

/** As `signRequest` signs, with a digest of the test's own. */
async function signedWithDigest(probe: Probe, digest: string): Promise<RequestToSign> {
  const request = await signed(probe, body)
  const input = (request.headers as Headers)['signature-input']?.slice('sig='.length) ?? ''
  const base = signatureBase(
    [
      ['@method', 'POST'],
      ['@authority', 'localhost'],
      ['@path', probe.path()],
      ['@query', '?'],
      ['content-type', 'application/json'],
      ['content-digest', digest],
    ],
    input,
  )
  const signature = Buffer.from(await namedSigner('c1').sign(utf8(base))).toString('base64')
  const headers = { ...request.headers, 'content-digest': digest, signature: `sig=:${signature}:` }
  return { ...request, headers }
}
