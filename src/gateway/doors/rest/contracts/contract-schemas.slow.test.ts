import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { boxContract as box, withShop } from '../../../../testing/contracts-gateway.ts'

const unknownHash = `0x${'0'.repeat(64)}`

/** Bodies that are wrong by themselves, below a service. */
const wrong: readonly (readonly [string, unknown])[] = [
  ['contracts', {}],
  ['contracts', { template: 'box', sources: { 'A.sol': '' } }],
  ['contracts', { abi: [] }],
  ['contracts', { template: 'box', contract: 'A' }],
  ['contracts', { template: 7 }],
  ['contracts', { template: 'box', args: 'x' }],
  ['contracts', { template: 'box', value: 1.5 }],
  ['contracts', { template: 'box', value: '-5' }],
  ['contracts', { template: 'box', gas: 1.5 }],
  ['contracts', { template: 'box', gas: 1e12 }],
  ['contracts', { sources: { 'A.sol': 7 } }],
  ['contracts', { abi: [], bytecode: '0xabc' }],
  ['contracts', { abi: ['function get()'], bytecode: '0x' }],
  ['contracts', { template: 'box', more: 1 }],
  ['contracts/shop/call/get', { args: 7 }],
  ['contracts/shop/call/get', { from: '0x12' }],
  ['contracts/shop/call/get', { block: 'soon' }],
  ['contracts/shop/estimate/set', { value: '1e3' }],
  ['contracts/shop/send/set', []],
  ['contracts/shop/send/set', { to: 'other' }],
  ['compile', {}],
  ['compile', { template: 'box', sources: { 'A.sol': '' } }],
  ['compile', { template: 'box', args: [] }],
  ['contracts/shop/verify', {}],
  ['contracts/shop/verify', { template: 'box', sources: { 'A.sol': '' } }],
  ['contracts/shop/estimate/set', { gas: 5 }],
  ['transactions', {}],
  ['transactions', { raw: '0xzz' }],
  ['transactions', { raw: '0x02', to: 'shop' }],
  ['transactions', { data: '0x' }],
]

describe('what contracts refuse', () => {
  it('says of a wrong body which part it is', async () => {
    const { post, ask } = await withShop()
    for (const [path, body] of wrong) {
      const { statusCode, json } = await post(`coin/${path}`, body)
      const { code, detail } = json()
      assert.deepEqual([statusCode, code], [400, 'REQUEST_INVALID'], `${path}: ${detail}`)
      assert.match(detail, /^body/, path)
    }
    const put = await ask('PUT', 'coin/contracts/x', { address: 'x', abi: [] })
    assert.deepEqual([put.statusCode, put.json().code], [400, 'REQUEST_INVALID'])
  })

  it('says what is not there', async () => {
    const { post, get } = await withShop()
    const answers = [
      [await get('coin/contracts/none'), 404, 'CONTRACT_NOT_FOUND'],
      [await get('coin/contracts/none/openapi.json'), 404, 'CONTRACT_NOT_FOUND'],
      [await post('coin/contracts/none/call/get', {}), 404, 'CONTRACT_NOT_FOUND'],
      [await post('coin/contracts/none/send/set', {}), 404, 'CONTRACT_NOT_FOUND'],
      [await post('coin/contracts/none/verify', { sources: {} }), 404, 'CONTRACT_NOT_FOUND'],
      [await post('coin/contracts/shop/call/none', {}), 400, 'FUNCTION_UNKNOWN'],
      [await post('coin/contracts/shop/send/none', {}), 400, 'FUNCTION_UNKNOWN'],
      [await get(`coin/transactions/${unknownHash}`), 404, 'TRANSACTION_NOT_FOUND'],
      [await get(`coin/transactions/${unknownHash}/proof`), 404, 'TRANSACTION_NOT_FOUND'],
      [await get('coin/transactions/0x12'), 400, 'REQUEST_INVALID'],
      [await post('coin/contracts', { template: 'none' }), 400, 'ARGUMENT_INVALID'],
    ] as const
    for (const [answer, status, code] of answers) {
      assert.deepEqual([answer.statusCode, answer.json().code], [status, code], answer.body)
    }
  })

  it('takes no body that is too large, or has too many values', async () => {
    const { post } = await withShop()
    const large = { args: ['x'.repeat(2 * 1024 * 1024)] }
    const answer = await post('coin/contracts/shop/send/set', large)
    assert.deepEqual([answer.statusCode, answer.json().code], [413, 'BODY_TOO_LARGE'])
    const sources = { 'A.sol': 'x'.repeat(4 * 1024 * 1024) }
    const source = await post('coin/contracts', { sources })
    assert.deepEqual([source.statusCode, source.json().code], [413, 'BODY_TOO_LARGE'])
    const many = { args: Array.from({ length: 200_001 }, () => 0) }
    const bomb = await post('coin/contracts/shop/call/get', many)
    assert.deepEqual([bomb.statusCode, bomb.json().code], [413, 'JSON_TOO_MANY_VALUES'])
  })

  it('keeps to the key mode, the status and the framework of a service', async () => {
    const { post, get } = await withShop()
    const signed = { as: 'signed-key' }
    const frozen = { as: 'frozen-key' }
    const flights = { as: 'flights-key' }
    const answers = [
      [await post('signed/contracts', box, signed), 409, 'KEY_MODE_DIFFERS'],
      [await post('signed/contracts/shop/send/set', {}, signed), 409, 'KEY_MODE_DIFFERS'],
      [await post('signed/transactions', { to: 'shop' }, signed), 409, 'KEY_MODE_DIFFERS'],
      [await get('signed/account', signed), 409, 'KEY_MODE_DIFFERS'],
      [await post('coin/transactions', { raw: '0x02' }), 409, 'KEY_MODE_DIFFERS'],
      [await post('frozen/contracts', box, frozen), 403, 'SERVICE_FROZEN'],
      [await post('flights/contracts', box, flights), 403, 'NOT_ALLOWED'],
      [await get('flights/contracts', { as: null }), 409, 'FRAMEWORK_DIFFERS'],
      [await get('coin/records', { as: null }), 409, 'FRAMEWORK_DIFFERS'],
      [await post('coin/records', { value: 1 }), 403, 'NOT_ALLOWED'],
      [
        await post('coin/contracts/shop/call/get', {}, { as: null }),
        401,
        'AUTHENTICATION_REQUIRED',
      ],
      [await get('vault/contracts', { as: null }), 401, 'AUTHENTICATION_REQUIRED'],
      [await get('vault/contracts'), 403, 'CREDENTIAL_SERVICE_MISMATCH'],
    ] as const
    for (const [answer, status, code] of answers) {
      assert.deepEqual([answer.statusCode, answer.json().code], [status, code], answer.body)
    }
    const reading = await get('frozen/contracts', frozen)
    assert.equal(reading.statusCode, 200, reading.body)
  })
})
