import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resultOf } from '../../src/testing/ledger-world.ts'
import { bodiesWith, openBodies } from './bodies.ts'

/** What an answer of ours has and no request may say; and what people try. */
const privileged = [
  ...['id', 'ledger', 'service', 'credential', 'node', 'created', 'position', 'attempts', 'secret'],
  ...['reason', 'held', 'index', 'height', 'time', 'issuer', 'iss', 'sub', 'aud', 'cti', 'iat'],
  ...['version', 'status', 'role', 'roles', 'scopes', 'operators', 'publisher', 'owner', 'erased'],
  ...['perSecond', 'writesPerDay', 'expires', 'isAdmin', 'admin', 'function', 'args', '$ref', ''],
]

const tooMuch = 100_000
/** Where each stands, it is refused with its code, before anybody looks at the fields. */
const bombs: Readonly<Record<string, readonly string[]>> = {
  JSON_TOO_DEEP: [`"x":${'['.repeat(tooMuch)}`, `"x":${'{"a":'.repeat(tooMuch)}`],
  JSON_TOO_MANY_VALUES: [`"x":[${'0,'.repeat(5 * tooMuch)}0]`],
  JSON_NUMBER: ['1e400', '-1e999999', '9007199254740993', '0.1000000000000000000001'].map(
    (one) => `"x":${one}`,
  ),
  JSON_DUPLICATE_KEY: ['"x":1,"x":1', '"x":{"a":1,"\\u0061":1}'],
  JSON_MALFORMED: ['"x":"\\ud800"', '"x":01', '"x":NaN', '"x":1,', "'x':1", '"x":/**/1'],
  JSON_KEY_FORBIDDEN: [
    '"__proto__":{"isAdmin":true}',
    '"\\u005f_proto__":1',
    '"x":{"__proto__":1}',
  ],
}

describe('a JSON body with more than it may have', () => {
  it('is refused at every place, by every operation, and changes nothing', async (t) => {
    const { operations, sendAll, send, had, good, isTaken } = await openBodies(t)
    const before = await had()
    const sent = await sendAll((operation) => {
      const members = privileged.map((name) => `${JSON.stringify(name)}:`)
      const more = members.filter((one) => !good(operation).includes(one))
      return bodiesWith(
        operation,
        more.map((one) => `${one}"x"`),
      )
    })
    assert.deepEqual(await had(), before)
    for (const { body, answer } of sent) {
      assert.deepEqual([answer.status, answer.told], [400, 'REQUEST_INVALID'], body)
    }
    const kinds = new Set(sent.map(({ operation }) => operation))
    assert.equal(kinds.size, operations.length, 'every operation that takes JSON has a body here')
    t.diagnostic(`${sent.length} bodies of ${kinds.size} operations`)
    for (const operation of operations) {
      const answer = await send(operation, good(operation))
      assert.ok(isTaken(answer), `${operation.operationId}: ${answer.body}`)
    }
  })

  it('has its like in control statements, which are refused as well', async (t) => {
    const { world } = await openBodies(t)
    const acts: Record<string, Record<string, string | number>> = {
      'service-create': { id: 'gamma', framework: 'records' },
      'service-update': { id: 'alpha', expect: 1 },
      'credential-freeze': { id: 'alpha-owner', expect: 1 },
      'participant-apply': { service: 'alpha', role: 'teller' },
    }
    for (const [type, payload] of Object.entries(acts)) {
      for (const name of ['publisher', 'status', 'version', 'owner', 'scopes', '__proto__']) {
        const more = { ...payload, ...Object.fromEntries([[name, 'admin']]) }
        const outcome = await world.submitOne(await world.act(type, more))
        assert.equal(resultOf(outcome), 'ACT_INVALID', `${type} with ${name}`)
      }
    }
  })
})

describe('a JSON bomb', () => {
  it('is refused soon by every operation, wherever it stands', async (t) => {
    const { sendAll, had } = await openBodies(t)
    const before = await had()
    for (const [code, members] of Object.entries(bombs)) {
      const start = performance.now()
      const sent = await sendAll((operation) => bodiesWith(operation, members))
      const each = (performance.now() - start) / sent.length
      for (const { operation, body, answer } of sent) {
        const what = `${operation.operationId}: ${body.slice(0, 80)}`
        assert.deepEqual([answer.told, answer.status >= 400], [code, true], what)
      }
      t.diagnostic(`${code}: ${sent.length} bodies, ${each.toFixed(1)} ms each`)
      // On any machine: what grows with the square of its size takes minutes.
      assert.ok(each < 1000, `${code}: ${each} ms each`)
    }
    assert.deepEqual(await had(), before)
  })
})

describe('names of every object in JavaScript', () => {
  it('are data or refused, and change no object', async (t) => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    const { sendAll, byId, owner, ask, send } = await openBodies(t)
    const names = ['constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty']
    const members = names.map((name) => `"${name}":{"prototype":{"isAdmin":true}}`)
    for (const { body, answer } of await sendAll((one) => bodiesWith(one, members))) {
      assert.deepEqual([answer.status, answer.told], [400, 'REQUEST_INVALID'], body)
    }
    const value = Object.fromEntries(names.map((name) => [name, { prototype: { isAdmin: true } }]))
    for (const key of ['__proto__', 'constructor', 'toString']) {
      const text = JSON.stringify({ key, value })
      assert.equal((await send(byId('writeRecords'), text)).status, 201, text)
      const query = `?key=${key}`
      const { body } = await ask(byId('listRecords'), owner, 'alpha', { query })
      const [record, ...more] = JSON.parse(body.toString()).records
      assert.deepEqual([record.key, record.value, more], [key, value, []])
      const wrong = await ask(byId('listRecords'), owner, 'alpha', { query: `?${key}=1` })
      assert.equal(wrong.told, 'REQUEST_INVALID', key)
      const none = await ask(byId('getState'), owner, 'alpha', { query: `?key=service/${key}` })
      assert.equal(JSON.parse(none.body.toString()).value, null)
    }
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before)
    assert.equal(Reflect.get({}, 'isAdmin'), undefined)
  })
})
