import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithms } from './algorithms.ts'
import { type CborMap, type CborValue, encodeCbor } from './cbor.ts'
import { decodeCbor } from './cbor-reader.ts'
import { encodeCoseKey, publicKey } from './cose-key.ts'
import { decodeGenesis, encodeGenesis, type Genesis, ledgerIdOf, validator } from './genesis.ts'

const keys = algorithms.map((algorithm) =>
  publicKey(algorithm, algorithm.publicKeyOf(new Uint8Array(32).fill(7))),
)
const [key = assert.fail()] = keys
const genesis: Genesis = {
  name: 'Harbour alliance',
  time: 1_760_000_000,
  nonce: new Uint8Array(16).fill(3),
  member: { id: 'm-1', key },
  validators: keys.map((one, i) => validator(one, i + 1)),
}

function changed(name: string, value: CborValue): Uint8Array {
  const map = decodeCbor(encodeGenesis(genesis)) as CborMap
  return encodeCbor(map.set(name, value))
}

describe('genesis', () => {
  it('reads what it writes', () => {
    assert.deepEqual(decodeGenesis(encodeGenesis(genesis)), genesis)
    const sandbox: Genesis = { ...genesis, environment: 'sandbox' }
    assert.deepEqual(decodeGenesis(encodeGenesis(sandbox)), sandbox)
    const group: Genesis = { ...genesis, root: ledgerIdOf(encodeGenesis(genesis)) }
    assert.deepEqual(decodeGenesis(encodeGenesis(group)), group)
    const live = encodeGenesis({ ...genesis, environment: 'live' })
    assert.deepEqual(live, encodeGenesis(genesis))
  })

  it('gives each ledger its id', () => {
    const id = ledgerIdOf(encodeGenesis(genesis))
    assert.match(id, /^bsn1[0-9a-f]{40}$/)
    assert.equal(id, ledgerIdOf(encodeGenesis({ ...genesis })))
    const nonce = new Uint8Array(16).fill(4)
    assert.notEqual(id, ledgerIdOf(encodeGenesis({ ...genesis, nonce })))
  })

  it('refuses what is not a genesis of this format', () => {
    const coseKey = encodeCoseKey(key)
    const refused = [
      encodeCbor(1),
      encodeCbor([]),
      changed('format', 'openbsn-genesis-2'),
      changed('name', ''),
      changed('name', 1),
      changed('root', 'bsn1'),
      changed('root', 1),
      changed('time', -1),
      changed('nonce', new Uint8Array(15)),
      changed('other', 1),
      changed('environment', 'live'),
      changed('environment', 1),
      changed('member', 'm-1'),
      changed('member', ['m-1', 'key']),
      changed('member', ['m-1', coseKey, 1]),
      changed('validators', []),
      changed('validators', 1),
      changed('validators', [
        [coseKey, 1],
        [coseKey, 2],
      ]),
      changed('validators', [[coseKey, 1, 1]]),
      changed('validators', [[1, coseKey]]),
      ...[0, -1, 2 ** 31 + 1, 'all'].map((power) => changed('validators', [[coseKey, power]])),
    ]
    for (const bytes of refused) {
      assert.throws(() => decodeGenesis(bytes), { code: 'GENESIS_INVALID' })
    }
    const small = new Uint8Array(32)
    const weak = encodeCbor(
      new Map<number, CborValue>([
        [1, 1],
        [-1, 6],
        [-2, small],
      ]),
    )
    assert.throws(() => decodeGenesis(changed('member', ['m-1', weak])), { code: 'KEY_INVALID' })
    const whole = encodeGenesis(genesis)
    assert.throws(() => decodeGenesis(whole.subarray(1)), { code: /^(CBOR_|GENESIS_)/ })
  })
})
