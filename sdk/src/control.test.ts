import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithmByName } from './algorithms.ts'
import { decodeCbor } from './cbor-reader.ts'
import { controlAct, signControl } from './control.ts'
import { createSigner } from './signer.ts'
import { parseStatement } from './statement.ts'

const signer = createSigner(algorithmByName('EdDSA') ?? assert.fail(), new Uint8Array(32).fill(1))
const sender = { ledger: 'bsn1aa', iss: 'acme', signer, nowSeconds: 1_700_000_000 }

describe('control acts', () => {
  it('go to the module of what they change, without what is undefined', () => {
    const create = { id: 's', framework: 'records', keyMode: undefined, roles: [['r', ['put']]] }
    const act = controlAct('service-create', create as never)
    assert.deepEqual([act.module, act.act], ['bsn:services', 'service-create'])
    assert.deepEqual([...act.payload.keys()], ['id', 'framework', 'roles'])
    const modules = [
      controlAct('node-retire', { id: 'n', expect: 1 }),
      controlAct('group-retire', { id: 'g', expect: 1 }),
      controlAct('operator-key-register', { key: new Uint8Array(1) }),
      controlAct('participant-apply', { service: 's', role: 'r' }),
      controlAct('key-revoke', { kid: new Uint8Array(32), expect: 1 }),
    ].map(({ module }) => module)
    assert.deepEqual(modules, [...Array(3).fill('bsn:alliance'), 'bsn:participants', 'bsn:keys'])
  })

  it('are signed with an id, and an end that is near', async () => {
    const act = controlAct('service-freeze', { id: 's', expect: 2 })
    const [first, second] = [await signControl(act, sender), await signControl(act, sender)]
    const { claims, contentType, payload } = parseStatement(first)
    assert.equal(contentType, 'application/vnd.openbsn.service-freeze+cbor')
    const { iss, sub, aud, iat, exp, cti } = claims
    assert.deepEqual([iss, sub, aud], ['acme', 'bsn:services', 'bsn1aa'])
    assert.deepEqual([iat, exp, cti?.length], [1_700_000_000, 1_700_000_600, 16])
    assert.notDeepEqual(cti, parseStatement(second).claims.cti)
    assert.deepEqual(decodeCbor(payload), act.payload)
    const named = await signControl(act, { ...sender, cti: Uint8Array.of(7), lifetimeSeconds: 5 })
    assert.deepEqual(parseStatement(named).claims.cti, Uint8Array.of(7))
  })
})
