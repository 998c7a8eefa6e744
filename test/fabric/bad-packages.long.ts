import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Contract } from '@hyperledger/fabric-gateway'
import { runProgram } from '../../src/engines/run-program.ts'
import { oddUpload } from '../../src/testing/contract-package-files.ts'
import { PackageWorld, said } from './package-world.ts'

let world: PackageWorld
before(async () => {
  world = await PackageWorld.create()
})
after(() => world?.close())

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

describe('packages of publishers that go wrong', () => {
  it('that cannot be loaded fail in the build, which says in which step', async () => {
    const cases: [string, RegExp][] = [
      ['throws', /this contract cannot be loaded/],
      ['eats-when-loaded', /SIG|memory|heap|code/i],
      ['loops-when-loaded', /SIGXCPU|SIGKILL|while the contract is loaded/],
    ]
    for (const [odd, words] of cases) {
      const failed = await world.publish(await oddUpload(odd)).then(
        () => assert.fail(odd),
        (error) => error,
      )
      assert.equal(failed.code, 'PACKAGE_BUILD_FAILED', odd)
      assert.match(failed.details.step, /the contract is loaded/, odd)
      assert.match(failed.message, words, odd)
      assert.deepEqual(world.drafts, [], odd)
    }
  })

  it('that do not come up are told so, and nothing of them runs on', async () => {
    const { enclosure } = world.store
    for (const [odd, words] of [
      ['ends', /this contract ends at once/],
      ['loops', /not healthy after 6000 ms/],
    ] as const) {
      const artefact = await world.publish(await oddUpload(odd))
      const how = { enclosure, startTimeoutMs: 6000 }
      await assert.rejects(world.network.publish(odd, artefact, how), {
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
    const { enclosure } = world.store
    const artefact = await world.publish(await oddUpload('nothing'))
    const services = await world.network.publish('odd', artefact, { enclosure, silentMsMax: 3000 })
    await world.network.openChannel('odd', { odd: 'odd' })
    const [alpha, beta] = world.contractsOf('odd', 'odd')
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
    const { enclosure } = world.store
    const [alpha] = world.contractsOf('odd', 'odd')
    const port = String(world.network.organisations[0]?.options.ports.peer)
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
