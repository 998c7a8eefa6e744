import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseStatement, type Signer, sha256, signStatement, toHex, utf8 } from '@openbsn/sdk'
import { type CheckResult, createCheckPool, isRefusal } from '../../src/crypto/check-pool.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'

const codeOf = (result: CheckResult) => (isRefusal(result) ? result.code : 'checked')

function statementOf(signer: Signer): Promise<Uint8Array> {
  const claims = { iss: 'c1', sub: 'flights', aud: 'bsn1', iat: 1_800_000_000 }
  return signStatement({ contentType: 'text/plain', claims, payload: utf8('x') }, signer)
}

describe('a check worker', () => {
  it('forgets no key that a waiting job needs when its caches start anew', async () => {
    // One more than the caches hold, each its own authority: `cacheEntriesMax` in check-worker.ts.
    // One secret behind all the names, because making 20,001 keys takes ten seconds.
    const { key, sign } = namedSigner('a')
    const signers = Array.from({ length: 20_001 }, (_, i): Signer => {
      return { key: { ...key, raw: sha256(utf8(`key ${i}`)) }, sign }
    })
    const failures: Error[] = []
    const findKey = (kid: Uint8Array) => ({ kid, algorithm: key.algorithm.id, raw: key.raw })
    const pool = createCheckPool(
      { workers: 1 },
      { findKey, onFailure: (error) => failures.push(error) },
    )
    const statements = await Promise.all(signers.map((signer) => statementOf(signer)))
    const first = await pool.check(statements.slice(0, 20_000))
    assert.ok(first.every((one) => codeOf(one) === 'checked'))
    const mixed = [statements[0], statements[20_000], statements[1]].flatMap((one) => one ?? [])
    const results = await pool.check(mixed)
    assert.deepEqual(results.map(codeOf), ['checked', 'checked', 'checked'])
    const kids = results.map((one) => (isRefusal(one) ? '' : one.authority.kid))
    const wanted = mixed.map((bytes) => toHex(parseStatement(bytes).kid))
    assert.deepEqual(kids, wanted)
    const again = await pool.check(statements.slice(0, 300))
    assert.ok(again.every((one) => codeOf(one) === 'checked'))
    await pool.close()
    assert.deepEqual(failures, [])
  })
})
