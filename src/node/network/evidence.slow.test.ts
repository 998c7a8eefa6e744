import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { encodeCoseKey, encodeValidators, toHex } from '@openbsn/sdk'
import type { FastifyInstance } from 'fastify'
import type { ServedLedger } from '../../gateway/served-ledger.ts'
import { validatorsAt } from '../../ledger/modules/validators.ts'
import { addressOf } from '../../ledger/sequencers/cometbft/consensus.ts'
import { testCli } from '../../testing/cli.ts'
import { ConsensusWorld } from '../../testing/consensus-world.ts'
import { testFolder } from '../../testing/folder.ts'
import { testGateway, testGatewayDeps } from '../../testing/gateway.ts'
import { subOf } from '../../testing/ledger-world.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { consensusKeyOf, namedValidator } from '../../testing/net-statements.ts'
import { carried, Voters, type VotersWorld } from '../../testing/voters.ts'
import { openEquivocations } from './equivocations.ts'
import { tellMisbehavior } from './evidence.ts'

/** Every statement is a block of the network of its own. */
function votersWorld(world: ConsensusWorld): VotersWorld {
  return {
    clock: {
      get now() {
        return world.time
      },
      set now(seconds) {
        world.time = seconds
      },
    },
    get ledger() {
      return world.node.ledger
    },
    act: (type, payload, how) => world.say.act(type, subOf(type), payload, how),
    submitOne: async (statement) => {
      await world.block([world.bundle([statement])])
      return [...world.node.outcomes.values()].at(-1)?.[0] ?? assert.fail('it is decided')
    },
  }
}

/** The node of the validator `v3`, as its operator registers it. */
const lima = {
  ...{ id: 'lima', city: 'Lima', country: 'PE', latitude: -12_046_373, longitude: -77_042_754 },
  ...{ gateway: 'https://lima.example', software: 'openbsn 0.1.0', frameworks: ['records'] },
  validatorKey: encodeCoseKey(namedSigner('v3').key),
  consensusKey: consensusKeyOf('v3'),
}

/** A gateway over the first node's ledger, which hears of evidence as a node does. */
async function gatewayOf(world: ConsensusWorld, file: string) {
  const parts = testGatewayDeps()
  const { deps } = parts
  const equivocations = openEquivocations(file, deps.clock)
  world.node.onMisbehavior = (seen) => tellMisbehavior(seen, { ...deps, equivocations })
  const { ledger } = world.node
  const network: ServedLedger['network'] = {
    status: async () => ({ id: 'n', height: 1, catchingUp: false, peers: [] }),
    noQuorumSince: () => undefined,
    unknownOutcomes: () => 0,
    equivocationOf: (consensusKey) => equivocations.of(addressOf({ consensusKey })),
  }
  const ledgers = deps.ledgers.map((one) => ({ ...one, ledger, network }))
  const { app } = await testGateway({}, { ...parts, deps: { ...deps, ledgers } })
  return { app, lines: parts.lines }
}

describe('a validator that signed two blocks of one height', () => {
  const folder = testFolder()
  let world: ConsensusWorld
  let app: FastifyInstance
  let lines: string[] = []
  let url = ''
  before(async () => {
    world = await (await ConsensusWorld.create()).settle()
    const act = await world.say.act('node-register', 'bsn:alliance', lima)
    await world.block([world.bundle([act])])
    ;({ app, lines } = await gatewayOf(world, folder.file('equivocations.json')))
    url = await app.listen({ host: '127.0.0.1', port: 0 })
  })
  after(async () => {
    await app.close()
    await world.remove()
    folder.remove()
  })
  const list = () => testCli(['node', 'list', '--gateway', url, '--ledger', world.node.ledger.id])
  const metrics = async () => (await app.inject('/metrics')).payload
  const equivocation = async () => {
    const { ledger } = world.node
    const answer = await app.inject(`/api/v1/ledgers/${ledger.id}/nodes/lima`)
    return answer.json().equivocation
  }

  it('is not named while nothing is proved', async () => {
    assert.equal(await equivocation(), undefined)
    assert.doesNotMatch((await list()).stdout, /signed twice/)
    assert.match(await metrics(), /^bsn_byzantine_evidence_total 0$/m)
  })

  it('is shown by node data, metric, event and list, from the proof on', async () => {
    const { address } = world.at(3)
    const height = BigInt(world.height)
    // A block brings the proof again where its proposer had not heard of the first.
    for (let time = 1; time <= 2; time++) {
      await world.block([], { misbehavior: [{ address, height }] })
    }
    const said = { first: Number(height), last: Number(height), times: 1, seen: 1_700_000_500 }
    assert.deepEqual(await equivocation(), said)
    assert.match(await metrics(), /^bsn_byzantine_evidence_total 1$/m)
    const events = lines.filter((line) => line.includes('"event":"validator.equivocated"'))
    assert.equal(events.length, 1)
    const text = `validator ${toHex(address)} signed two blocks of height ${height}: vote it out`
    assert.equal(JSON.parse(events[0] ?? '').msg, text)
    const { code, stdout } = await list()
    assert.equal(code, 0)
    assert.match(stdout, /^lima\tadmin\tLima\t.*\tactive, signed twice\t/m)
  })

  it('keeps its vote until the members decide otherwise, and has none after that', async () => {
    const kid = toHex(namedValidator('v3').kid)
    const { ledger } = world.node
    const signs = (height: number) => validatorsAt(ledger, height).map((one) => toHex(one.kid))
    assert.ok(signs(world.height).includes(kid), 'a proof alone takes nothing away')
    const voters = new Voters(votersWorld(world))
    await voters.admit('bob')
    const honest = ['v0', 'v1', 'v2'].map((name) => namedValidator(name))
    const payload = { expect: 1, validators: encodeValidators(honest) }
    const alone = await votersWorld(world).act('validators-update', payload)
    assert.equal((await votersWorld(world).submitOne(alone)).outcome, 'refused')
    const out = carried('validators-update', payload, 'bsn:validators')
    await voters.decide('out', [out], ['admin', 'bob'])
    // CometBFT is told with the block, and counts without it from the second after that.
    const told = world.powerChanges.map((one) => [toHex(one.consensusKey), one.power])
    assert.deepEqual(told, [[toHex(consensusKeyOf('v3')), 0]])
    const from = world.height + 2
    for (const _ of [1, 2]) await world.block([], { voters: world.nodes.slice(0, 3) })
    assert.ok(!signs(from).includes(kid))
    assert.equal(ledger.head.height, from)
    assert.equal(ledger.head.signatures.length, 3)
    assert.match((await list()).stdout, /signed twice/)
  })
})
