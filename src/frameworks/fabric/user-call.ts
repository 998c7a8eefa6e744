import { CodedError } from '@openbsn/sdk'
import type { JsonObject } from '../../kernel/json.ts'
import { otherContent } from '../act-outcomes.ts'
import type { BlockIndex } from '../blocks/block-index.ts'
import { bytesOf, hexOf } from '../blocks/hex.ts'
import type { IndexedTransaction } from '../blocks/indexed-transactions.ts'
import { notSent } from '../errors.ts'
import type { CallOutcome } from '../framework.ts'
import { fabricError } from './errors.ts'
import { outcomeOf } from './transaction-outcome.ts'
import type { Channel } from './transactions/make-transaction.ts'
import { invocationHash } from './transactions/proposals.ts'
import { isForUsers, type ReadHeader, senderOf } from './transactions/read-header.ts'
import { readSignedProposal } from './transactions/read-proposal.ts'
import { endorseForUser } from './transactions/user-transaction.ts'

/** What is said to a user's proposal: what is to be signed, or what became of it before. */
export type EndorsedCall =
  | { readonly state: 'endorsed'; readonly transaction: string; readonly payload: string }
  | CallOutcome

type EndorseDeps = {
  readonly index: BlockIndex
  readonly channelOf: (service: string) => Channel
}

/** So long may the blocks take that are there already. */
const advanceMs = 5000

/**
 * Has a proposal endorsed that a user signed: 0x and the hex of a SignedProposal. Nothing changes
 * until the user signs the payload of the envelope, and that is sent as `raw`.
 * @throws PROPOSAL_INVALID, ARGUMENT_INVALID, CONTRACT_*, FUNCTION_UNKNOWN, CALL_NOT_SENT
 */
export async function endorseUserCall(
  service: string,
  { proposal }: JsonObject,
  { index, channelOf }: EndorseDeps,
): Promise<EndorsedCall> {
  if (typeof proposal !== 'string') {
    throw new CodedError('ARGUMENT_INVALID', 'proposal: 0x and the hex of a SignedProposal.')
  }
  const read = readSignedProposal(bytesOf(proposal))
  if (!isForUsers(read.contract)) {
    throw fabricError('CONTRACT_UNKNOWN', `There is no contract ${read.contract} for users.`)
  }
  const { gateway } = channelOf(service)
  await index.advance(service, AbortSignal.timeout(advanceMs)).catch((cause: unknown) => {
    throw notSent('The peer of this node does not answer.', cause)
  })
  const known = findOfUser(index, service, read)
  if (known === 'other') return otherContent
  if (known) return outcomeOf(known)
  const payload = hexOf(await endorseForUser(gateway, read))
  return { state: 'endorsed', transaction: read.transaction, payload }
}

type OfUser = ReadHeader & { readonly spec: Uint8Array }

/**
 * The transaction in a block that a user made with this nonce, also before the user's certificate
 * was renewed; `other` where that calls something else.
 */
export function findOfUser(
  index: BlockIndex,
  service: string,
  { spec, ...header }: OfUser,
): IndexedTransaction | 'other' | undefined {
  const sender = hexOf(Buffer.from(senderOf(header)))
  const found = index.act(service, header.nonce, ({ from }) => from === sender)
  if (!found) return undefined
  return found.input === hexOf(invocationHash(spec)) ? found : 'other'
}
