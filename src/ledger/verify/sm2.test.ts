import assert from 'node:assert/strict'
import { it } from 'node:test'
import { algorithmByName, decodeCoseKey, encodeCoseKey, utf8 } from '@openbsn/sdk'
import { namedSigner } from '../../testing/named-signer.ts'
import { readKey } from './public-key.ts'
import { sm2Point, sm2Verifier } from './sm2.ts'

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const order = bytes('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123')

it('SM2 is that of GB/T 32918.5-2017, appendix A.2', () => {
  const key = sm2Point(
    bytes('09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020'),
    bytes('ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13'),
  )
  const signature = bytes(
    'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
      'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
  )
  assert.ok(key && sm2Verifier(key)(utf8('message digest'), signature))
  assert.ok(!sm2Verifier(key)(utf8('message digest.'), signature))
})

it('numbers and points of SM2 are taken and refused as the SDK does', async () => {
  const signer = namedSigner('signer', 'SM2')
  const { algorithm, raw } = signer.key
  const message = utf8('signed')
  const signature = Buffer.from(await signer.sign(message))
  const [r, s, zero] = [signature.subarray(0, 32), signature.subarray(32), Buffer.alloc(32)]
  const sum = BigInt(`0x${order.toString('hex')}`) - BigInt(`0x${r.toString('hex')}`)
  const opposite = bytes(sum.toString(16).padStart(64, '0'))
  const key = readKey(Buffer.from(encodeCoseKey(signer.key)))
  const pairs = [
    ...[
      [zero, s],
      [r, zero],
      [zero, zero],
      [order, s],
      [r, order],
    ],
    ...[
      [r, opposite],
      [s, r],
      [r, s],
    ],
  ]
  const held = pairs.map((pair) => key.holds(message, Buffer.concat(pair)))
  assert.deepEqual(held, [...Array.from({ length: 7 }, () => false), true])
  const theirs = pairs.map((pair) => algorithm.verify(raw, message, Buffer.concat(pair)))
  assert.deepEqual(held, theirs)
  const coseKey = encodeCoseKey(signer.key)
  const off = Buffer.from(coseKey.with(-1, (coseKey.at(-1) ?? 0) ^ 1))
  assert.throws(() => readKey(off), { code: 'KEY_INVALID' })
  assert.throws(() => decodeCoseKey(off), { code: 'KEY_INVALID' })
})

it('keys for which points fall together are as any other', () => {
  const algorithm = algorithmByName('SM2') ?? assert.fail()
  const near = Buffer.from(order)
  near[31] = (near[31] ?? 0) - 2
  for (const secret of [1, 2, 3].map((d) => Buffer.alloc(32, 0).fill(d, 31)).concat(near)) {
    const raw = algorithm.publicKeyOf(secret)
    const key = readKey(Buffer.from(encodeCoseKey({ algorithm, raw })))
    for (let round = 0; round < 4; round++) {
      const [text, other] = [utf8(`text ${round}`), utf8('other')]
      const signature = algorithm.sign(secret, text)
      const holds = [text, other].map((one) => key.holds(one, signature))
      assert.deepEqual(holds, [true, false], `${secret.toString('hex')}, round ${round}`)
    }
  }
})
