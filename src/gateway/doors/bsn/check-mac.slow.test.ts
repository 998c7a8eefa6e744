import assert from 'node:assert/strict'
import { it } from 'node:test'
import { algorithmByName, createSigner } from '@openbsn/sdk'
import { namedSigner } from '../../../testing/named-signer.ts'
import { Buckets } from '../../access/buckets.ts'
import { checkMac } from './check-mac.ts'
import { endpoints } from './endpoints.ts'
import { type MacAlgorithm, type MacSigner, macSigner, macVerifier } from './mac.ts'

const named = { userCode: 'u', appCode: 'a' }

/** An application with a key that is not used any more, and one that is. */
function applicationOf(used: MacAlgorithm) {
  const algorithm = algorithmByName(used) ?? assert.fail()
  const secret = algorithm.generateSecret()
  const { key } = createSigner(algorithm, secret)
  const old = namedSigner('old', 'ES256K').key
  const keys = [
    { algorithm: 'ES256K', verifier: macVerifier(old) },
    { algorithm: used, verifier: macVerifier(key) },
  ] as const
  return { application: { named, keys }, macOf: macSigner({ algorithm, secret }) }
}

/** A call with so many transient keys, signed over them in another order than they are sent in. */
function request(names: string, signed: string, macOf: MacSigner) {
  const transientData = Object.fromEntries([...names].map((name) => [name, '1']))
  const text = `uaccset${[...signed].map((name) => `${name}1`).join('')}`
  const body = { chainCode: 'cc', funcName: 'set', transientData }
  return { body, mac: macOf(text), text }
}

for (const algorithm of ['ES256', 'SM2'] as const) {
  it(`any of the keys makes a mac, and it is known over what and by which: ${algorithm}`, () => {
    const { application, macOf } = applicationOf(algorithm)
    const buckets = new Buckets({ nowMs: () => 0 })
    const check = ({ body, mac }: ReturnType<typeof request>) =>
      checkMac(application, endpoints['node/reqChainCode'], { body, mac }, { buckets })
    for (const [names, signed] of [
      ['', ''],
      ['ab', 'ba'],
      ['abcd', 'cabd'],
      ['abcdef', 'defabc'],
      ['abcdefgh', 'ghabcdef'],
      ['12b', 'b21'],
    ] as const) {
      const one = request(names, signed, macOf)
      assert.deepEqual(check(one), { text: one.text, algorithm }, signed)
    }
    assert.equal(check({ ...request('ab', 'ab', macOf), mac: 'AAAA' }), undefined)
    assert.equal(check(request('ab', 'abc', macOf)), undefined)
  })
}

it('all orders of many keys are tried four times a second', () => {
  const { application, macOf } = applicationOf('ES256')
  let nowMs = 0
  const buckets = new Buckets({ nowMs: () => nowMs })
  const check = () => {
    const { body, mac } = request('abcdef', 'fcadeb', macOf)
    const envelope = { body, mac }
    return (
      checkMac(application, endpoints['node/reqChainCode'], envelope, { buckets }) !== undefined
    )
  }
  assert.deepEqual([check(), check(), check(), check(), check()], [true, true, true, true, false])
  nowMs = 5000
  assert.ok(check())
})
