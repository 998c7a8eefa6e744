import {
  EndorseError,
  type Gateway,
  GatewayError,
  type Network,
  type Proposal,
} from '@hyperledger/fabric-gateway'
import { fateUnknown, notSent } from '../../errors.ts'
import { functionUnknown } from '../contracts/contract-functions.ts'
import { fabricError } from '../errors.ts'
import { type Invocation, proposalOf } from './proposals.ts'

/** Numbers of gRPC. */
const [cancelled, deadlineExceeded, notFound, unavailable] = [1, 4, 5, 14]

export type Channel = {
  readonly gateway: Gateway
  readonly network: Network
  /** As `submitProposal`. */
  readonly submit: (proposal: Proposal) => Promise<Submitted>
}

/** A call, and the nonce that its transaction is to have. */
export type Proposed = Invocation & { readonly contract: string; readonly nonce: Uint8Array }

/** The proposal of a transaction. */
export function propose(
  { gateway, network }: Omit<Channel, 'submit'>,
  proposed: Proposed,
): Proposal {
  return proposalOf(gateway, network.getContract(proposed.contract), proposed, proposed.nonce)
}

/** What a contract returned, once its transaction is handed to the orderers. */
export type Submitted = { readonly result: string }

/**
 * Has a proposal endorsed and handed over.
 * @throws CONTRACT_REFUSED, CONTRACT_UNKNOWN, FUNCTION_UNKNOWN, CALL_NOT_SENT; CALL_FATE_UNKNOWN
 * where it may have been handed over
 */
export async function submitProposal(proposal: Proposal): Promise<Submitted> {
  let isHandedOver = false
  try {
    const transaction = await proposal.endorse()
    isHandedOver = true
    await transaction.submit()
    return { result: Buffer.from(transaction.getResult()).toString('utf8') }
  } catch (error) {
    throw isHandedOver ? fateUnknown('The orderers did not answer.', error) : refusalOf(error)
  }
}

/** Asks a contract without a transaction. @throws as `submitProposal` before it is handed over */
export async function evaluate({ network }: Channel, asked: Omit<Proposed, 'nonce'>) {
  const contract = network.getContract(asked.contract)
  const proposal = contract.newProposal(asked.function, { arguments: [...asked.args] })
  try {
    return Buffer.from(await proposal.evaluate()).toString('utf8')
  } catch (error) {
    throw refusalOf(error)
  }
}

/** The peer that answers has every contract of its channels: what it does not have is not there. */
const unknownPattern =
  /No metadata was found for chaincode|no peers available to evaluate chaincode/

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
