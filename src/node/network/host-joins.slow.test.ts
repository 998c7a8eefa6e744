import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { CodedError, sha256, toBase64url, utf8 } from '@openbsn/sdk'
import type { Submission } from '../../crypto/own-statement.ts'
import { openGatewayDatabase } from '../../gateway/gateway-database.ts'
import type { JoinRequest } from '../../gateway/network-port.ts'
import type { Ledger, SubmitOutcome } from '../../ledger/ledger.ts'
import { keyOf, LedgerWorld } from '../../testing/ledger-world.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { createJoinHost } from './host-joins.ts'
import { createInvitation } from './invitations.ts'
import { signJoin } from './sign-join.ts'

const fails = (code: string) => async (): Promise<SubmitOutcome[]> => {
  throw new CodedError(code, 'Planted.')
}
const used = { code: 'INVITATION_INVALID', message: /was used already/ }
/** A node of `admin` that invites, on a ledger of its own; `submit` is what its host gets. */
async function openHost(t: TestContext, how: Parameters<typeof LedgerWorld.create>[0] = {}) {
  const world = await LedgerWorld.create(how)
  const database = openGatewayDatabase(':memory:')
  const submit = (all: readonly Submission[]) => world.ledger.submit(all)
  const at = { submit, token: '' }
  const ledger: Ledger = Object.create(world.ledger, {
    id: { value: world.id },
    head: { get: () => world.ledger.head },
    submit: { value: (all: readonly Submission[]) => at.submit(all) },
  })
  const start = { ledger: world.id, initialHeight: 1, time: 1, appHash: utf8(''), validators: [] }
  const network = { start, operator: 'admin', listen: 'x', external: 'x', peers: [] }
  const options = { home: world.folder.path, network, peer: 'x' }
  const ask = async () => assert.fail('nobody took a snapshot')
  const host = createJoinHost(options, { ledger, database, clock: world.clock, ask })
  const invite = (id = world.id, seconds = 60) =>
    createInvitation(database, { ledger: id, expires: world.clock.now + seconds })
  const renew = () => Object.assign(at, { submit, token: invite() })
  renew()
  const request = () => requestTo(world)
  const admit = async (one: JoinRequest) => (await host.admit(at.token, one)).ledger
  t.after(async () => {
    database.close()
    await world.remove()
  })
  return { world, host, at, submit, invite, renew, request, admit }
}

let nodes = 0

/** What somebody sends who wants to join: a name and keys that nobody else has. */
async function requestTo({ ledger, clock }: LedgerWorld): Promise<JoinRequest> {
  const node = `node-${++nodes}`
  const keys = {
    operatorKey: toBase64url(keyOf(`${node} operator`)),
    validatorKey: toBase64url(keyOf(`${node} validator`)),
    consensusKey: toBase64url(sha256(utf8(node))),
  }
  const place = { city: 'Oslo', country: 'NO', latitude: 0, longitude: 0, software: 'x' }
  const peer = `${String(nodes).padStart(40, '0')}@oslo.example:1`
  const made = { node, ...place, gateway: 'https://oslo.example', peer, ...keys }
  const member = { id: 'admin', signer: namedSigner('member') }
  const acts = await signJoin(made, member, { ledger, clock })
  return { ...made, acts: acts.map(toBase64url) }
}

describe('who comes with an invitation', () => {
  it('needs a good one for each thing that is asked', async (t) => {
    const host = await openHost(t)
    const one = await host.request()
    await host.admit(one)
    const wrong: [string, RegExp][] = [
      [host.at.token, /was used already/],
      [host.invite(host.world.id, 0), /has expired/],
      [host.invite().replace(/.{8}$/, '00000000'), /is not known here/],
      [host.invite(`bsn1${'a'.repeat(40)}`), /is for another ledger/],
      ['nonsense', /is no token/],
    ]
    const other = await host.request()
    for (const [bad, message] of wrong) {
      const refusal = { code: 'INVITATION_INVALID', message }
      assert.throws(() => host.host.info(bad), refusal)
      await assert.rejects(host.host.history(bad), refusal)
      await assert.rejects(host.host.snapshot(bad), refusal)
      await assert.rejects(host.host.admit(bad, other), refusal)
    }
    assert.equal(await host.admit(one), host.world.id) // Its answer can have got lost.
  })

  it('lets in no program that is older than the members decided', async (t) => {
    const host = await openHost(t, { software: '0.3.0' })
    const { world, admit, request } = host
    const from = world.ledger.head.height + 2
    await world.done('alliance-software', { software: '0.2.0', from })
    const old = { ...(await request()), software: 'openbsn 0.1.9' }
    await assert.rejects(admit(old), { code: 'SOFTWARE_TOO_OLD', message: /need OpenBSN 0\.2\.0/ })
    const good = { ...(await request()), software: 'openbsn 0.2.0' }
    assert.equal(await admit(good), world.id)
  })

  it('is one, however many ask at the same time', async (t) => {
    const host = await openHost(t)
    const all = await Promise.all(Array.from({ length: 3 }, host.request))
    const ends = await Promise.allSettled(all.map(host.admit))
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected'],
    )
  })
})

describe('an invitation that a network in trouble is asked with', () => {
  it('tries again where nothing was registered', async (t) => {
    const host = await openHost(t)
    for (const code of ['LEDGER_NO_QUORUM', 'LEDGER_BUSY', 'LEDGER_READ_ONLY']) {
      host.at.submit = fails(code)
      await assert.rejects(host.admit(await host.request()), { code })
    }
    host.at.submit = async () => [{ outcome: 'refused', code: 'NOT_ALLOWED', detail: 'No.' }]
    await assert.rejects(host.admit(await host.request()), { code: 'JOIN_REFUSED' })
    host.at.submit = host.submit
    assert.equal(await host.admit(await host.request()), host.world.id)
  })

  it('is the same one where it is not known what was registered', async (t) => {
    const host = await openHost(t)
    for (const code of ['LEDGER_UNDECIDED', 'LEDGER_STOPPED']) {
      host.renew()
      const one = await host.request()
      host.at.submit = fails(code)
      await assert.rejects(host.admit(one), { code })
      host.at.submit = fails('LEDGER_BUSY') // Says nothing of what was sent before.
      await assert.rejects(host.admit(one), { code: 'LEDGER_BUSY' })
      host.at.submit = host.submit
      await assert.rejects(host.admit(await host.request()), used)
      assert.equal(await host.admit(one), host.world.id)
    }
  })

  it('is the same one where the first of its acts is in', async (t) => {
    const host = await openHost(t)
    const one = await host.request()
    let calls = 0
    host.at.submit = (all) => (calls++ === 0 ? host.submit(all) : fails('LEDGER_BUSY')())
    await assert.rejects(host.admit(one), { code: 'LEDGER_BUSY' })
    host.at.submit = host.submit
    await assert.rejects(host.admit(await host.request()), used)
    assert.equal(await host.admit(one), host.world.id)
  })

  it('ends as the same request does that is under way', async (t) => {
    const host = await openHost(t)
    const one = await host.request()
    const held = Promise.withResolvers<SubmitOutcome[]>()
    let calls = 0
    host.at.submit = (all) => (calls++ === 0 ? held.promise : host.submit(all))
    const both = Promise.allSettled([host.admit(one), host.admit(one)])
    held.reject(new CodedError('LEDGER_BUSY', 'Planted.'))
    const ends = (await both).map(({ status }) => status)
    assert.deepEqual(ends, ['rejected', 'rejected'])
    assert.equal(await host.admit(await host.request()), host.world.id)
  })
})
