import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  leafHash,
  parseStatement,
  type Signer,
  sha256,
  signStatement,
  sigStructure,
  statementIdentity,
  thumbprint,
  toHex,
  utf8,
} from '@openbsn/sdk'
import { namedSigner } from '../testing/named-signer.ts'
import type { FoundKey } from './check-messages.ts'
import { type CheckPool, type CheckResult, createCheckPool, isRefusal } from './check-pool.ts'

type Made = { readonly cti?: Uint8Array; readonly key?: string; readonly exp?: number }

function statementOf(signer: Signer, payload: string, more: Made = {}): Promise<Uint8Array> {
  const claims = { iss: 'c1', sub: 'flights', aud: 'bsn1', iat: 1_800_000_000, ...more }
  return signStatement({ contentType: 'text/plain', claims, payload: utf8(payload) }, signer)
}

/** A pool with the keys that it knows, and what it asked for. */
function poolOf(workers: number, signers: readonly Signer[] = []) {
  const known = new Map<string, FoundKey>()
  const asked: string[] = []
  const failures: Error[] = []
  const register = ({ key }: Signer) => {
    const kid = thumbprint(key)
    known.set(toHex(kid), { kid, algorithm: key.algorithm.id, raw: key.raw })
  }
  for (const signer of signers) register(signer)
  const findKey = (kid: Uint8Array) => {
    asked.push(toHex(kid))
    return known.get(toHex(kid))
  }
  const pool = createCheckPool({ workers }, { findKey, onFailure: (error) => failures.push(error) })
  return { pool, asked, failures, register, known }
}

const codeOf = (result: CheckResult | undefined) =>
  result && isRefusal(result) ? result.code : 'checked'

describe('the check pool', () => {
  const signers = [
    ...[namedSigner('a'), namedSigner('b', 'ES256'), namedSigner('c', 'ES256K')],
    namedSigner('d', 'SM2'),
  ]
  let parts: ReturnType<typeof poolOf>
  let pool: CheckPool
  before(() => {
    parts = poolOf(2, signers)
    pool = parts.pool
  })
  after(() => pool.close())

  it('says of each statement what the SDK says of it', async () => {
    for (const [i, signer] of signers.entries()) {
      for (const more of [{}, { cti: utf8('act') }, { key: 'row', exp: 1_900_000_000 }]) {
        const bytes = await statementOf(signer, `payload ${i}`, more)
        const [checked] = await pool.check([bytes])
        assert.ok(checked && !isRefusal(checked))
        const statement = parseStatement(bytes)
        const { iat, exp, cti, key } = statement.claims
        assert.deepEqual(checked.bytes, bytes)
        assert.deepEqual(checked.leaf, leafHash(bytes))
        assert.deepEqual(checked.identity, statementIdentity(statement))
        const signed = sigStructure(statement.protectedBytes, statement.payload)
        assert.equal(Buffer.compare(checked.identity, sha256(signed)) === 0, cti === undefined)
        assert.deepEqual([checked.iat, checked.exp], [iat, exp])
        assert.deepEqual([checked.isAct, checked.isKeyed], [cti !== undefined, key !== undefined])
        assert.equal(checked.authority.kid, toHex(statement.kid))
      }
    }
  })

  it('gives one result for each, in order, whatever stands beside it', async () => {
    const stranger = await statementOf(namedSigner('stranger'), 'x')
    const good = await Promise.all(
      Array.from({ length: 700 }, (_, i) => statementOf(namedSigner('a'), `row ${i}`)),
    )
    const broken = good.map((bytes, i) => {
      if (i % 7 === 0) return bytes.subarray(0, bytes.length - 1)
      if (i % 7 === 1) return stranger
      if (i % 7 === 2)
        return Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte))
      return i % 7 === 3 ? new Uint8Array() : bytes
    })
    const wanted = ['CBOR_MALFORMED', 'KEY_UNKNOWN', 'SIGNATURE_INVALID', 'STATEMENT_WRONG_TAG']
    const results = await pool.check(broken)
    assert.deepEqual(
      results.map(codeOf),
      broken.map((_, i) => wanted[i % 7] ?? 'checked'),
    )
    results.forEach((result, i) => {
      if (!isRefusal(result)) assert.deepEqual(result.bytes, good[i])
    })
    assert.deepEqual(await pool.check([]), [])
  })

  it('asks again for a key that was not known, and takes it once it is', async () => {
    const late = namedSigner('late')
    const bytes = await statementOf(late, 'x')
    const waiting = Array.from({ length: 20 }, () => pool.check([bytes]))
    assert.ok((await Promise.all(waiting)).flat().every((one) => codeOf(one) === 'KEY_UNKNOWN'))
    parts.register(late)
    assert.equal(codeOf((await pool.check([bytes]))[0]), 'checked')
  })

  it('shares one object among the statements of one authority', async () => {
    const some = await Promise.all([1, 2, 3].map((i) => statementOf(namedSigner('a'), `${i}`)))
    const results = await pool.check(some)
    const authorities = results.flatMap((one) => (isRefusal(one) ? [] : [one.authority]))
    assert.equal(authorities.length, 3)
    assert.equal(new Set(authorities).size, 1)
  })
})

describe('verifying', () => {
  it('is done by threads of its own: the main one hands over and takes back', async () => {
    const signer = namedSigner('busy', 'ES256')
    const { pool } = poolOf(1, [signer])
    const some = await Promise.all(
      Array.from({ length: 20 }, (_, i) => statementOf(signer, `row ${i}`)),
    )
    // So that starting the worker is not measured.
    await pool.check(some)
    const many = Array.from({ length: 150 }, () => some).flat()
    const [own, all] = [process.threadCpuUsage(), process.cpuUsage()]
    const results = await pool.check(many)
    const [mainMicros, everyMicros] = [
      sumOf(process.threadCpuUsage(own)),
      sumOf(process.cpuUsage(all)),
    ]
    await pool.close()
    assert.ok(results.every((one) => !isRefusal(one)))
    // Times of the processor, which a busy machine does not change. Measured: a fortieth.
    assert.ok(mainMicros * 4 < everyMicros, `${mainMicros} of ${everyMicros} µs`)
  })
})

const sumOf = ({ user, system }: NodeJS.CpuUsage) => user + system

describe('a check worker', () => {
  it('that dies is told, because nothing can be verified any more', async () => {
    const { pool, known, register } = poolOf(1)
    const signer = namedSigner('odd', 'ES256')
    register(signer)
    const kid = thumbprint(signer.key)
    // No point of the curve: OpenSSL throws, which no registered key can make it do.
    known.set(toHex(kid), { kid, algorithm: -7, raw: new Uint8Array(65) })
    const told = Promise.withResolvers<Error>()
    const dying = createCheckPool(
      { workers: 1 },
      { findKey: (asked) => known.get(toHex(asked)), onFailure: told.resolve },
    )
    void dying.check([await statementOf(signer, 'x')])
    assert.ok((await told.promise) instanceof Error)
    await dying.close()
    await pool.close()
  })

  it('that is closed answers nothing any more, and tells no failure', async () => {
    const { pool, failures } = poolOf(2, [namedSigner('a')])
    let answered = false
    void pool.check([await statementOf(namedSigner('a'), 'x')]).then(() => {
      answered = true
    })
    await pool.close()
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.deepEqual([answered, failures], [false, []])
  })
})
