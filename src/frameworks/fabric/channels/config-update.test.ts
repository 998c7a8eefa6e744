import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { describe, it } from 'node:test'
import { common, msp } from '@hyperledger/fabric-protos'
import { newCertificateKey } from '../../../crypto/certificates.ts'
import { inOrder, signUpdate } from './config-update.ts'

/** An update that writes these groups, in this order, each with a value. */
function updateOf(groups: readonly (readonly [name: string, value: string])[]): Uint8Array {
  const written = groups.map(([name, text]) => {
    const [all, group, value] = [
      new common.ConfigGroup(),
      new common.ConfigGroup(),
      new common.ConfigValue(),
    ]
    value.setValue(Buffer.from(text))
    group.getValuesMap().set('MSP', value)
    all.getGroupsMap().set(name, group)
    return all.serializeBinary()
  })
  const set = Buffer.concat(written)
  const update = new common.ConfigUpdate()
  update.setChannelId('s-trade')
  // The field of what is written, as bytes: messages would have it in their own order.
  return Buffer.concat([update.serializeBinary(), Buffer.of(0x1a, set.length), set])
}

describe('an update of the settings of a channel', () => {
  const update = updateOf([
    ['osloMSP', 'a'],
    ['limaMSP', 'b'],
  ])

  it('has the same bytes whatever the order of what is in it', () => {
    const turned = updateOf([
      ['limaMSP', 'b'],
      ['osloMSP', 'a'],
    ])
    assert.notDeepEqual(turned, update)
    const merged = Buffer.from(inOrder(update))
    assert.ok(merged.equals(inOrder(turned)))
    assert.ok(merged.equals(inOrder(merged)))
    const groups = common.ConfigUpdate.deserializeBinary(merged).getWriteSet()?.getGroupsMap()
    assert.equal(groups?.getLength(), 2)
  })

  it('is signed by the administrator together with who that is', () => {
    const key = newCertificateKey()
    const signed = common.ConfigSignature.deserializeBinary(
      signUpdate(update, { mspId: 'osloMSP', certificate: 'a certificate', key }),
    )
    const header = signed.getSignatureHeader_asU8()
    const creator = common.SignatureHeader.deserializeBinary(header).getCreator_asU8()
    assert.equal(msp.SerializedIdentity.deserializeBinary(creator).getMspid(), 'osloMSP')
    const message = Buffer.concat([header, update])
    assert.ok(verify('sha256', message, createPublicKey(key), signed.getSignature_asU8()))
  })
})
