import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSigner, type StatementInput, sha256, toHex, utf8 } from '@openbsn/sdk'
import { namedSigner } from '../testing/named-signer.ts'
import { type CheckedStatement, createCheckPool, isRefusal } from './check-pool.ts'
import { isLocalSigner } from './native.ts'
import { createOwnStatements, isOwnStatement, type OwnStatement } from './own-statement.ts'

const claims = { iss: 'admin', sub: 'flights', aud: 'bsn1', iat: 1_800_000_000, credential: 'c1' }
const input = { contentType: 'application/json', claims, payload: utf8('{"a":1}') }

function own() {
  const signer = namedSigner('operator')
  assert.ok(isLocalSigner(signer))
  return createOwnStatements(signer)
}

async function made(more: Partial<StatementInput['claims']> = {}): Promise<OwnStatement> {
  const statement = await own().make({ ...input, claims: { ...claims, ...more } })
  assert.ok(!('code' in statement))
  return statement
}

describe('a statement of our own', () => {
  it('is what a worker says of its bytes', async () => {
    const { key } = namedSigner('operator')
    const found = { algorithm: key.algorithm.id, raw: key.raw }
    const onFailure = (error: Error) => assert.fail(error)
    const pool = createCheckPool(
      { workers: 1 },
      { findKey: (kid) => ({ kid, ...found }), onFailure },
    )
    for (const more of [{}, { cti: utf8('act') }, { key: 'row', exp: 1_900_000_000 }]) {
      const { bytes, ...rest } = await made(more)
      const [checked] = await pool.check([bytes])
      assert.ok(checked && !isRefusal(checked), 'form and signature hold')
      assert.deepEqual(bytes, checked.bytes)
      for (const [name, value] of Object.entries(rest)) {
        const other: unknown = checked[name as keyof CheckedStatement]
        if (name === 'content' && checked.isAct === false) continue
        assert.deepEqual(value, other, name)
      }
    }
    await pool.close()
  })

  it('shares its authority with others of its kind, and with no other', async () => {
    const maker = own()
    const authorities = await Promise.all(
      [{}, { cti: utf8('x') }, { sub: 'sensors' }, { credential: 'c2' }, {}].map(async (more) => {
        const one = await maker.make({ ...input, claims: { ...claims, ...more } })
        return 'code' in one ? undefined : one.authority
      }),
    )
    assert.equal(new Set(authorities).size, 3)
    assert.equal(authorities[0], authorities[4])
  })

  it('is refused where its form would be', async () => {
    const long = { ...input, payload: new Uint8Array(65_537) }
    const odd = { ...input, claims: { ...claims, key: '\ud800' } }
    for (const [one, code] of [
      [long, 'STATEMENT_PAYLOAD_TOO_LARGE'],
      [odd, 'CBOR_UNSUPPORTED'],
      [{ ...input, claims: { ...claims, cti: new Uint8Array(65) } }, 'STATEMENT_FIELD_INVALID'],
    ] as const) {
      const refused = await own().make(one)
      assert.equal('code' in refused && refused.code, code)
    }
  })

  it('cannot be made up: neither by its fields, nor by a signer that is not ours', async () => {
    const real = await made()
    assert.ok(isOwnStatement(real))
    const copies: unknown[] = [
      { ...real },
      structuredClone({ ...real }),
      Object.create(real),
      Object.setPrototypeOf({ ...real }, Object.getPrototypeOf(real)),
      real.bytes,
    ]
    for (const copy of copies) assert.equal(isOwnStatement(copy as OwnStatement), false)
    const { key, sign } = namedSigner('operator')
    assert.equal(isLocalSigner({ key, sign }), false)
    assert.equal(isLocalSigner(createSigner(key.algorithm, sha256(utf8('operator')))), false)
    assert.match(toHex(key.raw), /^[0-9a-f]{64}$/)
  })
})
