import { type CborValue, type Signer, sha256, utf8 } from '@openbsn/sdk'
import { assert } from '../kernel/assert.ts'
import { keyOf, type LedgerWorld } from './ledger-world.ts'
import { namedSigner } from './named-signer.ts'
import { carried, Voters } from './voters.ts'

/** What happens in the busy ledger beside records: every kind of act. */

const node = namedSigner('node')
const shop = { iss: 'points/shop', signer: namedSigner('shop') }
const apiKey = (name: string): CborValue => [sha256(utf8(name)), '…abcd']

/** Services and credentials that stop and go on, and one whose key is replaced in time. */
export async function stopsAndMoves(world: LedgerWorld): Promise<void> {
  await world.done('service-freeze', { id: 'service-0', expect: 1 })
  await world.done('service-freeze', { id: 'service-1', expect: 1 })
  await world.done('service-unfreeze', { id: 'service-1', expect: 2 })
  await world.done('service-retire', { id: 'service-2', expect: 1 })
  await world.done('credential-freeze', { id: 'c2', expect: 1 })
  await world.done('credential-unfreeze', { id: 'c2', expect: 2 })
  const until = world.clock.now + 7 * 86_400
  const rotated = { id: 'c2', expect: 3, keys: [keyOf('c2 later')], until }
  await world.done('credential-rotate', rotated)
}

/**
 * A city node, and the service `points` of key-trust, from draft over review to running; in it the
 * participant `shop`, with the credential `till` that it made itself, whose writes are counted.
 */
export async function pointsService(world: LedgerWorld): Promise<void> {
  await world.done('operator-key-register', { key: keyOf('node') })
  const place = { city: 'Lisboa', country: 'PT', latitude: 38_736_946, longitude: -9_142_685 }
  const more = { gateway: 'https://lisboa.example', software: '0.1.0', frameworks: ['records'] }
  await world.done('node-register', { id: 'lisboa', ...place, ...more }, { signer: node })
  const software = '0.2.0'
  await world.done('node-update', { id: 'lisboa', expect: 1, software }, { signer: node })
  const group = { id: 'east', ledger: `bsn1${'0a'.repeat(20)}` }
  await world.done('group-register', group)
  await world.done('node-update', { id: 'lisboa', expect: 2, groups: ['east'] }, { signer: node })
  await world.done('group-retire', { id: 'east', expect: 1 })
  const roots = { issuer: 'lisboa', roots: [new Uint8Array(90).fill(7)] }
  await world.done('alliance-roots', { expect: 0, ...roots })
  await world.done('alliance-policy', { expect: 1, serviceReview: true })
  const [id, keyMode] = ['points', 'key-trust']
  const service = { id, framework: 'records', keyMode, draft: true, nodes: ['lisboa'] }
  await world.done('service-create', service)
  const roles: CborValue = [
    ['writer', ['put', 'get', 'events']],
    ['reader', ['get', 'list']],
  ]
  await world.done('service-update', { id, expect: 1, readers: 'credentials', roles })
  for (const [i, verb] of ['submit', 'reject', 'submit', 'approve'].entries()) {
    await world.done(`service-${verb}`, { id, expect: 2 + i })
  }
  await world.done('alliance-policy', { expect: 2, serviceReview: false })
  await takeParts(world)
  await chainBlocks(world)
  await fabricChannel(world)
  await world.done('node-retire', { id: 'lisboa', expect: 3 }, { signer: node })
}

/** A service with a chain on that node, which signs for a credential; two ranges of its blocks. */
async function chainBlocks(world: LedgerWorld): Promise<void> {
  const service = 'coin'
  await world.done('service-create', { id: service, framework: 'evm', nodes: ['lisboa'] })
  const [hash, root] = [sha256(utf8('block')), sha256(utf8('transactions'))]
  const range = { service, chain: 1_234_567_890, hash, root, count: 3 }
  const first = { ...range, generation: 0, first: 1, last: 3, expect: 0 }
  await world.done('blocks-register', first, { signer: node })
  await frozenAccounts(world, service)
  const second = { ...range, generation: 1, first: 3, last: 9, expect: 1 }
  await world.done('blocks-register', second, { signer: node })
  const counter = { id: 'counter', service, label: 'counter', keys: [keyOf('counter')] }
  await world.done('credential-create', counter)
  const address = new Uint8Array(20).fill(0xc1)
  const sender = { credential: 'counter', node: 'lisboa', address, expect: 0 }
  await world.done('sender-register', sender, { signer: node })
}

/** A channel on that node with a contract that was replaced. */
async function fabricChannel(world: LedgerWorld): Promise<void> {
  const [service, name] = ['trade', 'assets']
  const root = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  const places = { peer: '127.0.0.1:7051', orderer: '127.0.0.1:7050', ordererCertificate: root }
  await world.done('service-create', { id: service, framework: 'fabric', nodes: ['lisboa'] })
  const organisation = { node: 'lisboa', root, ...places }
  await world.done('organisation-register', { ...organisation, expect: 0 }, { signer: node })
  const bft = { bftOrderer: '127.0.0.1:7060', bftCertificate: root, bftIdentity: root }
  const moved = { ...organisation, ...bft, peer: 'peer.example:7051', expect: 1 }
  await world.done('organisation-register', moved, { signer: node })
  const channel = { service, nodes: ['lisboa'], block: utf8('block') }
  await world.done('channel-open', channel, { signer: node })
  await channelChanges(world, service)
  const contract = { service, name, package: 'preset:key-value' }
  await world.done('contract-define', { ...contract, sequence: 1 })
  const built = { ...contract, package: 'ab'.repeat(32), policy: "OR('lisboa.peer')" }
  await world.done('contract-define', { ...built, sequence: 2 })
}

/** The channel gets another certificate of its orderer, and begins to get one more. */
async function channelChanges(world: LedgerWorld, service: string): Promise<void> {
  const change = { service, nodes: ['lisboa'], update: utf8('update') }
  const signed = { service, node: 'lisboa', signature: utf8('signature') }
  await world.done('channel-change', { ...change, number: 1 }, { signer: node })
  await world.done('channel-sign', { ...signed, number: 1 }, { signer: node })
  await world.done('channel-changed', { service, number: 1 }, { signer: node })
  await world.done('channel-change', { ...change, number: 2 }, { signer: node })
  await world.done('channel-sign', { ...signed, number: 2 }, { signer: node })
}

/** An account that was frozen and goes on, and a contract that is frozen. */
async function frozenAccounts(world: LedgerWorld, service: string): Promise<void> {
  const [account, contract] = [new Uint8Array(20).fill(0xac), new Uint8Array(20).fill(0xc0)]
  await world.done('account-freeze', { service, address: account, expect: 0, reason: 'Case 17' })
  await world.done('account-unfreeze', { service, address: account, expect: 1 })
  await world.done('account-freeze', { service, address: contract, expect: 0 })
}

async function takeParts(world: LedgerWorld): Promise<void> {
  const service = 'points'
  for (const id of ['shop', 'guest']) {
    const own = { iss: `points/${id}`, signer: namedSigner(id) }
    await world.done('participant-invite', { service, id, role: 'writer', key: keyOf(id) })
    await world.done('participant-join', { service, id, expect: 1 }, own)
  }
  const guest = { iss: 'points/guest', signer: namedSigner('guest') }
  await world.done('participant-leave', { service, id: 'guest', expect: 2 }, guest)
  await world.done('participant-remove', { service, id: 'guest', expect: 3 })
  await world.done('participant-apply', { service, role: 'reader' })
  await world.done('participant-reject', { service, id: 'admin', expect: 1 })
  await world.done('participant-approve', { service, id: 'admin', expect: 2 })
  await world.done('credential-create', tillOf(service), shop)
  const until = world.clock.now + 3600
  const apiKeys = [apiKey('till later')]
  await world.done('credential-rotate', { id: 'till', expect: 1, keys: [], apiKeys, until }, shop)
  await world.done('credential-freeze', { id: 'till', expect: 2 })
  await world.done('credential-unfreeze', { id: 'till', expect: 3 })
}

function tillOf(service: string): Record<string, CborValue> {
  const keys = { keys: [keyOf('till')], apiKeys: [apiKey('till')] }
  const bounds = { operators: ['admin'], perSecond: 100, writesPerDay: 20 }
  return { id: 'till', service, label: 'till', participant: 'shop', ...keys, ...bounds }
}

/** Records of `till` in one block: by its own key, and by the city node in its name. */
export async function tillRecords(world: LedgerWorld, count: number): Promise<void> {
  const byNode = { iss: 'admin', credential: 'till', signer: node }
  const statements = Array.from({ length: count }, (_, i) => {
    const cti = utf8(`till ${world.ledger.head.height} ${i}`)
    const who = i % 2 === 0 ? { iss: 'till' } : byNode
    return world.record(`${i}`, { sub: 'points', cti, ...who })
  })
  await world.recorded(await Promise.all(statements))
}

/** The alliance decides: alone at first, then two together. `signer` has the key of `admin`. */
export async function allianceVotes(world: LedgerWorld, signer: Signer): Promise<void> {
  const how = { signer }
  const voters = new Voters(world, { admin: signer })
  await world.done('alliance-rules', { expect: 3, locks: [['members', 0]] }, how)
  await world.done('alliance-stop', {}, how)
  await world.done('alliance-resume', {}, how)
  await world.done('alliance-software', { software: '0.2.0', from: 1_000_000 }, how)
  const bob = { id: 'bob', name: 'Bob', power: 2, key: keyOf('bob') }
  await world.done('alliance-admit', bob, how)
  const freeze = carried('service-freeze', { id: 'service-4' }, 'bsn:services')
  await voters.decide('freeze', [freeze], ['admin', 'bob'])
  const what = { service: 'coin', address: new Uint8Array(20).fill(0xc0) }
  const stop = carried('account-freeze', { ...what, reason: 'Case 18' }, 'bsn:accounts')
  await voters.decide('stop', [stop], ['admin', 'bob'])
  const goOn = carried('account-unfreeze', what, 'bsn:accounts')
  await voters.decide('go-on', [goOn], ['bob', 'admin'])
  const power = carried('alliance-power', { id: 'bob', expect: 1, power: 3 })
  await voters.propose('late', [power])
  await voters.decide('power', [power], ['bob', 'admin'])
  for (const member of ['admin', 'bob']) await voters.vote('late', member)
  assert((await voters.close('late')) === 'appended', 'a proposal that cannot run is closed')
}
