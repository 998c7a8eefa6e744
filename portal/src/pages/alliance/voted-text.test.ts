import assert from 'node:assert/strict'
import { it } from 'node:test'
import { controlAct, encodeCbor, proposalDigest, toBase64url } from '@openbsn/sdk'
import { readActs, votedText } from './voted-text.ts'

it('what is voted on is read from its bytes, whatever a gateway says beside them', () => {
  const { module, payload } = controlAct('alliance-power', { id: 'bob', expect: 1, power: 7 })
  const bytes = encodeCbor(payload)
  const contentType = 'application/vnd.openbsn.alliance-power+cbor'
  const act = { module, contentType, payload: toBase64url(bytes), fields: { power: 1 } }
  const shown = { id: 'p', title: 'power bob', reason: 'why', acts: [act], deadline: 9 }
  const text = votedText(shown)
  assert.deepEqual(text, { ...shown, acts: [[module, contentType, bytes]] })
  assert.equal(proposalDigest(text).length, 32)
  const fields = { id: 'bob', expect: 1, power: 7 }
  assert.deepEqual(readActs(text), [{ module, act: 'alliance-power', fields }])
  assert.deepEqual(readActs({ acts: [['bsn:x', 'text/plain', 7]] }), [
    { module: 'bsn:x', act: undefined, fields: undefined },
  ])
})
