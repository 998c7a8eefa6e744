import { common, peer } from '@hyperledger/fabric-protos'
import { isCodedError } from '@openbsn/sdk'
import { fabricError } from '../errors.ts'
import type { HostedChannel } from '../hosted-channel.ts'
import { evaluateBytes } from '../transactions/make-transaction.ts'

/** Which block is meant, by one of three. */
export type BlockWanted =
  | { readonly transaction: string }
  | { readonly hash: Uint8Array }
  | { readonly number: number }

/** A block of a channel. @throws TRANSACTION_UNKNOWN, CALL_NOT_SENT */
export async function readBlockOf(
  hosted: HostedChannel,
  wanted: BlockWanted,
): Promise<common.Block> {
  const bytes = await ask(hosted, ...blockCall(wanted))
  return common.Block.deserializeBinary(bytes)
}

function blockCall(wanted: BlockWanted): [name: string, arg: string | Uint8Array] {
  if ('transaction' in wanted) return ['GetBlockByTxID', wanted.transaction]
  if ('hash' in wanted) return ['GetBlockByHash', wanted.hash]
  return ['GetBlockByNumber', String(wanted.number)]
}

/** A transaction of a channel, and what the peers say of it. @throws as `readBlockOf` */
export async function readTransactionOf(
  hosted: HostedChannel,
  transaction: string,
): Promise<peer.ProcessedTransaction> {
  const bytes = await ask(hosted, 'GetTransactionByID', transaction)
  return peer.ProcessedTransaction.deserializeBinary(bytes)
}

/** How far a channel is. @throws CALL_NOT_SENT */
export async function readChainInfo(hosted: HostedChannel): Promise<common.BlockchainInfo> {
  return common.BlockchainInfo.deserializeBinary(await ask(hosted, 'GetChainInfo'))
}

/** Asks the contract of the system that every peer has. */
async function ask(hosted: HostedChannel, name: string, ...args: (string | Uint8Array)[]) {
  const channel = { network: hosted.client.network(hosted.name) }
  const asked = { contract: 'qscc', function: name, args: [hosted.name, ...args] }
  try {
    return await evaluateBytes(channel, asked)
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'CONTRACT_REFUSED') throw error
    throw fabricError('TRANSACTION_UNKNOWN', error.message, { cause: error })
  }
}
