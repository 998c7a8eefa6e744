import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Contract } from '@hyperledger/fabric-gateway'
import { runProgram } from '../../src/engines/run-program.ts'
import type { PeerClient } from '../../src/frameworks/fabric/channels/connect-channel.ts'
import { connectOrganisation } from '../../src/frameworks/fabric/channels/open-channel.ts'
import { usualBuildLimits } from '../../src/frameworks/fabric/packages/build-steps.ts'
import {
  openPackageStore,
  type PackageStore,
  type StoredArtefact,
} from '../../src/frameworks/fabric/packages/package-store.ts'
import { oddUpload, uploadOf } from '../../src/testing/contract-package-files.ts'
import { FabricNetwork } from '../../src/testing/fabric-network.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { userEnvironment } from '../../src/testing/user-engines.ts'

/** What a contract answers, or what is said in its place. */
async function said(asked: Promise<Uint8Array>): Promise<string> {
  try {
    return Buffer.from(await asked).toString('utf8')
  } catch (error) {
    const { details, message } = error as {
      readonly message: string
      readonly details?: readonly { readonly message: string }[]
    }
    return [message, ...(details ?? []).map((one) => one.message)].join('; ')
  }
}

const folder = testFolder()
let network: FabricNetwork
let store: PackageStore
let clients: readonly PeerClient[]

before(async () => {
  network = await FabricNetwork.create({})
  clients = await Promise.all(network.organisations.map(connectOrganisation))
  const place = { folder: join(folder.path, 'store'), env: userEnvironment() }
  // A build that hangs is to be told in this test's time.
  store = await openPackageStore({
    ...place,
    buildLimits: { ...usualBuildLimits, cpuSeconds: 30, stepTimeoutMs: 240_000 },
  })
})
after(async () => {
  for (const client of clients ?? []) client.close()
  await network?.close()
  folder.remove()
})

let uploads = 0
function publish(bytes: Uint8Array): Promise<StoredArtefact> {
  const archive = folder.file(`package-${++uploads}.tgz`, bytes)
  return store.publish(archive, { signal: AbortSignal.timeout(600_000) })
}

/** A contract as both organisations reach it. */
function contractsOf(channel: string, name: string): readonly [Contract, Contract] {
  const [first, second] = clients.map((one) => one.network(channel).getContract(name))
  return first && second ? [first, second] : assert.fail()
}

const drafts = () => readdirSync(join(folder.path, 'store/drafts'))

async function answersAgain(contract: Contract): Promise<void> {
  const until = performance.now() + 60_000
  let last = ''
  while (performance.now() < until) {
    last = await said(contract.evaluateTransaction('ping'))
    if (last === 'pong') return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  assert.fail(last)
}

describe('packages of publishers', () => {
  it('in TypeScript and Go run on both organisations', async (t) => {
    const { enclosure } = store
    t.diagnostic(`contracts are kept in by ${enclosure.means}`)
    const upload = await uploadOf('assets-typescript')
    const [one, same] = await Promise.all([publish(upload), publish(upload)])
    assert.equal(one.folder, same.folder)
    assert.deepEqual(one.functions, ['create', 'read', 'transfer', 'version'])
    const go = await publish(await uploadOf('assets-go'))
    assert.deepEqual(go.functions, ['Create', 'Read', 'Transfer'])
    await network.publish('assets', one, { enclosure })
    await network.publish('goods', go, { enclosure })
    await network.openChannel('trade', { assets: 'assets', goods: 'goods' })
    const names = { assets: ['create', 'read', 'transfer'], goods: ['Create', 'Read', 'Transfer'] }
    for (const [name, [create = '', read = '', transfer = '']] of Object.entries(names)) {
      const [alpha, beta] = contractsOf('trade', name)
      await alpha.submitTransaction(create, 'a1', 'alpha', '7')
      assert.match(await said(beta.submitTransaction(create, 'a1', 'x', '1')), /a1 already/, name)
      assert.equal(await said(beta.submitTransaction(transfer, 'a1', 'beta')), 'alpha', name)
      const asset = JSON.parse(await said(alpha.evaluateTransaction(read, 'a1')))
      assert.deepEqual(asset, { id: 'a1', owner: 'beta', value: 7 }, name)
      assert.match(await said(alpha.evaluateTransaction(read, 'a2')), /no asset a2/, name)
    }
  })

  it('are built to the same at another city node', async () => {
    const archive = folder.file('same.tgz', await uploadOf('assets-typescript'))
    const signal = AbortSignal.timeout(600_000)
    const { digest } = await store.publish(archive, { signal })
    const place = { folder: join(folder.path, 'other'), env: userEnvironment() }
    const other = await openPackageStore(place)
    assert.equal((await other.publish(archive, { signal })).digest, digest)
  })

  it('follow one another in a channel, with what was written before', async () => {
    const { enclosure } = store
    const path = 'src/asset-contract.ts'
    const one = await publish(await uploadOf('assets-typescript'))
    const next = await uploadOf('assets-typescript', ({ [path]: source = '', ...files }) => {
      return { ...files, [path]: source.replace("return 'one'", "return 'two'") }
    })
    const two = await publish(next)
    assert.notEqual(two.digest, one.digest)
    await network.publish('assets-2', two, { enclosure })
    const definition = { channel: 'trade', name: 'assets', version: '2', sequence: 2 }
    const [alpha, beta] = contractsOf('trade', 'assets')
    assert.equal(await said(alpha.evaluateTransaction('version')), 'one')
    await network.agree(definition, 'assets-2')
    assert.equal(await said(alpha.evaluateTransaction('version')), 'two')
    assert.equal(JSON.parse(await said(beta.evaluateTransaction('read', 'a1'))).owner, 'beta')
    // Again with the same sequence: the step is told.
    await assert.rejects(network.agree({ ...definition, version: '3' }, 'assets-2'), {
      code: 'FABRIC_STEP_FAILED',
      message: /the contract assets of trade is approved/,
    })
    assert.deepEqual(drafts(), [])
  })
})

describe('packages of publishers that go wrong', () => {
  it('that cannot be loaded fail in the build, which says in which step', async () => {
    const cases: [string, RegExp][] = [
      ['throws', /this contract cannot be loaded/],
      ['eats-when-loaded', /SIG|memory|heap|code/i],
      ['loops-when-loaded', /SIGXCPU|SIGKILL|while the contract is loaded/],
    ]
    for (const [odd, words] of cases) {
      const failed = await publish(await oddUpload(odd)).then(
        () => assert.fail(odd),
        (error) => error,
      )
      assert.equal(failed.code, 'PACKAGE_BUILD_FAILED', odd)
      assert.match(failed.details.step, /the contract is loaded/, odd)
      assert.match(failed.message, words, odd)
      assert.deepEqual(drafts(), [], odd)
    }
  })

  it('that do not come up are told so, and nothing of them runs on', async () => {
    const { enclosure } = store
    for (const [odd, words] of [
      ['ends', /this contract ends at once/],
      ['loops', /not healthy after 6000 ms/],
    ] as const) {
      const artefact = await publish(await oddUpload(odd))
      const how = { enclosure, startTimeoutMs: 6000 }
      await assert.rejects(network.publish(odd, artefact, how), {
        code: 'CONTRACT_NOT_STARTED',
        message: words,
      })
      // In brackets, so that it does not find itself.
      const still = await runProgram({
        path: 'pgrep',
        args: ['-f', `[/]${artefact.folder.slice(1)}`],
      })
      assert.deepEqual([still.code, still.lines], [1, []], odd)
    }
  })

  it('that loop or eat memory in a call fail that call, and answer again', async () => {
    const { enclosure } = store
    const artefact = await publish(await oddUpload('nothing'))
    const services = await network.publish('odd', artefact, { enclosure, silentMsMax: 3000 })
    await network.openChannel('odd', { odd: 'odd' })
    const [alpha, beta] = contractsOf('odd', 'odd')
    await answersAgain(alpha)
    await answersAgain(beta)
    for (const name of ['eat', 'loop']) {
      const words = await said(alpha.evaluateTransaction(name))
      assert.match(words, /chaincode|terminated|timeout|DEADLINE_EXCEEDED/i, name)
      await answersAgain(alpha)
      await answersAgain(beta)
    }
    const [service] = services
    const log = []
    for await (const line of service?.log() ?? []) log.push(line)
    assert.ok(
      log.some((line) => line.includes('starts again')),
      log.join('\n'),
    )
  })

  it('see nothing of the node, and reach nobody', async () => {
    const { enclosure } = store
    const [alpha] = contractsOf('odd', 'odd')
    const port = String(network.organisations[0]?.options.ports.peer)
    const seen = JSON.parse(await said(alpha.evaluateTransaction('look', '127.0.0.1', port)))
    const { net, user, pid, ...bounds } = seen
    assert.deepEqual(bounds, {
      ...{ read: 'ERR_ACCESS_DENIED', write: 'ERR_ACCESS_DENIED', spawn: 'ERR_ACCESS_DENIED' },
      environment: [
        ...['CHAINCODE_ID', 'CHAINCODE_SERVER_ADDRESS', 'CORE_CHAINCODE_ID_NAME'],
        // One is set by a library of Fabric's own.
        ...['GOMAXPROCS', 'GOMEMLIMIT', 'GRPC_SSL_CIPHER_SUITES', 'HOME', 'PATH', 'PWD'],
      ],
    })
    if (enclosure.means === 'namespaces') {
      assert.deepEqual([net, pid], ['ECONNREFUSED', 1])
      if (process.getuid?.() === 0) assert.ok(user > 1_000_000_000, String(user))
    }
  })
})
