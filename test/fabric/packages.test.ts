import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openPackageStore } from '../../src/frameworks/fabric/packages/package-store.ts'
import { uploadOf } from '../../src/testing/contract-package-files.ts'
import { skipUnless } from '../../src/testing/needs.ts'
import { userEnvironment } from '../../src/testing/user-engines.ts'
import { PackageWorld, said } from './package-world.ts'

describe('packages of publishers', skipUnless('fabric', 'go'), () => {
  let world: PackageWorld
  before(async () => {
    world = await PackageWorld.create()
  })
  after(() => world?.close())

  it('in TypeScript and Go run on both organisations', async (t) => {
    const { enclosure } = world.store
    t.diagnostic(`contracts are kept in by ${enclosure.means}`)
    const upload = await uploadOf('assets-typescript')
    const [one, same] = await Promise.all([world.publish(upload), world.publish(upload)])
    assert.equal(one.folder, same.folder)
    assert.deepEqual(one.functions, ['create', 'read', 'transfer', 'version'])
    const go = await world.publish(await uploadOf('assets-go'))
    assert.deepEqual(go.functions, ['Create', 'Read', 'Transfer'])
    await world.network.publish('assets', one, { enclosure })
    await world.network.publish('goods', go, { enclosure })
    await world.network.openChannel('trade', { assets: 'assets', goods: 'goods' })
    const names = { assets: ['create', 'read', 'transfer'], goods: ['Create', 'Read', 'Transfer'] }
    for (const [name, [create = '', read = '', transfer = '']] of Object.entries(names)) {
      const [alpha, beta] = world.contractsOf('trade', name)
      await alpha.submitTransaction(create, 'a1', 'alpha', '7')
      assert.match(await said(beta.submitTransaction(create, 'a1', 'x', '1')), /a1 already/, name)
      assert.equal(await said(beta.submitTransaction(transfer, 'a1', 'beta')), 'alpha', name)
      const asset = JSON.parse(await said(alpha.evaluateTransaction(read, 'a1')))
      assert.deepEqual(asset, { id: 'a1', owner: 'beta', value: 7 }, name)
      assert.match(await said(alpha.evaluateTransaction(read, 'a2')), /no asset a2/, name)
    }
  })

  it('are built to the same at another city node', async () => {
    const archive = world.folder.file('same.tgz', await uploadOf('assets-typescript'))
    const signal = AbortSignal.timeout(600_000)
    const { digest } = await world.store.publish(archive, { signal })
    const place = { folder: join(world.folder.path, 'other'), env: userEnvironment() }
    const other = await openPackageStore(place)
    assert.equal((await other.publish(archive, { signal })).digest, digest)
  })

  it('follow one another in a channel, with what was written before', async () => {
    const { enclosure } = world.store
    const path = 'src/asset-contract.ts'
    const one = await world.publish(await uploadOf('assets-typescript'))
    const next = await uploadOf('assets-typescript', ({ [path]: source = '', ...files }) => {
      return { ...files, [path]: source.replace("return 'one'", "return 'two'") }
    })
    const two = await world.publish(next)
    assert.notEqual(two.digest, one.digest)
    await world.network.publish('assets-2', two, { enclosure })
    const definition = { channel: 'trade', name: 'assets', version: '2', sequence: 2 }
    const [alpha, beta] = world.contractsOf('trade', 'assets')
    assert.equal(await said(alpha.evaluateTransaction('version')), 'one')
    await world.network.agree(definition, 'assets-2')
    assert.equal(await said(alpha.evaluateTransaction('version')), 'two')
    assert.equal(JSON.parse(await said(beta.evaluateTransaction('read', 'a1'))).owner, 'beta')
    // Again with the same sequence: the step is told.
    await assert.rejects(world.network.agree({ ...definition, version: '3' }, 'assets-2'), {
      code: 'FABRIC_STEP_FAILED',
      message: /the contract assets of trade is approved/,
    })
    assert.deepEqual(world.drafts, [])
  })
})
