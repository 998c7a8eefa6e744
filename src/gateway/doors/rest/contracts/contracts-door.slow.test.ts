import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import {
  boxContract as box,
  contractsGateway,
  withShop,
} from '../../../../testing/contracts-gateway.ts'

describe('writing to contracts', () => {
  it('deploys, and tells the same of the same request sent again', async () => {
    const { post, get } = await contractsGateway()
    const first = await post('coin/contracts', box, { key: 'one' })
    const { request, state, isRepeat, transaction, name, address, receipt } = first.json()
    assert.deepEqual([first.statusCode, request, state, isRepeat], [201, 'one', 'committed', false])
    assert.equal(name, 'shop')
    assert.match(address, /^0x[0-9a-f]{40}$/)
    assert.match(String(first.headers.location), /\/services\/coin\/contracts\/shop$/)
    assert.equal(Buffer.from(receipt, 'base64url').toString(), `proof of ${transaction}`)
    const again = await post('coin/contracts', box, { key: 'one' })
    assert.deepEqual([again.statusCode, again.json()], [200, { ...first.json(), isRepeat: true }])
    const other = await post('coin/contracts', { ...box, name: 'x' }, { key: 'one' })
    assert.deepEqual([other.statusCode, other.json().code], [422, 'IDEMPOTENCY_KEY_REUSED'])
    assert.equal((await get('coin/contracts')).json().contracts.length, 1)
  })

  it('calls a function, and says what became of it by its key', async () => {
    const { post, get, shop } = await withShop()
    const sent = await post('coin/contracts/shop/send/set', { args: ['now'] }, { key: 'two' })
    const { isRepeat: _, ...told } = sent.json()
    const { transaction, events, to } = told
    assert.equal(sent.statusCode, 201, sent.body)
    assert.deepEqual(events, [{ contract: 'shop', event: 'Changed', args: { text: 'now' } }])
    assert.equal(to, shop.address)
    assert.match(String(sent.headers.location), new RegExp(`/coin/transactions/${transaction}$`))
    const asked = await post('coin/contracts/shop/call/get', {})
    assert.deepEqual(asked.json(), { result: 'now' })
    const bare = await post('coin/contracts/shop/call/get', undefined)
    assert.deepEqual(bare.json(), { result: 'now' })
    assert.deepEqual((await get('coin/requests/two')).json(), told)
    assert.equal((await get('coin/requests/never')).json().state, 'not_sent')
    const row = await get('coin/requests/two?row=0')
    assert.deepEqual([row.statusCode, row.json().code], [400, 'REQUEST_INVALID'])
  })

  it('tells why a call was rejected, and takes it when it is good', async () => {
    const { post, get } = await withShop()
    const failed = await post('coin/contracts/shop/send/fail', { args: ['no'] }, { key: 'k' })
    const told = [failed.statusCode, failed.json().code, failed.json().detail]
    assert.deepEqual(told, [422, 'CHAIN_REFUSED', 'reverted: no'])
    const { state, code } = (await get('coin/requests/k')).json()
    assert.deepEqual([state, code], ['rejected', 'CHAIN_REFUSED'])
    const good = await post('coin/contracts/shop/send/set', { args: ['yes'] }, { key: 'k' })
    assert.equal(good.statusCode, 201, good.body)
  })
})

describe('what contracts told', () => {
  it('is listed page by page, the newest first', async () => {
    const { post, get } = await withShop()
    for (const text of ['1', '2', '3']) {
      await post('coin/contracts/shop/send/set', { args: [text] }, { key: text })
    }
    const first = (await get('coin/contracts/shop/events?limit=2')).json()
    const told = (page: { readonly events: readonly { readonly args?: unknown }[] }) =>
      page.events.map(({ args }) => args)
    assert.deepEqual(told(first), [{ text: '3' }, { text: '2' }])
    const [newest] = first.events
    assert.deepEqual([newest.event, newest.height, newest.logIndex], ['Changed', 4, 0])
    const rest = (await get(`coin/contracts/shop/events?cursor=${first.next}`)).json()
    assert.deepEqual([told(rest), rest.next], [[{ text: '1' }], undefined])
    const other = await get(`coin/contracts/box/events?cursor=${first.next}`)
    assert.deepEqual([other.statusCode, other.json().code], [400, 'CURSOR_INVALID'])
    const none = await get('coin/contracts/nobody/events')
    assert.deepEqual([none.statusCode, none.json().code], [404, 'CONTRACT_NOT_FOUND'])
  })
})

describe('writing to contracts, where it is not as usual', () => {
  it('answers 202 where it takes long, and counts what comes of it', async () => {
    const { post, get, contracts, app } = await withShop({ writeWaitMs: 20 })
    const { promise, resolve } = Promise.withResolvers<void>()
    contracts.gate = promise
    const late = await post('coin/contracts/shop/send/set', { args: ['late'] }, { key: 'slow' })
    assert.deepEqual([late.statusCode, late.json()], [202, { request: 'slow', state: 'pending' }])
    assert.match(String(late.headers.location), /\/coin\/requests\/slow$/)
    assert.equal((await get('coin/requests/slow')).json().state, 'pending')
    resolve()
    const again = await post('coin/contracts/shop/send/set', { args: ['late'] }, { key: 'slow' })
    assert.deepEqual([again.statusCode, again.json().isRepeat], [200, true])
    assert.equal((await get('coin/requests/slow')).json().state, 'committed')
    const { body } = await app.inject({ url: '/metrics' })
    assert.match(body, /^bsn_tx_submitted_total\{engine="evm",result="appended"\} 2$/m)
    assert.match(body, /^bsn_tx_submitted_total\{engine="evm",result="duplicate"\} 1$/m)
  })

  it('tells faults of the framework by their codes', async () => {
    const { post, contracts } = await withShop()
    for (const code of ['CALL_NOT_SENT', 'CALL_FATE_UNKNOWN']) {
      contracts.fault = new CodedError(code, 'no chain', { retryable: true })
      const answer = await post('coin/contracts/shop/send/set', { args: ['x'] }, { key: code })
      assert.deepEqual([answer.statusCode, answer.json().code], [503, code])
      const again = await post('coin/contracts/shop/send/set', { args: ['x'] }, { key: code })
      assert.equal(again.statusCode, code === 'CALL_NOT_SENT' ? 201 : 200, again.body)
    }
  })

  it('sends what the client signed, in services where clients sign', async () => {
    const { post, get } = await contractsGateway()
    const as = 'signed-key'
    const raw = `0x02${'ab'.repeat(40)}`
    const sent = await post('signed/transactions', { raw }, { as })
    assert.equal(sent.statusCode, 201, sent.body)
    const { transaction } = sent.json()
    const found = await get(`signed/transactions/${transaction.toUpperCase().replace('X', 'x')}`, {
      as,
    })
    assert.deepEqual([found.json().hash, found.json().state], [transaction, 'committed'])
    const broken = await post('signed/transactions', { raw: '0x02' }, { as })
    assert.deepEqual([broken.statusCode, broken.json().code], [400, 'ARGUMENT_INVALID'])
  })
})

describe('reading contracts', () => {
  it('lists them, and shows one by name and address', async () => {
    const { get, shop } = await withShop()
    const { name, address } = shop
    const listed = { name, address, hasSource: false, template: 'box' }
    assert.deepEqual((await get('coin/contracts', { as: null })).json(), { contracts: [listed] })
    for (const one of [name, address]) {
      const { abi, ...rest } = (await get(`coin/contracts/${one}`, { as: null })).json()
      assert.deepEqual([rest, abi.length], [listed, 3])
    }
    const { templates } = (await get('coin/templates')).json()
    assert.equal(templates[0].name, 'box')
  })

  it('describes one to programs, with the path that it is served at', async () => {
    const { get, base } = await withShop()
    const openapi = await get('coin/contracts/shop/openapi.json')
    assert.deepEqual(openapi.json().servers, [{ url: `${base}/services/coin/contracts/shop` }])
    const client = await get('coin/contracts/shop/client.ts')
    assert.equal(client.headers['content-type'], 'text/typescript; charset=utf-8')
    assert.equal(client.body, `export const base = "${base}/services/coin/contracts/shop"\n`)
  })

  it('estimates, names the account, registers and verifies', async () => {
    const { ask, get, post } = await withShop()
    const gas = await post('coin/contracts/shop/estimate/set', { args: ['x'] })
    assert.deepEqual(gas.json(), { gas: '30000' })
    assert.match((await get('coin/account')).json().address, /^0x/)
    const address = `0x${'12'.repeat(20)}`
    const registered = await ask('PUT', 'coin/contracts/other', { address, abi: [] })
    assert.deepEqual([registered.statusCode, registered.json().address], [200, address])
    const sources = { 'A.sol': 'contract A {}' }
    const verified = await post('coin/contracts/other/verify', { sources, contract: 'A' })
    const source = { sources, contract: 'A', compiler: '0.0.0' }
    assert.deepEqual([verified.json().verified, verified.json().source], ['exact', source])
  })

  it('proves a transaction, once it can', async () => {
    const { get, contracts, shop } = await withShop()
    const path = `coin/transactions/${shop.transaction}`
    contracts.isProving = false
    const pending = await get(`${path}/proof`)
    assert.deepEqual([pending.statusCode, pending.json().code], [409, 'RECEIPT_PENDING'])
    assert.equal((await get(path)).json().receipt, 'pending')
    contracts.isProving = true
    const bytes = await get(`${path}/proof`)
    const type = 'application/vnd.openbsn.transaction-proof+cbor'
    assert.deepEqual([bytes.statusCode, bytes.headers['content-type']], [200, type])
    assert.equal(bytes.body, `proof of ${shop.transaction}`)
    const json = await get(`${path}/proof`, { headers: { accept: 'application/json' } })
    assert.equal(Buffer.from(json.json().receipt, 'base64url').toString(), bytes.body)
    const other = await get(`${path}/proof`, { headers: { accept: 'text/html' } })
    assert.deepEqual([other.statusCode, other.json().code], [406, 'NOT_ACCEPTABLE'])
  })

  it('shows nothing of one service in another', async () => {
    const { get, shop } = await withShop()
    const as = 'vault-key'
    const { address } = shop
    const contract = await get(`vault/contracts/${address}`, { as })
    assert.deepEqual([contract.statusCode, contract.json().code], [404, 'CONTRACT_NOT_FOUND'])
    const proof = await get(`vault/transactions/${shop.transaction}/proof`, { as })
    assert.deepEqual([proof.statusCode, proof.json().code], [404, 'TRANSACTION_NOT_FOUND'])
  })

  it('says in every answer what a crash of a sandbox may take', async () => {
    const { get, chain } = await withShop()
    for (const path of [
      'coin/contracts',
      'coin/contracts/none',
      'coin/account',
      'coin/requests/none',
      'coin',
    ]) {
      const { headers } = await get(path)
      assert.equal(headers['x-bsn-durability'], 'snapshot; may-lose-seconds=5', path)
      assert.equal(headers['x-bsn-chain'], `${chain.chainId}; kind=sandbox`, path)
    }
  })
})

describe('compiling', () => {
  it('deploys nothing', async () => {
    const { get, post, contracts } = await withShop()
    const sources = { 'Box.sol': 'contract Box {}' }
    const before = contracts.count
    const { name, abi, sources: shown } = (await post('coin/compile', { sources })).json()
    assert.deepEqual([name, abi.length, shown], ['Box', 3, sources])
    assert.equal(contracts.count, before)
    assert.equal((await get('coin/contracts')).json().contracts.length, 1)
  })
})
