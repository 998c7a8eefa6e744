import assert from 'node:assert/strict'
import { it } from 'node:test'
import { mapIn, neededIn, readEnvelope, textIn, textsIn } from './envelope.ts'

const header = { userCode: 'u', appCode: 'a' }
const read = (whole: unknown) => readEnvelope(Buffer.from(JSON.stringify(whole)))
const refused = { code: 'REQUEST_INVALID' }

it('a body that takes nothing comes absent, null, as an object or as an empty text', () => {
  for (const body of [undefined, null, {}, '', []]) {
    assert.deepEqual(Object.keys(read({ header, body }).body), [], JSON.stringify(body))
  }
  assert.equal(read({ header }).mac, '')
  assert.equal(read({ header, mac: null }).mac, '')
  // Go and C# have a member that is signed by nobody, and Java one of its own.
  const more = { header: { ...header, tId: '', headerString: 'ua' }, mac: 'm' }
  const { userCode, appCode, mac } = read(more)
  assert.deepEqual([userCode, appCode, mac], ['u', 'a', 'm'])
})

it('what is no request of the protocol is refused', () => {
  for (const bad of [[], null, 1, {}, { header: null }, { header: { userCode: 'u' } }]) {
    assert.throws(() => read(bad), refused, JSON.stringify(bad))
  }
  for (const bytes of [undefined, null, Buffer.alloc(0)]) {
    assert.throws(() => readEnvelope(bytes), refused)
  }
  assert.throws(() => readEnvelope(Buffer.from('{')), { code: 'JSON_MALFORMED' })
})

it('members are what they should be', () => {
  const body = { text: 'x', empty: '', nothing: null, list: ['a'], map: { k: 'v' }, number: 1 }
  assert.equal(textIn(body, 'text') + textIn(body, 'nothing') + textIn(body, 'absent'), 'x')
  assert.deepEqual([textsIn(body, 'list'), textsIn(body, 'nothing')], [['a'], []])
  assert.deepEqual(mapIn(body, 'map'), { k: Buffer.from('v') })
  assert.deepEqual(mapIn(body, 'nothing'), {})
  for (const wrong of [
    () => neededIn(body, 'empty'),
    () => textIn(body, 'number'),
    () => textsIn(body, 'map'),
    () => textsIn({ list: [1] }, 'list'),
    () => mapIn(body, 'list'),
    () => mapIn({ map: { k: 1 } }, 'map'),
  ]) {
    assert.throws(wrong, refused)
  }
})
