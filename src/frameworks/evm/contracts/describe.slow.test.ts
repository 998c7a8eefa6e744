import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Interface } from 'ethers'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { openapiOf } from './describe.ts'
import { readAbi } from './read-abi.ts'

const abi = readAbi(
  JSON.parse(
    new Interface([
      'function get(uint256 id) view returns (address owner, string note)',
      'function total() view returns (uint256)',
      'function put((string title, int8[2] sizes)[] orders, bytes4) payable returns (bytes)',
      'function send(address to)',
      'function send(address to, bytes data)',
      'event Put(address indexed by, string indexed title, uint256)',
      'event Put(address by)',
      'error Full(uint256 limit)',
    ]).formatJson(),
  ),
)
const base = '/api/v1/ledgers/bsn1test/services/coin/contracts/shop'
const notices = new Map([['send(address)', 'Sends it.']])
const openapi = openapiOf({ title: 'Shop', abi, base, notices })
const alice = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'

const at = (...path: string[]) =>
  path.reduce<JsonValue | undefined>((value, name) => (value as JsonObject)[name], openapi)

/** Says whether a value fits the schema at a place of the document. */
function checker(...path: string[]) {
  const ajv = new Ajv2020({ strict: false })
  ajv.addSchema({ $id: 'openapi:shop', ...openapi } as object)
  const pointer = path.map((one) => one.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')
  return ajv.compile({ $ref: `openapi:shop#/${encodeURI(pointer)}` })
}
const bodyOf = (path: string) =>
  checker('paths', path, 'post', 'requestBody', 'content', 'application/json', 'schema')
const answerOf = (path: string, status = '200') =>
  checker('paths', path, 'post', 'responses', status, 'content', 'application/json', 'schema')

describe('openapiOf', () => {
  it('has a path for each function and what one can do with it', () => {
    const overloads = ['send(address)', 'send(address,bytes)'].map(encodeURIComponent)
    const writes = ['put', ...overloads]
    assert.deepEqual(
      Object.keys(at('paths') as JsonObject).sort(),
      [
        ...['get', 'total', ...writes].map((name) => `/call/${name}`),
        ...writes.flatMap((name) => [`/estimate/${name}`, `/send/${name}`]),
      ].sort(),
    )
    assert.equal(openapi.openapi, '3.1.0')
    assert.equal(at('paths', '/send/send(address)', 'post', 'description'), 'Sends it.')
    assert.equal(at('paths', '/send/put', 'post', 'description'), undefined)
    assert.deepEqual(openapi.servers, [{ url: base }])
    const text = JSON.stringify(openapi)
    const schemas = at('components', 'schemas') as JsonObject
    const named = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name)
    for (const name of named) assert.ok(name && name in schemas, name)
    for (const name of Object.keys(schemas)) assert.match(name, /^[\w.-]+$/)
    const own = Object.keys(schemas).filter((name) => /^(Event|Error)\./.test(name))
    assert.deepEqual(own.sort(), [
      'Error.Full.uint256',
      'Event.Put.address',
      'Event.Put.address.string.uint256',
    ])
  })

  it('takes the arguments that are taken, and no others', () => {
    const put = bodyOf('/send/put')
    const good = [
      { args: [[{ title: 'a', sizes: [1, '-2'] }], '0x01020304'] },
      { args: [[['a', ['0x1', -1]]], '0x01020304'], value: '7', gas: 50000 },
    ]
    for (const one of good) assert.ok(put(one), JSON.stringify(put.errors))
    const bad = [
      {},
      { args: [[]] },
      { args: [[], '0x01'] },
      { args: [[{ title: 'a', sizes: [1] }], '0x01020304'] },
      { args: [[{ title: 'a', sizes: [1, 2], more: 1 }], '0x01020304'] },
      { args: [[], '0x01020304'], value: -1 },
      { args: [[], '0x01020304'], to: alice },
    ]
    for (const one of bad) assert.ok(!put(one), JSON.stringify(one))
    const get = bodyOf('/call/get')
    assert.ok(get({ args: { id: '5' }, from: alice, block: 'latest' }))
    assert.ok(get({ args: [5] }) && !get({ args: { id: 1.5 } }) && !get({ args: {} }))
    assert.ok(!get({ args: [5], value: 1 }), 'a read takes no money')
    assert.ok(bodyOf('/call/total')({}))
  })

  it('says what is answered', () => {
    const get = answerOf('/call/get')
    assert.ok(get({ result: { owner: alice, note: 'x' } }), JSON.stringify(get.errors))
    assert.ok(!get({ result: { owner: alice } }) && !get({ result: [alice, 'x'] }))
    const total = answerOf('/call/total')
    assert.ok(total({ result: '5' }) && !total({ result: 5 }))
    assert.ok(answerOf(`/call/${encodeURIComponent('send(address)')}`)({ result: null }))
    const sent = answerOf('/send/put', '201')
    assert.ok(sent({ transaction: '0x', height: 1, time: 2, events: [] }))
    const event = checker('components', 'schemas', 'Event.Put.address.string.uint256')
    const args = { by: alice, title: `0x${'ab'.repeat(32)}`, 2: '5' }
    assert.ok(event({ event: 'Put', args }), JSON.stringify(event.errors))
    assert.ok(!event({ event: 'Put', args: { ...args, title: 'plain' } }))
  })
})
