import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CborValue, encodeCbor, toBase64url } from '@openbsn/sdk'
import { putObject } from '../../../testing/access.ts'
import { testGateway } from '../../../testing/gateway.ts'

const payload = encodeCbor(new Map<string, CborValue>([['key', Uint8Array.of(1, 255)]]))
const proposal = {
  proposer: 'a',
  title: 'A key',
  reason: 'It was lost.',
  acts: [['bsn:alliance', 'application/vnd.openbsn.alliance-replace-key+cbor', payload]],
  begun: 100,
  deadline: 5000,
  quorum: [1, 2],
  threshold: [2, 3],
  lock: 60,
  subject: 'c',
}

async function alliance() {
  const { app, base, ledger } = await testGateway()
  putObject(ledger, 'alliance', { members: ['a', 'b', 'c'], serviceReview: true, stopped: true })
  putObject(ledger, 'member/a', { name: 'A' })
  putObject(ledger, 'member/b', { name: 'B', power: 3, status: 'active' })
  putObject(ledger, 'member/c', { name: 'C', power: 1, status: 'active', keysSince: 2 })
  putObject(ledger, 'member/d', { name: 'D', power: 1, status: 'removed' })
  const open = { ...proposal, status: 'open', votes: [['b', 'yes', 7]] }
  putObject(ledger, 'proposal/key', open as Record<string, CborValue>)
  const counted = [
    ['a', 1, 'no'],
    ['b', 3, null],
  ]
  const over = {
    ...proposal,
    status: 'failed',
    votes: [],
    counted,
    due: 90,
    outcome: 'KEY_INVALID',
  }
  putObject(ledger, 'proposal/old', over as Record<string, CborValue>)
  const get = async (path: string) => (await app.inject(base + path)).json()
  return { ledger, get }
}

describe('the alliance over REST', () => {
  it('says who is a member and by which rules they vote', async () => {
    const { ledger, get } = await alliance()
    const { quorum, locks, members, ...rest } = await get('/alliance')
    assert.deepEqual([quorum, locks.stop, locks.policy], [[1, 2], 0, 86_400])
    assert.deepEqual(members, ['a', 'b', 'c'])
    assert.deepEqual([rest.stopped, rest.serviceReview, rest.software], [true, true, []])
    putObject(ledger, 'software', { versions: [['0.2.0', 9]] })
    assert.deepEqual((await get('/alliance')).software, [{ version: '0.2.0', from: 9 }])
    const list = (await get('/members')).members
    assert.deepEqual(list[0], { id: 'a', name: 'A', power: 1, status: 'active', version: 1 })
    assert.deepEqual(list[3], { id: 'd', name: 'D', power: 1, status: 'removed', version: 1 })
  })

  it('shows a proposal, how it stands, and what it would change', async () => {
    const { get } = await alliance()
    const { acts, votes, tally, changes, subject } = await get('/proposals/key')
    assert.equal(acts[0].payload, toBase64url(payload))
    assert.deepEqual(acts[0].fields, { key: '01ff' })
    assert.deepEqual(votes, [{ member: 'b', choice: 'yes', index: 7 }])
    assert.deepEqual(tally, { yes: 3, no: 1, abstain: 0, open: 1, total: 5 })
    assert.deepEqual([changes, subject], [[], 'c'])
    assert.equal((await get('/proposals/none')).code, 'OBJECT_NOT_FOUND')
  })

  it('lists proposals by status and proposer', async () => {
    const { get } = await alliance()
    const ids = async (query: string) =>
      (await get(`/proposals${query}`)).proposals.map(({ id }: { id: string }) => id)
    assert.deepEqual(await ids(''), ['key', 'old'])
    assert.deepEqual(await ids('?status=failed&proposer=a'), ['old'])
    assert.deepEqual(await ids('?proposer=b'), [])
    const old = await get('/proposals/old')
    assert.deepEqual(old.counted[1], { member: 'b', power: 3 })
    assert.deepEqual([old.outcome, old.changes], ['KEY_INVALID', undefined])
  })
})
