import { type Genesis, sha256, toHex, utf8, type Validator } from '@openbsn/sdk'
import {
  RequestExtendVote,
  RequestFinalizeBlock,
  RequestPrepareProposal,
  RequestProcessProposal,
  RequestVerifyVoteExtension,
} from 'cosmjs-types/tendermint/abci/types'
import { assert } from '../kernel/assert.ts'
import type { SubmitOutcome } from '../ledger/ledger.ts'
import { createLedger, type OpenLedger, openLedger } from '../ledger/open-ledger.ts'
import type { PowerChange } from '../ledger/sequencers/cometbft/abci-types.ts'
import { encodeBundle } from '../ledger/sequencers/cometbft/bundle.ts'
import { BundleCheck } from '../ledger/sequencers/cometbft/bundle-check.ts'
import { addressOf, Consensus, type Misbehavior } from '../ledger/sequencers/cometbft/consensus.ts'
import { noSequencer } from '../ledger/sequencers/sequencer.ts'
import { modules } from '../node/modules.ts'
import { credentialPolicy } from '../services/credential-module.ts'
import { testFolder } from './folder.ts'
import { namedSigner } from './named-signer.ts'
import { consensusKeyOf, NetStatements, namedValidator } from './net-statements.ts'

/** A block as CometBFT proposes and decides it; the hash stands for all of it. */
export type TestBlock = {
  readonly hash: Uint8Array
  readonly height: bigint
  readonly time: { readonly seconds: bigint; readonly nanos: number }
  readonly txs: readonly Uint8Array[]
}

/** One vote of the block before, as the next proposer gets it. */
export type TestVote = { readonly node: ConsensusNode; readonly extension: Uint8Array }

/** A real ledger with the handlers that CometBFT calls. */
export class ConsensusNode {
  readonly ledger: OpenLedger
  readonly bundles: BundleCheck
  readonly consensus: Consensus
  readonly misbehaved: Misbehavior[] = []
  /** Told of each beside that. */
  onMisbehavior: (seen: Misbehavior) => void = () => undefined
  readonly outcomes = new Map<string, readonly SubmitOutcome[]>()
  readonly address: Uint8Array
  handshakes = 0

  constructor(folder: string, name: string, initialHeight: number) {
    const signer = name === 'follower' ? undefined : namedSigner(name)
    this.ledger = openLedger(
      { folder, workers: 1, memtableEntries: 2 ** 12 },
      {
        clock: { nowSeconds: () => 0 },
        signer,
        modules,
        recordPolicy: credentialPolicy,
        onFailure: (error) => assert(false, error.message),
        openSequencer: () => noSequencer,
      },
    )
    this.address = Buffer.from(addressOf({ consensusKey: consensusKeyOf(name) }), 'hex')
    const { id, application, store } = this.ledger
    this.bundles = new BundleCheck(application)
    this.consensus = new Consensus(
      { ledger: id, initialHeight, version: 'test' },
      {
        ...{ application, state: store, signer, bundles: this.bundles },
        onDecided: (outcomes) => {
          for (const [key, list] of outcomes) this.outcomes.set(key, list)
        },
        onHandshake: () => this.handshakes++,
        onMisbehavior: (seen) => {
          this.misbehaved.push(seen)
          this.onMisbehavior(seen)
        },
        mayConnect: (id) => id === 'known',
      },
    )
  }

  /** What CometBFT is told of the proposal: true where it votes for it. */
  async votesFor(block: TestBlock): Promise<boolean> {
    const request = RequestProcessProposal.fromPartial({ ...block, txs: [...block.txs] })
    const answer = await this.consensus.handlers.processProposal(request)
    return (answer as { status: number }).status === 1
  }

  async extension(block: TestBlock): Promise<Uint8Array> {
    const request = RequestExtendVote.fromPartial({ ...block, txs: [...block.txs] })
    const answer = await this.consensus.handlers.extendVote(request)
    return (answer as { voteExtension: Uint8Array }).voteExtension
  }

  /** Whether another node's extension is taken. */
  takes(block: Pick<TestBlock, 'hash' | 'height'>, { node, extension }: TestVote): boolean {
    const { hash, height } = block
    const vote = { hash, height, validatorAddress: node.address, voteExtension: extension }
    const request = RequestVerifyVoteExtension.fromPartial(vote)
    const answer = this.consensus.handlers.verifyVoteExtension(request)
    return (answer as { status: number }).status === 1
  }

  async decide(
    block: TestBlock,
    misbehavior: readonly { readonly address: Uint8Array; readonly height: bigint }[] = [],
  ): Promise<readonly PowerChange[]> {
    const { handlers } = this.consensus
    const seen = misbehavior.map(({ address, height }) => ({
      ...{ type: 1, height },
      validator: { address, power: 10n },
    }))
    const request = { ...block, txs: [...block.txs], misbehavior: seen }
    const answer = await handlers.finalizeBlock(RequestFinalizeBlock.fromPartial(request))
    await handlers.commit({})
    return (answer as { powerChanges: readonly PowerChange[] }).powerChanges
  }

  async proposes(
    txs: readonly Uint8Array[],
    votes: readonly TestVote[],
    maxTxBytes = 4 * 1024 * 1024,
  ): Promise<Uint8Array[]> {
    const request = RequestPrepareProposal.fromPartial({
      height: BigInt(this.ledger.head.height + 1),
      maxTxBytes: BigInt(maxTxBytes),
      txs: [...txs],
      localLastCommit: {
        votes: votes.map(({ node, extension }) => ({
          validator: { address: node.address, power: 10n },
          voteExtension: extension,
          blockIdFlag: 2,
        })),
      },
    })
    const answer = await this.consensus.handlers.prepareProposal(request)
    return (answer as { txs: Uint8Array[] }).txs
  }
}

export type ConsensusWorldOptions = {
  readonly validators?: readonly Validator[]
  /** Names of the nodes: signers' names, or `follower`. */
  readonly names?: readonly string[]
}

type BlockInput = {
  readonly proposer?: ConsensusNode
  /** Who votes: all where it is not said. */
  readonly voters?: readonly ConsensusNode[]
  /** Who hears of the block only when it is decided, as in block sync. */
  readonly deaf?: readonly ConsensusNode[]
  readonly misbehavior?: Parameters<ConsensusNode['decide']>[1]
}

/**
 * Nodes of one ledger whose consensus is played here, step by step, as CometBFT does it: so a test
 * says who proposes what, who votes, and what nobody sends.
 */
export class ConsensusWorld {
  readonly folder = testFolder()
  readonly nodes: ConsensusNode[] = []
  readonly genesis: Genesis
  time = 1_800_000_000
  votes: readonly TestVote[] = []
  powerChanges: readonly PowerChange[] = []
  #say: NetStatements | undefined
  #numbers = 0

  private constructor(validators: readonly Validator[]) {
    this.genesis = {
      name: 'Net',
      time: this.time,
      nonce: new Uint8Array(16),
      member: { id: 'admin', key: namedSigner('member').key },
      validators,
    }
  }

  static readonly names = ['v0', 'v1', 'v2', 'v3'] as const

  static async create(options: ConsensusWorldOptions = {}): Promise<ConsensusWorld> {
    const { names = ConsensusWorld.names } = options
    const world = new ConsensusWorld(
      options.validators ??
        names.filter((one) => one !== 'follower').map((one) => namedValidator(one)),
    )
    for (const [i, name] of names.entries()) {
      const folder = `${world.folder.path}/n${i}`
      const onFailure = (error: Error) => assert(false, error.message)
      await createLedger(folder, world.genesis, { modules, onFailure })
      world.nodes.push(new ConsensusNode(folder, name, 1))
    }
    world.#say = new NetStatements(world.node.ledger.id, () => world.time)
    return world
  }

  /** The service `flights` and the credential `c1`, after the first block. */
  async settle(): Promise<this> {
    await this.block([])
    await this.block([this.bundle(await this.say.settling())])
    return this
  }

  get node(): ConsensusNode {
    return this.at(0)
  }

  at(place: number): ConsensusNode {
    const node = this.nodes[place]
    assert(node !== undefined, `there is a node ${place}`)
    return node
  }

  get height(): number {
    return this.node.ledger.head.height
  }

  bundle(statements: readonly Uint8Array[]): Uint8Array {
    const nonce = new Uint8Array(8)
    new DataView(nonce.buffer).setUint32(0, this.#numbers++)
    return encodeBundle(statements, nonce)
  }

  /** The next block, with just these transactions. */
  blockOf(txs: readonly Uint8Array[]): TestBlock {
    const hash = sha256(utf8(`${this.height} ${this.#numbers++}`))
    const time = { seconds: BigInt(this.time), nanos: 0 }
    return { hash, height: BigInt(this.height + 1), time, txs }
  }

  /** Proposes, votes and decides; every voter must agree. */
  async block(txs: readonly Uint8Array[], how: BlockInput = {}): Promise<TestBlock> {
    const { proposer = this.node } = how
    const block = this.blockOf(await proposer.proposes(txs, this.votes))
    await this.decide(block, how)
    return block
  }

  async decide(block: TestBlock, how: BlockInput = {}): Promise<void> {
    const { deaf = [], voters = this.signing.filter((one) => !deaf.includes(one)) } = how
    const votes: TestVote[] = []
    for (const node of voters) {
      assert(await node.votesFor(block), `a node votes for block ${block.height}`)
      votes.push({ node, extension: await node.extension(block) })
    }
    for (const node of this.nodes) {
      for (const vote of deaf.includes(node) ? [] : votes) {
        assert(vote.node === node || node.takes(block, vote), 'an extension is taken')
      }
      this.powerChanges = await node.decide(block, how.misbehavior)
    }
    this.votes = votes
  }

  get signing(): ConsensusNode[] {
    const addresses = this.genesis.validators.map(addressOf)
    return this.nodes.filter(({ address }) => addresses.includes(toHex(address)))
  }

  get say(): NetStatements {
    assert(this.#say !== undefined, 'the ledger is made')
    return this.#say
  }

  async remove(): Promise<void> {
    for (const { ledger } of this.nodes) await ledger.close()
    this.folder.remove()
  }
}
