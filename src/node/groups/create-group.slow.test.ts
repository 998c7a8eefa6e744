import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { equalBytes, thumbprint, toHex } from '@openbsn/sdk'
import { readNode } from '../../alliance/node-state.ts'
import { Buckets } from '../../gateway/access/buckets.ts'
import { createLogger } from '../../gateway/logger.ts'
import { createMetrics } from '../../gateway/metrics.ts'
import { readKey } from '../../ledger/modules/keys.ts'
import { validatorsAt } from '../../ledger/modules/validators.ts'
import { closedPort } from '../../testing/cli.ts'
import { testFolder } from '../../testing/folder.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { openHomeLedger } from '../../testing/node-home.ts'
import { createHome, homePaths } from '../create-home.ts'
import { groupHome, groupNames } from '../environment.ts'
import { openHomeSecrets, openOperatorKey } from '../home-secrets.ts'
import { joinAlliance } from '../join-alliance.ts'
import { memberOf } from '../member.ts'
import { initNetwork } from '../network/init-network.ts'
import { networkPaths } from '../network/network-file.ts'
import { startNode } from '../node.ts'
import { createGroup } from './create-group.ts'
import { joinGroup } from './join-group.ts'
import { openGroups, startGroups } from './open-groups.ts'

const clock = { nowSeconds: () => 1_800_000_000 }
const onFailure = (error: Error) => {
  throw error
}
const facts = {
  ...{ id: 'oslo', city: 'Oslo', country: 'NO' },
  ...{ latitude: 59_910_000, longitude: 10_750_000, software: 'openbsn 0.1.0' },
}
const taken = { id: 'taken', ledger: `bsn1${'a'.repeat(40)}` }
const listen = '127.0.0.1:0'

/** A data folder that is a network of one node, whose root ledger lists the group `taken`. */
async function networkHome(home: string): Promise<void> {
  const gateway = 'http://127.0.0.1:8420'
  await createHome({ home, name: 'Test', gateway }, { clock, onFailure })
  const secrets = openHomeSecrets({ home }, { clock, onFailure })
  const operator = openOperatorKey(homePaths(home).operatorKey, secrets.kek)
  await secrets.payloads.close()
  const ledger = openHomeLedger(home)
  const { profile } = homePaths(home)
  await joinAlliance({ profile, gateway, facts, groups: [taken] }, { ledger, operator, clock })
  await ledger.close()
  await initNetwork({ home, listen: '127.0.0.1:8430', node: 'oslo' }, { clock, onFailure })
}

/** With one folder more that holds no group. */
async function openAll(home: string): Promise<void> {
  const broken = groupHome(home, 'broken')
  mkdirSync(join(broken, 'network'), { recursive: true })
  writeFileSync(networkPaths(broken).file, '{}')
  const lines: string[] = []
  const logger = createLogger(
    { service: 'bsn', node: 'n' },
    { stream: { write: (line) => void lines.push(line) } },
  )
  const buckets = new Buckets({ nowMs: () => 0 })
  const metrics = createMetrics({ version: '0.1.0', processMetrics: false })
  const options = { home, workers: 1, readOnly: true, kek: undefined, program: undefined }
  const deps = { clock, onFailure, logger, buckets, metrics, version: '0.1.0' }
  const groups = openGroups(options, deps)
  assert.deepEqual(
    groups.map(({ group, ledger }) => [group, ledger.genesis.name]),
    [['east', 'east']],
  )
  assert.match(lines.join(''), /"group\.unusable".*broken is not served/)
  rmSync(broken, { recursive: true })
  await Promise.all(groups.map((one) => one.close()))
}

/** As when the program that orders statements does not come up, of one group of two. */
async function startBoth(): Promise<void> {
  const lines: string[] = []
  const logger = createLogger(
    { service: 'bsn', node: 'n' },
    { stream: { write: (line) => void lines.push(line) } },
  )
  const started: string[] = []
  const groupThat = (group: string, start: () => Promise<void>) =>
    ({ group, network: { start } }) as Parameters<typeof startGroups>[0][number]
  const broken = groupThat('west', () => Promise.reject(new Error('no port')))
  const good = groupThat('east', async () => void started.push('east'))
  await startGroups([broken, good], logger)
  assert.deepEqual(started, ['east'])
  assert.match(lines.join(''), /"group\.unusable".*no port.*west takes nothing in/)
}

describe('a node of a network', () => {
  const folder = testFolder()
  after(() => folder.remove())

  it('does not start without the program that orders statements there', async () => {
    const home = join(folder.path, 'home')
    await networkHome(home)
    const logStream = { write: () => undefined }
    const start = startNode({ home, port: 0, version: '0.1.0' }, { clock, logStream, onFailure })
    await assert.rejects(start, { code: 'NETWORK_ENGINE_MISSING' })
  })
})

describe('a group of a node', () => {
  const folder = testFolder()
  const home = join(folder.path, 'home')
  before(() => networkHome(home))
  after(() => folder.remove())
  const create = (name: string, more = {}) =>
    createGroup({ home, name, listen, ...more }, { clock, onFailure })

  it('is a network of that node, with the same member and operator', async () => {
    const made = await create('east')
    assert.deepEqual([made.operator, groupNames(home)], ['admin', ['east']])
    const own = groupHome(home, 'east')
    const ledger = openHomeLedger(own)
    try {
      assert.equal(ledger.id, made.start.ledger)
      assert.equal(ledger.genesis.name, 'east')
      const member = memberOf(homePaths(home).profile)
      assert.ok(member && equalBytes(ledger.genesis.member.key.raw, member.signer.key.raw))
      const node = readNode(ledger, 'oslo')
      assert.deepEqual([node?.operator, node?.city], ['admin', 'Oslo'])
      const [validator] = validatorsAt(ledger, made.start.initialHeight)
      assert.deepEqual(validator?.consensusKey, node?.consensusKey)
      const root = openHomeLedger(home)
      const rootNode = readNode(root, 'oslo')
      await root.close()
      for (const key of ['consensusKey', 'validatorKey', 'peer'] as const) {
        assert.notDeepEqual(rootNode?.[key], node?.[key], key)
      }
      const secrets = openHomeSecrets({ home }, { clock, onFailure })
      const { key } = openOperatorKey(homePaths(home).operatorKey, secrets.kek)
      await secrets.payloads.close()
      const known = readKey(ledger, toHex(thumbprint(key)))
      assert.equal(known?.owner, 'operator/admin')
    } finally {
      await ledger.close()
    }
  })

  it('needs a name that is free, a node of the alliance, and its member', async () => {
    await assert.rejects(create('taken'), { code: 'GROUP_EXISTS' })
    await assert.rejects(create('East'), { code: 'GROUP_NAME_INVALID' })
    const bob = { id: 'bob', signer: namedSigner('bob') }
    await assert.rejects(create('west', { member: bob }), { code: 'GROUP_NODE_UNKNOWN' })
    await assert.rejects(create('west', { listen: '127.0.0.1:8430' }), {
      code: 'GROUP_ADDRESS_TAKEN',
    })
    const nowhere = { home: join(folder.path, 'nowhere') }
    await assert.rejects(create('west', nowhere), { code: 'PROFILE_MISSING' })
    const solo = join(folder.path, 'solo')
    await createHome({ home: solo, name: 'Test', gateway: 'http://x' }, { clock, onFailure })
    await assert.rejects(create('west', { home: solo }), { code: 'NETWORK_NONE' })
    assert.deepEqual(groupNames(home), ['east'])
    const begin = (at: string) =>
      initNetwork({ home: at, listen, node: 'nowhere' }, { clock, onFailure })
    await assert.rejects(begin(home), { code: 'NETWORK_EXISTS', message: /already/ })
    await assert.rejects(begin(solo), { code: 'NODE_NOT_REGISTERED', message: /nowhere/ })
  })

  it('is opened beside others, and what is wrong with one is told', () => openAll(home))

  it('is started beside others, and what is wrong with one is told', startBoth)

  it('is joined only where the root ledger lists it, as that ledger', async () => {
    const token = (ledger: string) => `bsnjoin_${ledger}_${'0'.repeat(64)}`
    const at = { home, listen: `127.0.0.1:${await closedPort()}`, gateway: 'http://127.0.0.1:1' }
    const deps = { clock, fetch, onFailure }
    const join_ = (name: string, ledger: string) =>
      joinGroup({ ...at, name, token: token(ledger) }, deps)
    await assert.rejects(join_('nowhere', taken.ledger), { code: 'GROUP_UNKNOWN' })
    await assert.rejects(join_('taken', `bsn1${'b'.repeat(40)}`), { code: 'GROUP_FOREIGN' })
    await assert.rejects(join_('taken', 'nonsense'), { code: 'INVITATION_INVALID' })
    await assert.rejects(join_('taken', taken.ledger), { code: 'JOIN_FAILED' })
    assert.deepEqual(groupNames(home), ['east'])
  })
})
