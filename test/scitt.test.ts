import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import {
  algorithmByName,
  createSigner,
  encodeBatch,
  fromBase64url,
  fromHex,
  parseStatement,
  publicKey,
  signStatement,
  toHex,
  toPem,
  utf8,
} from '@openbsn/sdk'
import { needs } from '../src/testing/needs.ts'
import { addCredential, scratchFolder, startNetwork } from './cli/bsn.ts'
import { python } from './python/python.ts'
import { scittCose } from './python/scitt-cose.ts'

const nowSeconds = () => Math.floor(Date.now() / 1000)
const bytesOf = (hex: string) => fromHex(hex) ?? assert.fail(`no hex: ${hex}`)

/** A network with the service `flights` and the ES256 key of a credential for it. */
async function startService(t: TestContext) {
  const network = await startNetwork(t)
  const file = join(scratchFolder(t), 'flights.credential')
  await addCredential(network, file, ['--algorithm', 'ES256'])
  const { credential, ledger, key } = JSON.parse(readFileSync(file, 'utf8'))
  const secret = fromBase64url(key.secret) ?? assert.fail('the credential has a secret')
  return { ...network, ledger: String(ledger), issuer: String(credential), secret }
}

/** Entries in the log. */
async function sizeOf({ address, ledger }: Pick<Service, 'address' | 'ledger'>): Promise<number> {
  const answer = await fetch(`${address}/api/v1/ledgers/${ledger}`)
  return ((await answer.json()) as { size: number }).size
}

type Service = Awaited<ReturnType<typeof startService>>
type Answer = { status: number; type: string; location: string; body: string }
type Ran = {
  readonly statement: string
  readonly registered: Answer
  readonly resolved: Answer
  readonly keys: Answer
  readonly key: Answer
  readonly isInSet: boolean
  readonly kidMatches: boolean
  readonly logKey: string
  readonly title?: string
}

describe('an outside client of the SCITT door, with pycose', () => {
  it('registers, resolves and finds the keys; scitt-cose verifies the receipts', async (t) => {
    if (!needs(t, 'python3', 'python3-venv')) return
    const { address: base, ledger, issuer, secret } = await startService(t)
    const [iat, first] = [nowSeconds(), await sizeOf({ address: base, ledger })]
    const common = { base, ledger, issuer, secret: toHex(secret), service: 'flights', iat }
    const cases = [
      { ...common, payload: '{"row":0}' },
      { ...common, payload: '{"row":1}', cti: 'row 1' },
      { ...common, payload: '{"row":2}', unprotected: true },
    ]
    const wrong = [
      { ...common, payload: '{}', service: 'nowhere' },
      { ...common, payload: '{}', secret: '1'.repeat(64) },
    ]
    const pycose = python('pycose==1.1.0', 'cbor2==5.4.6')
    const ran = pycose.answers<Ran>('scrapi_client.py', [...cases, ...wrong])
    for (const [i, one] of ran.slice(0, cases.length).entries()) {
      const { registered, resolved, keys, key } = one
      assert.equal(registered.status, 201, JSON.stringify(one))
      assert.deepEqual([registered.type, keys.type], ['application/cose', 'application/cbor'])
      assert.equal(registered.location, `/scitt/flights/entries/${ledger}-${first + i}`)
      assert.deepEqual(resolved, { ...registered, status: 200 })
      assert.deepEqual(
        [keys.status, key.status, one.isInSet, one.kidMatches],
        [200, 200, true, true],
      )
      const logKey = toPem(
        publicKey(algorithmByName('EdDSA') ?? assert.fail(), bytesOf(one.logKey)),
      )
      // Of the third, the client takes its own unprotected header away before it hashes.
      const statement = i === 2 ? emptied(bytesOf(one.statement)) : bytesOf(one.statement)
      const verdict = scittCose().verify(statement, bytesOf(resolved.body), logKey)
      assert.deepEqual([verdict.ok, verdict.index], [true, first + i], verdict.errors.join())
    }
    const refused = ran
      .slice(cases.length)
      .map(({ title, registered }) => [title, registered.status])
    assert.deepEqual(refused, [
      ['Rejected', 404],
      ['Rejected', 403],
    ])
  })
})

/** The header that scrapi_client.py writes, replaced by an empty one. */
function emptied(statement: Uint8Array): Uint8Array {
  const hex = toHex(statement)
  const start = hex.indexOf('a219018a81')
  const end = hex.indexOf('fb3ff8000000000000') + 18
  assert.ok(start > 0 && end > start)
  return bytesOf(`${hex.slice(0, start)}a0${hex.slice(end)}`)
}

/** Order of P-256's group. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The same statement with s replaced by n - s, which is a signature by the same key. */
function twinOf(statement: Uint8Array): Uint8Array {
  const { signature } = parseStatement(statement)
  const s = BigInt(`0x${toHex(signature.subarray(32))}`)
  const twin = statement.slice()
  twin.set(bytesOf((order - s).toString(16).padStart(64, '0')), statement.length - 32)
  return twin
}

/** A statement with the low s, and its twin. */
async function twins({ ledger, issuer, secret }: Service, row: number, cti?: Uint8Array) {
  const claims = { iss: issuer, sub: 'flights', aud: ledger, iat: nowSeconds() }
  const input = {
    contentType: 'application/json',
    claims: { ...claims, ...(cti ? { cti } : {}) },
    payload: utf8(`{"row":${row}}`),
  }
  const signer = createSigner(algorithmByName('ES256') ?? assert.fail(), secret)
  const low = await signStatement(input, signer)
  return { low, high: twinOf(low) }
}

type Door = (service: Service, statement: Uint8Array) => Promise<{ index: number; isNew: boolean }>

const scitt: Door = async ({ address }, statement) => {
  const headers = { 'content-type': 'application/cose' }
  const request = { method: 'POST', headers, body: Buffer.from(statement) }
  const answer = await fetch(`${address}/scitt/flights/entries`, request)
  assert.ok(answer.ok, await answer.text())
  return {
    index: Number(answer.headers.get('location')?.split('-').at(-1)),
    isNew: answer.status === 201,
  }
}

const rest: Door = async ({ address, ledger }, statement) => {
  const headers = { 'content-type': 'application/cbor-seq' }
  const request = { method: 'POST', headers, body: Buffer.from(encodeBatch([statement])) }
  const answer = await fetch(`${address}/api/v1/ledgers/${ledger}/entries`, request)
  const { outcomes } = (await answer.json()) as { outcomes: { outcome: string; index: number }[] }
  const [one] = outcomes
  assert.ok(one && one.outcome !== 'refused', JSON.stringify(one))
  return { index: one.index, isNew: one.outcome === 'appended' }
}

/** Every pair of doors, order and kind of identity. */
const twinCases = [scitt, rest].flatMap((first) =>
  [scitt, rest].flatMap((second) =>
    [false, true].flatMap((isHighFirst) =>
      [false, true].map((hasCti) => ({ first, second, isHighFirst, hasCti })),
    ),
  ),
)

describe('the two signatures (r, s) and (r, n - s) of one ES256 statement', () => {
  it('are one entry, at either door, in either order, with and without a cti', async (t) => {
    const service = await startService(t)
    const begin = await sizeOf(service)
    for (const [row, { first, second, isHighFirst, hasCti }] of twinCases.entries()) {
      const { low, high } = await twins(service, row, hasCti ? utf8(`row ${row}`) : undefined)
      const [a, b] = isHighFirst ? [high, low] : [low, high]
      const about = `${first.name}, ${second.name}, high first ${isHighFirst}, cti ${hasCti}`
      assert.deepEqual(await first(service, a), { index: begin + row, isNew: true }, about)
      assert.deepEqual(await second(service, b), { index: begin + row, isNew: false }, about)
    }
    assert.equal(await sizeOf(service), begin + twinCases.length)
    service.up.child.kill('SIGTERM')
    await service.up.ended
    const { code, stdout } = await service.run('ledger', 'verify', '--json')
    assert.deepEqual([code, JSON.parse(stdout).ok], [0, true])
  })
})
