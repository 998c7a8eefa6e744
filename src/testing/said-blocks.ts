import type { Validator } from '@openbsn/sdk'
import type { AskEngine } from '../ledger/sequencers/cometbft/light-blocks.ts'

export type SaidBlocks = {
  readonly ledger: string
  readonly validators: readonly Validator[]
  /** In hex, of every header. */
  readonly appHash: string
}

/** Answers as CometBFT does about blocks of a chain: in its form, and signed by nobody. */
export function sayingBlocks({ ledger, validators, appHash }: SaidBlocks): AskEngine {
  return async (method, { height, page, per_page: size }) => {
    if (method === 'commit') {
      const header = { chain_id: ledger, height, app_hash: appHash.toUpperCase() }
      const commit = { height, round: 0, block_id: { hash: 'CD'.repeat(32) }, signatures: [] }
      return { signed_header: { header, commit }, canonical: true }
    }
    const from = (Number(page) - 1) * Number(size)
    const part = validators.slice(from, from + Number(size)).map((one) => ({
      pub_key: { type: 'tendermint/PubKeyEd25519', value: base64(one.consensusKey) },
      voting_power: String(one.power),
      proposer_priority: '-7',
    }))
    const counts = { count: String(part.length), total: String(validators.length) }
    return { block_height: height, validators: part, ...counts }
  }
}

const base64 = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('base64')
