import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createPortalWorld, invited } from '../../testing/portal-world.ts'

it('the log of a service is for the organisation that published it', async (t) => {
  const portal = await createPortalWorld()
  t.after(() => portal.close())
  const { owner, bank } = await portal.publisher()
  const { noteRequest: note, world } = portal
  note('a', 200)
  note('b', 404)
  note('c', 200, 'others')
  const of = { ledger: world.id, service: 'flights' }
  const ids = async (...query: Parameters<typeof owner.organisations.requestLog>) =>
    (await owner.organisations.requestLog(...query)).requests.map(({ id }) => id)
  assert.deepEqual(await ids(bank, of), ['b', 'a'])
  assert.deepEqual(await ids(bank, of, { status: '4xx' }), ['b'])
  const { next = '', newest } = await owner.organisations.requestLog(bank, of, { limit: 1 })
  assert.deepEqual(await ids(bank, of, { limit: 1, cursor: next }), ['a'])
  note('d', 200)
  assert.deepEqual(await ids(bank, of, { after: newest }), ['d'])

  const auditor = await invited(portal, owner, { organisation: bank, role: 'auditor', name: 'Al' })
  const seen = await auditor.organisations.requestLog(bank, of)
  assert.equal(seen.requests.length, 3)
  const refused = (code: string, ...asked: Parameters<typeof ids>) =>
    assert.rejects(ids(...asked), { code })
  await refused('SERVICE_OF_OTHERS', bank, { ...of, service: 'others' })
  await refused('SERVICE_OF_OTHERS', bank, { ...of, ledger: 'bsn1none' })
  const { id: shop } = await owner.organisations.create('Shop')
  await refused('SERVICE_OF_OTHERS', shop, of)
  await refused('REQUEST_INVALID', bank, of, { status: '4' })
  await refused('CURSOR_INVALID', bank, of, { cursor: 'AAAA' })
  const stranger = await invited(portal, owner, { organisation: shop, role: 'owner', name: 'Zoe' })
  await assert.rejects(stranger.organisations.requestLog(bank, of), {
    code: 'ORGANISATION_NOT_FOUND',
  })
  await assert.rejects(portal.person().organisations.requestLog(bank, of), {
    code: 'SIGN_IN_REQUIRED',
  })
})
