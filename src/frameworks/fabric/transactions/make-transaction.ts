import {
  EndorseError,
  type Gateway,
  GatewayError,
  type Network,
  type Proposal,
  type Transaction,
} from '@hyperledger/fabric-gateway'
import { fateUnknown, notSent } from '../../errors.ts'
import { functionUnknown } from '../contracts/contract-functions.ts'
import { fabricError } from '../errors.ts'
import { type Invocation, type ProposedBy, proposalOf } from './proposals.ts'

/** Numbers of gRPC. */
const [cancelled, deadlineExceeded, notFound, unavailable] = [1, 4, 5, 14]

export type Channel = {
  readonly gateway: Gateway
  readonly network: Network
  /** As `submitProposal`. */
  readonly submit: (proposal: Proposal) => Promise<Submitted>
}

/** A call, and what the id of its transaction is made of. */
export type Proposed = Invocation & ProposedBy & { readonly contract: string }

/** The proposal of a transaction. */
export function propose(
  { gateway, network }: Omit<Channel, 'submit'>,
  proposed: Proposed,
): Proposal {
  return proposalOf(gateway, network.getContract(proposed.contract), proposed, proposed)
}

/** What a contract returned, once its transaction is handed to the orderers. */
export type Submitted = { readonly result: string }

/**
 * Has a proposal endorsed and handed over.
 * @throws CONTRACT_REFUSED, CONTRACT_UNKNOWN, FUNCTION_UNKNOWN, CALL_NOT_SENT; CALL_FATE_UNKNOWN
 * where it may have been handed over
 */
export async function submitProposal(proposal: Proposal): Promise<Submitted> {
  const transaction = await endorseProposal(proposal)
  await handOver(transaction)
  return { result: Buffer.from(transaction.getResult()).toString('utf8') }
}

/** Has a proposal endorsed. @throws as `submitProposal` before it is handed over */
export async function endorseProposal(proposal: Proposal): Promise<Transaction> {
  return proposal.endorse().catch((error: unknown) => Promise.reject(refusalOf(error)))
}

/** Hands an endorsed transaction to the orderers. @throws CALL_FATE_UNKNOWN */
export async function handOver(transaction: Transaction): Promise<void> {
  await transaction.submit().catch((error: unknown) => {
    throw fateUnknown('The orderers did not answer.', error)
  })
}

type Asked = Invocation & { readonly contract: string }

/** Asks a contract without a transaction. @throws as `endorseProposal` */
export async function evaluate(channel: Pick<Channel, 'network'>, asked: Asked): Promise<string> {
  return (await evaluateBytes(channel, asked)).toString('utf8')
}

/** As `evaluate`, of what is no text. */
export async function evaluateBytes(
  { network }: Pick<Channel, 'network'>,
  asked: Asked,
): Promise<Buffer> {
  const contract = network.getContract(asked.contract)
  const proposal = contract.newProposal(asked.function, { arguments: [...asked.args] })
  try {
    return Buffer.from(await proposal.evaluate())
  } catch (error) {
    throw refusalOf(error)
  }
}

/** The peer that answers has every contract of its channels: what it does not have is not there. */
const unknownPattern = new RegExp(
  'No metadata was found for chaincode|no peers available to evaluate chaincode|' +
    // So of a call with transient data.
    "no endorsers found in the gateway's organization",
)

/** What peers say of a proposal that has no effect. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof GatewayError)) return error
  const said = [...error.details.map(({ message }) => message), error.message].join('; ')
  const refused = /chaincode response \d+, ([\s\S]*?)(?:; |$)/.exec(said)?.[1]
  if (refused?.startsWith(functionUnknown)) {
    return fabricErrorOf('FUNCTION_UNKNOWN', refused.slice(functionUnknown.length + 2), error)
  }
  if (refused !== undefined) return fabricErrorOf('CONTRACT_REFUSED', refused, error)
  if (unknownPattern.test(said)) {
    return fabricErrorOf('CONTRACT_UNKNOWN', said, error)
  }
  const isAway = [cancelled, deadlineExceeded, notFound, unavailable].includes(error.code)
  const why = error instanceof EndorseError ? 'It was not endorsed' : 'It was not answered'
  return notSent(`${why}: ${said.slice(0, 300)}${isAway ? '' : ` (${error.code})`}`, error)
}

function fabricErrorOf(
  code: 'FUNCTION_UNKNOWN' | 'CONTRACT_REFUSED' | 'CONTRACT_UNKNOWN',
  said: string,
  cause: unknown,
) {
  return fabricError(code, said.slice(0, 1000), { cause })
}
