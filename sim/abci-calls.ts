import { sha256, toHex } from '@openbsn/sdk'
import {
  RequestExtendVote,
  RequestFinalizeBlock,
  RequestPrepareProposal,
  RequestProcessProposal,
  RequestVerifyVoteExtension,
} from 'cosmjs-types/tendermint/abci/types'
import type { AbciHandlers } from '../src/ledger/sequencers/cometbft/abci-server.ts'
import type { SimBlock, Vote } from './votes.ts'

/** What the simulated engine asks of the real handlers, as CometBFT asks them over its socket. */
export interface AbciCalls {
  /** The transactions of a new block, the signatures of the last one first. */
  prepare(
    height: number,
    txs: readonly Uint8Array[],
    commit: readonly Vote[],
  ): Promise<Uint8Array[]>
  /** Whether this node votes for it. */
  accepts(block: SimBlock): Promise<boolean>
  /** The signed checkpoint of a block: what its precommit carries. */
  extension(block: SimBlock): Promise<Uint8Array>
  /** Whether a precommit's checkpoint holds. */
  takes(vote: Vote, addresses: readonly Uint8Array[]): boolean
  /** Executes and commits it. @throws LEDGER_FORKED */
  decide(block: SimBlock): Promise<void>
}

const sizeMax = 4 * 1024 * 1024
/** BlockIDFlag: the validator voted for the block. */
const votedForBlock = 2

/** Requests have the form of the wire; they are not encoded for it. */
export function createAbciCalls(handlers: AbciHandlers): AbciCalls {
  return {
    prepare: async (height, txs, commit) => {
      const votes = commit.map(({ extension }) => ({
        voteExtension: extension,
        blockIdFlag: votedForBlock,
      }))
      const request = RequestPrepareProposal.fromPartial({
        ...{ height: BigInt(height), maxTxBytes: BigInt(sizeMax), txs: [...txs] },
        localLastCommit: { votes },
      })
      return ((await handlers.prepareProposal(request)) as { txs: Uint8Array[] }).txs
    },
    accepts: async (block) => {
      const request = RequestProcessProposal.fromPartial(wireOf(block))
      return ((await handlers.processProposal(request)) as { status: number }).status === 1
    },
    extension: async (block) => {
      const request = RequestExtendVote.fromPartial(wireOf(block))
      const answer = await handlers.extendVote(request)
      return (answer as { voteExtension: Uint8Array }).voteExtension
    },
    takes: ({ height, id, validator, extension }, addresses) => {
      const request = RequestVerifyVoteExtension.fromPartial({
        ...{ height: BigInt(height), hash: Buffer.from(id ?? '', 'hex') },
        ...{ validatorAddress: addresses[validator] ?? new Uint8Array(), voteExtension: extension },
      })
      return (handlers.verifyVoteExtension(request) as { status: number }).status === 1
    },
    decide: async (block) => {
      await handlers.finalizeBlock(RequestFinalizeBlock.fromPartial(wireOf(block)))
      await handlers.commit({})
    },
  }
}

const wireOf = ({ hash, height, time, txs }: SimBlock) => ({
  ...{ hash, height: BigInt(height), txs: [...txs] },
  time: { seconds: BigInt(time), nanos: 0 },
})

/** A block of these transactions; its id is a hash over all of it. */
export function blockOf(height: number, time: number, txs: readonly Uint8Array[]): SimBlock {
  const head = new Uint8Array(16)
  new DataView(head.buffer).setFloat64(0, height)
  new DataView(head.buffer).setFloat64(8, time)
  const hash = sha256(head, ...txs.map((tx) => sha256(tx)))
  return { id: toHex(hash), hash, height, time, txs }
}
