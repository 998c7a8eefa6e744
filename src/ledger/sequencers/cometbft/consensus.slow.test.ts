import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { encodeCoseKey, toHex, validator, verifyKeyBundle, verifyReceipts } from '@openbsn/sdk'
import { RequestInitChain } from 'cosmjs-types/tendermint/abci/types'
import { ConsensusWorld } from '../../../testing/consensus-world.ts'
import { resultOf } from '../../../testing/ledger-world.ts'
import { namedSigner } from '../../../testing/named-signer.ts'
import { namedValidator } from '../../../testing/net-statements.ts'
import { checkpointOf, signBlock } from '../../checkpoint.ts'
import { decodeTransaction, encodeSignatures } from './bundle.ts'

/** The signature set that the next block must bring. */
async function setOf(world: ConsensusWorld) {
  const [first] = await world.node.proposes([], world.votes)
  const decoded = first && decodeTransaction(first)
  assert.ok(decoded?.kind === 'signatures')
  return decoded
}

describe('a block of the network', () => {
  let world: ConsensusWorld
  before(async () => {
    world = await (await ConsensusWorld.create()).settle()
  })
  after(() => world.remove())

  it('gives every node the same hash, and receipts by who voted', async () => {
    const statement = await world.say.record('a')
    const bundle = world.bundle([statement])
    const voters = world.nodes.slice(0, 3)
    await world.block([bundle], { voters })
    const hashes = world.nodes.map(({ ledger }) => toHex(ledger.head.appHash))
    assert.equal(new Set(hashes).size, 1)
    assert.equal(world.node.ledger.head.signatures.length, 3)
    const { ledger, outcomes } = world.node
    const [outcome] = [...outcomes.values()].at(-1) ?? []
    assert.ok(outcome?.outcome === 'appended')
    const keys = verifyKeyBundle(ledger.keyBundle(), ledger.id)
    const { signers } = verifyReceipts(statement, ledger.receipts(outcome.index), keys)
    assert.equal(signers.length, 3)
    await world.block([])
  })

  it('needs the signatures of the block before, of more than two thirds of the power', async () => {
    const good = await setOf(world)
    const { height, set } = good
    assert.equal(set.length, 4)
    const [own] = set
    assert.ok(own)
    const flipped = { ...own, signature: own.signature.map((byte, i) => (i === 5 ? ~byte : byte)) }
    const bad: Record<string, Uint8Array[]> = {
      'no set': [],
      'a bundle instead': [world.bundle([await world.say.record('x')])],
      'an empty set': [encodeSignatures(height, [])],
      'half of the power': [encodeSignatures(height, set.slice(0, 2))],
      'one that does not hold': [encodeSignatures(height, [flipped, ...set.slice(1)])],
      'one twice': [encodeSignatures(height, [own, ...set])],
      'a stranger': [encodeSignatures(height, [...set, { ...own, kid: new Uint8Array(32) }])],
      'another algorithm': [encodeSignatures(height, [{ ...own, algorithm: -7 }, ...set.slice(1)])],
      'of another height': [encodeSignatures(height - 1, set)],
      'not in front': [world.bundle([await world.say.record('y')]), encodeSignatures(height, set)],
      twice: [encodeSignatures(height, set), encodeSignatures(height, set)],
    }
    for (const [what, txs] of Object.entries(bad)) {
      assert.equal(await world.node.votesFor(world.blockOf(txs)), false, what)
    }
    for (const some of [set, set.slice(1), [...set.slice(2), own]]) {
      const block = world.blockOf([encodeSignatures(height, some)])
      assert.equal(await world.node.votesFor(block), true)
    }
  })

  it('is voted down for bad transactions, signatures, height or time', async () => {
    const { height, set } = await setOf(world)
    const first = encodeSignatures(height, set)
    const forged = Uint8Array.from(await world.say.record('forged'))
    forged.set([(forged.at(-1) ?? 0) ^ 1], forged.length - 1)
    for (const tx of [world.bundle([forged]), new Uint8Array(5)]) {
      assert.equal(await world.node.votesFor(world.blockOf([first, tx])), false)
    }
    const block = world.blockOf([first])
    assert.equal(await world.node.votesFor({ ...block, height: block.height + 1n }), false)
    const before = world.node.ledger.head.time
    world.time -= 1000
    await world.block([])
    assert.equal(world.node.ledger.head.time, before)
    world.time += 1000
  })
})

describe('the statements of a block', () => {
  let world: ConsensusWorld
  before(async () => {
    world = await (await ConsensusWorld.create()).settle()
  })
  after(() => world.remove())

  it('carries what state refuses, which says so in its outcome', async () => {
    const statements = [
      await world.say.record('fine'),
      await world.say.record('other service', { sub: 'trains' }),
      await world.say.record('no such key', { signer: namedSigner('nobody') }),
      await world.say.record('fine'),
    ]
    const bundle = world.bundle(statements)
    await world.block([bundle])
    const outcomes = [...world.node.outcomes.values()].at(-1)
    assert.deepEqual(outcomes?.map(resultOf), [
      ...['appended', 'SERVICE_UNKNOWN', 'KEY_UNKNOWN', 'duplicate'],
    ])
    for (const node of world.nodes) assert.deepEqual([...node.outcomes.values()].at(-1), outcomes)
  })

  it('refuses what a key signed that the same block registers; the next one takes it', async () => {
    const payload = { id: 'c2', service: 'flights', label: 'c2', keys: [keyOf('c2')] }
    const create = await world.say.act('credential-create', 'bsn:credentials', payload)
    const early = await world.say.record('early', { iss: 'c2', signer: namedSigner('c2') })
    await world.block([world.bundle([create, early])])
    assert.deepEqual([...world.node.outcomes.values()].at(-1)?.map(resultOf), [
      ...['appended', 'KEY_UNKNOWN'],
    ])
    await world.block([world.bundle([early])])
    assert.deepEqual([...world.node.outcomes.values()].at(-1)?.map(resultOf), ['appended'])
  })

  it('has as many bundles as there is room for, in their order', async () => {
    const bundles = await Promise.all(
      [1, 2, 3].map(async (i) => world.bundle([await world.say.record(`room ${i}`)])),
    )
    const [set = new Uint8Array()] = await world.node.proposes([], world.votes)
    const room = set.length + (bundles[0]?.length ?? 0) * 2 + 24
    const proposed = await world.node.proposes([new Uint8Array(3), ...bundles], world.votes, room)
    assert.deepEqual(proposed, [set, ...bundles.slice(0, 2)])
  })
})

const keyOf = (name: string) => encodeCoseKey(namedSigner(name).key)

describe('votes and their extensions', () => {
  let world: ConsensusWorld
  before(async () => {
    world = await (await ConsensusWorld.create()).settle()
  })
  after(() => world.remove())

  const next = async () =>
    world.blockOf(
      await world.node.proposes([world.bundle([await world.say.record('n')])], world.votes),
    )

  it('are made without a proposal before them, and for several rounds', async () => {
    const [lost, block] = [await next(), await next()]
    for (const node of world.nodes.slice(0, 2)) assert.ok((await node.extension(lost)).length > 0)
    for (const node of world.nodes) await node.votesFor(lost)
    await world.decide(block)
    assert.equal(world.node.ledger.head.signatures.length, 4)
    assert.equal(new Set(world.nodes.map(({ ledger }) => String(ledger.head.appHash))).size, 1)
    await world.block([])
  })

  it('are empty for a block that nobody may vote for', async () => {
    const extension = await world.node.extension(world.blockOf([new Uint8Array(2)]))
    assert.equal(extension.length, 0)
  })

  it('are refused where they are forged, of another height, ledger, or key', async () => {
    const block = await next()
    const [own, other] = [world.at(1), world.at(2)]
    const extension = await own.extension(block)
    const taken = (bytes: Uint8Array, node = own) =>
      world.node.takes(block, { node, extension: bytes })
    const forged = Uint8Array.from(extension)
    forged.set([(forged.at(-1) ?? 0) ^ 1], forged.length - 1)
    const { head, id } = other.ledger
    const old = await signBlock(id, head, namedSigner('v1'))
    const next1 = { ...head, height: head.height + 1 }
    const foreign = await signBlock('bsn1other', next1, namedSigner('v1'))
    const wrong = [
      ...[forged, new Uint8Array(), Buffer.alloc(100, 1), extension.subarray(0, 50)],
      checkpointOf(id, head, old),
      checkpointOf('bsn1other', next1, foreign),
      await other.extension(block),
    ]
    for (const bytes of wrong) assert.equal(taken(bytes), false)
    assert.equal(taken(extension, other), false)
    assert.equal(taken(extension), true)
  })

  it('with other roots are refused by who knows the block, and never count', async () => {
    const [block, voters] = [await next(), world.nodes.slice(0, 3)]
    const { head, id } = world.node.ledger
    const fake = { ...head, height: head.height + 1, stateRoot: new Uint8Array(32) }
    const lie = checkpointOf(id, fake, await signBlock(id, fake, namedSigner('v3')))
    const vote = { node: world.at(3), extension: lie }
    // Before it has executed the block a node cannot know.
    assert.equal(world.node.takes(block, vote), true)
    assert.equal(await world.node.votesFor(block), true)
    assert.equal(world.node.takes(block, vote), false)
    await world.decide(block, { voters })
    const kids = world.node.ledger.head.signatures.map(({ kid }) => toHex(kid))
    assert.equal(kids.length, 3)
    assert.ok(!kids.includes(toHex(namedValidator('v3').kid)))
    // The lie among the votes is left out; what this node saw besides makes up for it.
    world.votes = [...world.votes.slice(0, 2), vote]
    assert.equal((await setOf(world)).set.length, 3)
    await world.block([])
  })

  it('that come late are taken: nothing depends on them any more', async () => {
    const { height } = world.node.ledger.head
    const { hash } = world.blockOf([])
    const [, vote] = world.votes
    assert.ok(vote)
    assert.equal(world.node.takes({ hash, height: BigInt(height) }, vote), true)
  })
})

describe('a node of the network', () => {
  it('votes for no set of exactly two thirds, and keeps none', async () => {
    const small = await (await ConsensusWorld.create({ names: ['v0', 'v1', 'v2'] })).settle()
    const { height, set } = await setOf(small)
    const votes = (some: typeof set) =>
      small.node.votesFor(small.blockOf([encodeSignatures(height, some)]))
    assert.equal(await votes(set.slice(0, 2)), false)
    assert.equal(await votes(set), true)
    const voters = small.nodes.slice(0, 2)
    const [lacking] = await small.node.proposes([], small.votes.slice(0, 2))
    assert.equal(decodeTransaction(lacking ?? new Uint8Array())?.kind, 'signatures')
    await small.block([], { voters })
    assert.equal(small.node.ledger.head.signatures.length, 0)
    await small.remove()
  })

  it('takes a block that it never saw, and its signatures with the next', async () => {
    const names = [...ConsensusWorld.names, 'follower']
    const world = await (await ConsensusWorld.create({ names })).settle()
    const follower = world.at(4)
    await world.block([world.bundle([await world.say.record('unseen')])], { deaf: [follower] })
    const { height } = world
    assert.equal(String(follower.ledger.head.appHash), String(world.node.ledger.head.appHash))
    assert.equal(follower.ledger.head.signatures.length, 0)
    await world.block([], { deaf: [follower] })
    assert.deepEqual(follower.ledger.block(height), world.node.ledger.block(height))
    assert.equal(follower.ledger.block(height)?.signatures.length, 4)
    const block = world.blockOf(await world.node.proposes([], world.votes))
    assert.equal((await follower.extension(block)).length, 0)
    await world.remove()
  })

  it('stops where a block is decided that it cannot agree with', async () => {
    const world = await (await ConsensusWorld.create({ names: ['v0', 'v1'] })).settle()
    const bad = world.blockOf([new Uint8Array(4)])
    await assert.rejects(world.node.decide(bad), { code: 'LEDGER_FORKED' })
    await assert.rejects(async () => world.node.consensus.handlers.commit({}), {
      code: 'ENGINE_PROTOCOL',
    })
    await world.remove()
  })

  it('tells of each double signing once', async () => {
    const world = await (await ConsensusWorld.create({ names: ['v0', 'v1'] })).settle()
    const { address } = world.at(1)
    for (const height of [2n, 2n, 1n]) {
      await world.block([], { misbehavior: [{ address, height }] })
    }
    const seen = { address: toHex(address) }
    assert.deepEqual(world.node.misbehaved, [
      ...[
        { ...seen, height: 2 },
        { ...seen, height: 1 },
      ],
    ])
    await world.remove()
  })
})

describe('a change of validators in a network', () => {
  it('is told with its block, holds two blocks later, and the signatures follow it', async () => {
    const names = ['v0', 'v1', 'v2', 'v3', 'v4']
    const validators = names.slice(0, 4).map((name) => namedValidator(name))
    const world = await (await ConsensusWorld.create({ names, validators })).settle()
    const update = async (expect: number, set: readonly string[]) => {
      const list = set.map((name) => namedValidator(name, name === 'v1' ? 20 : 10))
      const act = await world.say.validators(expect, list)
      await world.block([world.bundle([act])])
      return world.powerChanges.map(({ consensusKey, power }) => [toHex(consensusKey), power])
    }
    const keyed = (name: string, power: number) => [
      toHex(namedValidator(name).consensusKey ?? new Uint8Array()),
      power,
    ]
    const changes = await update(1, ['v0', 'v1', 'v2', 'v4'])
    const wanted = [keyed('v1', 20), keyed('v3', 0), keyed('v4', 10)].sort()
    assert.deepEqual(changes, wanted)
    await world.block([])
    assert.deepEqual(world.powerChanges, [])
    const now = [0, 1, 2, 4].map((place) => world.at(place))
    await world.block([], { voters: now })
    assert.equal(world.node.ledger.head.signatures.length, 4)
    // v0, v2 and v4 have 30 of 50, which is not more than two thirds.
    await world.block([], { voters: now.filter((_, i) => i !== 1) })
    assert.equal(world.node.ledger.head.signatures.length, 0)
    await world.remove()
  })

  it('that takes away the vote of all is refused: the network would end', async () => {
    const world = await (await ConsensusWorld.create({ names: ['v0'] })).settle()
    const bare = validator(namedSigner('v9').key, 10)
    const act = await world.say.validators(1, [bare])
    await world.block([world.bundle([act])])
    assert.equal(resultOf([...world.node.outcomes.values()].at(-1)?.[0]), 'ACT_INVALID')
    await world.remove()
  })
})

describe('the beginning of a chain', () => {
  const begin = (world: ConsensusWorld, chainId: string, initialHeight: number) => {
    const request = { chainId, initialHeight: BigInt(initialHeight) }
    const { initChain } = world.node.consensus.handlers
    return initChain(RequestInitChain.fromPartial(request))
  }

  it('is where the ledger stands, and for this ledger alone', async () => {
    const world = await ConsensusWorld.create({ names: ['v0'] })
    const { id, head } = world.node.ledger
    const info = () => world.node.consensus.handlers.info({} as never)
    assert.deepEqual(begin(world, id, 1), { appHash: head.appHash })
    const other = { code: 'ENGINE_OTHER_CHAIN' }
    assert.throws(() => begin(world, id, 2), other)
    assert.throws(() => begin(world, 'bsn1other', 1), other)
    const { lastBlockHeight, lastBlockAppHash } = info() as Record<string, unknown>
    assert.deepEqual([lastBlockHeight, lastBlockAppHash], [0n, new Uint8Array()])
    assert.equal(world.node.handshakes, 1)
    await world.block([])
    const { lastBlockHeight: now } = info() as Record<string, unknown>
    assert.equal(now, 1n)
    await world.remove()
  })

  it('holds no statement: its time is that of genesis', async () => {
    const world = await ConsensusWorld.create({ names: ['v0'] })
    const service = { id: 'flights', framework: 'records' }
    const act = await world.say.act('service-create', 'bsn:services', service)
    assert.deepEqual(await world.node.proposes([world.bundle([act])], []), [])
    await world.remove()
  })

  it('needs validators with consensus keys', async () => {
    const validators = [validator(namedSigner('v0').key, 1)]
    const world = await ConsensusWorld.create({ names: ['v0'], validators })
    const missing = { code: 'VALIDATOR_KEY_MISSING' }
    assert.throws(() => begin(world, world.node.ledger.id, 1), missing)
    await assert.rejects(world.node.votesFor(world.blockOf([])), missing)
    await world.remove()
  })

  it('needs validators that do not change with the second block', async () => {
    const world = await (await ConsensusWorld.create({ names: ['v0'] })).settle()
    const act = await world.say.validators(1, [namedValidator('v0', 20)])
    await world.block([world.bundle([act])])
    const { id } = world.node.ledger
    const changing = { code: 'VALIDATORS_CHANGING' }
    assert.throws(() => begin(world, id, world.height + 1), changing)
    await world.block([])
    assert.ok(begin(world, id, world.height + 1))
    await world.remove()
  })
})
