import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { it } from 'node:test'
import { Buckets } from '../../access/buckets.ts'
import { checkMac } from './check-mac.ts'
import { endpoints } from './endpoints.ts'
import { macOf } from './mac.ts'

const named = { userCode: 'u', appCode: 'a' }
const { privateKey, publicKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const old = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey
const application = {
  named,
  keys: [
    { algorithm: 'ES256K', key: old },
    { algorithm: 'ES256', key },
  ],
} as const

/** A call with so many transient keys, signed over them in another order than they are sent in. */
function request(names: string, signed: string) {
  const transientData = Object.fromEntries([...names].map((name) => [name, '1']))
  const text = `uaccset${[...signed].map((name) => `${name}1`).join('')}`
  const body = { chainCode: 'cc', funcName: 'set', transientData }
  return { body, mac: macOf(text, privateKey), text }
}

it('any of the keys makes a mac, and it is known over what and by which', () => {
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
    const one = request(names, signed)
    assert.deepEqual(check(one), { text: one.text, algorithm: 'ES256' }, signed)
  }
  assert.equal(check({ ...request('ab', 'ab'), mac: 'AAAA' }), undefined)
  assert.equal(check(request('ab', 'abc')), undefined)
})

it('all orders of many keys are tried four times a second', () => {
  let nowMs = 0
  const buckets = new Buckets({ nowMs: () => nowMs })
  const check = () => {
    const { body, mac } = request('abcdef', 'fcadeb')
    const envelope = { body, mac }
    return (
      checkMac(application, endpoints['node/reqChainCode'], envelope, { buckets }) !== undefined
    )
  }
  assert.deepEqual([check(), check(), check(), check(), check()], [true, true, true, true, false])
  nowMs = 5000
  assert.ok(check())
})
