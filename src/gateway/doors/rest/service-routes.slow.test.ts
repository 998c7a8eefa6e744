import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CborValue } from '@openbsn/sdk'
import { putObject } from '../../../testing/access.ts'
import { testGateway } from '../../../testing/gateway.ts'

async function filled() {
  const gateway = await testGateway()
  const { ledger, app, base } = gateway
  for (let i = 0; i < 25; i++) {
    const [publisher, status] = [`member/${i % 3}`, i % 5 === 0 ? 'frozen' : 'running']
    const id = `s${String(i).padStart(2, '0')}`
    putObject(ledger, `service/${id}`, {
      publisher,
      framework: 'records',
      status,
      secret: 'hidden',
    })
  }
  const get = async (path: string) => {
    const answer = await app.inject(base + path)
    return { status: answer.statusCode, body: answer.json(), text: answer.payload }
  }
  return { ...gateway, get }
}

type Page = { services: { id: string }[]; next?: string }

describe('GET /services', () => {
  it('lists by name, page by page, with filters', async () => {
    const { get } = await filled()
    const ids: string[] = []
    let cursor = ''
    let pages = 0
    do {
      const { status, body } = await get(`/services?limit=4${cursor}`)
      assert.equal(status, 200)
      const { services, next }: Page = body
      ids.push(...services.map(({ id }) => id))
      cursor = next === undefined ? '' : `&cursor=${next}`
      pages++
    } while (cursor !== '' && pages < 50)
    assert.deepEqual(
      ids,
      Array.from({ length: 25 }, (_, i) => `s${String(i).padStart(2, '0')}`),
    )
    const idsOf = async (query: string) =>
      ((await get(`/services?${query}`)).body as Page).services.map(({ id }) => id).join()
    assert.equal(await idsOf('status=frozen'), 's00,s05,s10,s15,s20')
    assert.equal(await idsOf('status=frozen&publisher=member/1&framework=records'), 's10')
    assert.equal(await idsOf('framework=evm'), '')
    assert.equal((await get('/services?limit=25')).body.next, undefined)
  })

  it('refuses broken cursors, those of other filters, and unknown fields', async () => {
    const { get } = await filled()
    const { next } = (await get('/services?limit=4')).body
    for (const query of [
      'cursor=AAAA',
      `cursor=${next}&status=frozen`,
      `cursor=A${next}`,
      'cursor=_w',
    ]) {
      assert.equal((await get(`/services?${query}`)).body.code, 'CURSOR_INVALID', query)
    }
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'name=a', 'status=', 'a[b]=1']) {
      assert.equal((await get(`/services?${query}`)).body.code, 'REQUEST_INVALID', query)
    }
  })
})

describe('GET /services/{service}/frozen-accounts', () => {
  it('lists those that are frozen, page by page, with who froze them', async () => {
    const { ledger, get } = await filled()
    const path = '/services/s01/frozen-accounts'
    assert.deepEqual((await get(path)).body, { accounts: [] })
    const digits = (start: string) => `${start}beb6053f3e94c9b9a09f33669435e7ef1beaed`
    const put = (start: string, status: string, freezes: CborValue) =>
      putObject(ledger, `account/s01/${digits(start)}`, { status, freezes })
    put('5a', 'frozen', [
      ['member/a', 7],
      ['voters/all', 9, 'Case 17'],
    ])
    put('5b', 'active', [])
    put('5c', 'frozen', [['member/a', 8]])
    putObject(ledger, `account/s02/${digits('5d')}`, { status: 'frozen', freezes: [] })
    const first = (await get(`${path}?limit=1`)).body
    const { address, ...rest } = first.accounts[0]
    assert.equal(address.toLowerCase(), `0x${digits('5a')}`)
    assert.notEqual(address, address.toLowerCase())
    const freezes = [
      { by: 'member/a', entry: 7 },
      { by: 'voters/all', entry: 9, reason: 'Case 17' },
    ]
    assert.deepEqual(rest, { freezes, version: 1 })
    const { accounts, next } = (await get(`${path}?cursor=${first.next}`)).body
    assert.deepEqual(
      [accounts.length, accounts[0].freezes, next],
      [...[1, [{ by: 'member/a', entry: 8 }], undefined]],
    )
    assert.equal((await get('/services/none/frozen-accounts')).body.code, 'SERVICE_UNKNOWN')
    assert.equal((await get(`${path}?status=active`)).body.code, 'REQUEST_INVALID')
  })
})

describe('GET /services/{service}', () => {
  it('shows the fields of the schema and no other', async () => {
    const { ledger, get } = await filled()
    const roles = [['writer', ['put', 'get']]] as [string, string[]][]
    const fields = { publisher: 'member/a', functions: ['put', 'get'], roles, inner: 'hidden' }
    putObject(ledger, 'service/x', { ...fields, status: 'running' })
    const { body } = await get('/services/x')
    assert.deepEqual(body, {
      ...{ id: 'x', publisher: 'member/a', functions: ['put', 'get'], status: 'running' },
      roles: [{ role: 'writer', functions: ['put', 'get'] }],
      version: 1,
    })
    assert.doesNotMatch((await get('/services')).text, /hidden/)
    for (const id of ['none', '__proto__', '..%2fnode', 'a%2fb']) {
      const { status, body: problem } = await get(`/services/${id}`)
      assert.deepEqual([status, problem.code], [404, 'SERVICE_UNKNOWN'], id)
    }
  })

  it('lists who takes part, and nobody of a service whose name begins the same', async () => {
    const { ledger, get } = await filled()
    putObject(ledger, 'service/s0', { status: 'running' })
    for (const [key, role] of [
      ['s0/p1', 'writer'],
      ['s0/p2', 'reader'],
      ['s00/p3', 'reader'],
    ]) {
      putObject(ledger, `participant/${key}`, { role: role ?? '', status: 'active', note: 'x' })
    }
    const { body } = await get('/services/s0/participants')
    assert.deepEqual(body.participants, [
      { id: 'p1', role: 'writer', status: 'active', version: 1 },
      { id: 'p2', role: 'reader', status: 'active', version: 1 },
    ])
    const readers = await get('/services/s0/participants?role=reader&status=active')
    assert.equal(readers.body.participants.length, 1)
    assert.equal((await get('/services/none/participants')).body.code, 'SERVICE_UNKNOWN')
  })
})
