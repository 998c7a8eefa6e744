import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Invitation, PortalAct, PortalStore } from './portal-store.ts'

const invitation = (id: string, more: Partial<Invitation> = {}): Invitation => ({
  ...{ id, organisation: 'bank', role: 'developer', label: 'Ann', invitedBy: 'Bob' },
  ...{ created: 100, expires: 200, ...more },
})

const act = (requestKey: string, more: Partial<PortalAct> = {}): PortalAct => ({
  ...{ organisation: 'bank', requestKey, content: 'c0', ledger: 'bsn1a', act: 'service-create' },
  ...{ subject: 'service/flights', account: 'u1', accountName: 'Ann', time: 100, expires: 400 },
  ...{ state: 'pending', ...more },
})

/** What every database of the portal promises. The store is empty at first. */
export function storeContract(open: () => PortalStore): void {
  settingsAndLinks(open)
  invitationsAndServices(open)
  acts(open)
}

function settingsAndLinks(open: () => PortalStore): void {
  it('keeps the first value of a setting, whoever comes at the same time', async () => {
    const store = open()
    assert.equal(await store.setting('secret'), undefined)
    const told = await Promise.all(['a', 'b', 'c'].map((one) => store.settle('secret', one)))
    assert.equal(new Set(told).size, 1)
    assert.equal(await store.settle('secret', 'd'), told[0])
    assert.equal(await store.setting('secret'), told[0])
  })

  it('has one setup link at a time, which one caller uses, in time', async () => {
    const store = open()
    await store.putSetup('old', 200)
    await store.putSetup('new', 200)
    assert.equal(await store.takeSetup('old', 100), false)
    assert.equal(await store.takeSetup('new', 200), false)
    const taken = await Promise.all([1, 2, 3].map(() => store.takeSetup('new', 199)))
    assert.deepEqual(taken.filter(Boolean), [true])
  })

  it('knows until when a session has stepped up', async () => {
    const store = open()
    assert.equal(await store.steppedUpUntil('s'), 0)
    await store.putStepUp('s', 400, 100)
    await store.putStepUp('s', 500, 200)
    await store.putStepUp('t', 900, 300)
    assert.equal(await store.steppedUpUntil('s'), 500)
    await store.putStepUp('t', 950, 500)
    assert.equal(await store.steppedUpUntil('s'), 0)
  })
}

function invitationsAndServices(open: () => PortalStore): void {
  it('gives an invitation to one caller, in time, until it is taken back', async () => {
    const store = open()
    await store.putInvitation('h1', invitation('i1'))
    await store.putInvitation('h2', invitation('i2', { created: 150 }))
    await store.putInvitation('h3', invitation('i3', { organisation: 'shop' }))
    assert.deepEqual(await store.findInvitation('h1', 199), invitation('i1'))
    assert.equal(await store.findInvitation('h1', 200), undefined)
    const listed = await store.invitations('bank', 199)
    assert.deepEqual(listed, [invitation('i2', { created: 150 }), invitation('i1')])
    assert.deepEqual(await store.invitations('bank', 200), [])
    const taken = await Promise.all([1, 2].map(() => store.takeInvitation('h1', 199)))
    assert.deepEqual(taken.filter(Boolean), [invitation('i1')])
    assert.equal(await store.dropInvitation('shop', 'i2'), false)
    assert.equal(await store.dropInvitation('bank', 'i2'), true)
    assert.equal(await store.takeInvitation('h2', 199), undefined)
  })

  it('keeps the first organisation that published a service', async () => {
    const store = open()
    assert.equal(await store.ownerOf('bsn1a', 'flights'), undefined)
    await store.ownService('bsn1a', 'flights', 'bank')
    await store.ownService('bsn1a', 'flights', 'shop')
    await store.ownService('bsn1b', 'flights', 'shop')
    await store.ownService('bsn1a', 'cars', 'bank')
    assert.equal(await store.ownerOf('bsn1a', 'flights'), 'bank')
    assert.equal(await store.ownerOf('bsn1b', 'flights'), 'shop')
    const names = (await store.servicesOf('bank')).map(({ service }) => service)
    assert.deepEqual(names, ['cars', 'flights'])
  })

  it('keeps the first organisation that takes part under a name', async () => {
    const store = open()
    assert.equal(await store.partOwnerOf('bsn1a', 'flights/admin'), undefined)
    await store.takePart('bsn1a', 'flights/admin', 'bank')
    await store.takePart('bsn1a', 'flights/admin', 'shop')
    await store.takePart('bsn1a', 'flights/other', 'shop')
    await store.takePart('bsn1a', 'cars/admin', 'bank')
    assert.equal(await store.partOwnerOf('bsn1a', 'flights/admin'), 'bank')
    assert.equal(await store.partOwnerOf('bsn1b', 'flights/admin'), undefined)
    const names = (await store.partsOf('bank')).map(({ participant }) => participant)
    assert.deepEqual(names, ['cars/admin', 'flights/admin'])
  })
}

function acts(open: () => PortalStore): void {
  it('has one act for a request key, which stays once it may be in the ledger', async () => {
    const store = open()
    assert.deepEqual(await store.beginAct(act('k')), act('k'))
    const other = act('k', { content: 'c1', time: 110 })
    assert.deepEqual(await store.beginAct(other), act('k'))
    await store.endAct('bank', 'k', { state: 'unknown' })
    assert.deepEqual(await store.beginAct(other), act('k', { state: 'unknown' }))
    const fate = { state: 'committed', entry: 2 ** 40, height: 7 } as const
    await store.endAct('bank', 'k', fate)
    await store.endAct('bank', 'k', { state: 'rejected', code: 'LATE', detail: 'too late' })
    assert.deepEqual(await store.act('bank', 'k'), act('k', fate))
    assert.deepEqual(await store.beginAct(other), act('k', fate))
    assert.equal(await store.act('shop', 'k'), undefined)
  })

  it('lets one that came to nothing make place', async () => {
    const store = open()
    await store.beginAct(act('again'))
    await store.endAct('bank', 'again', { state: 'rejected', code: 'NOT_ALLOWED', detail: 'no' })
    assert.equal((await store.act('bank', 'again'))?.code, 'NOT_ALLOWED')
    const next = act('again', { content: 'c1', time: 120, account: 'u2' })
    assert.deepEqual(await store.beginAct(next), next)
  })

  it('lists acts page by page, the newest first', async () => {
    const store = open()
    for (const [i, time] of [300, 100, 200, 200, 100].entries()) {
      await store.beginAct(act(`k${i}`, { organisation: 'list', time }))
    }
    const keys: string[] = []
    for (let before: PortalAct | undefined; ; ) {
      const page = await store.acts('list', { limit: 2, before })
      keys.push(...page.map(({ requestKey }) => requestKey))
      before = page.at(-1)
      if (!before) break
    }
    assert.deepEqual(keys, ['k0', 'k3', 'k2', 'k4', 'k1'])
  })
}
