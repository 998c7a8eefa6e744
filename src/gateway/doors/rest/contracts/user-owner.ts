import { CodedError } from '@openbsn/sdk'
import { notSent } from '../../../../frameworks/errors.ts'
import { readUserTransaction } from '../../../../frameworks/fabric/transactions/user-transaction.ts'
import { namedCredential } from '../../../access/credential.ts'
import { objectsOf } from '../../../access/state-objects.ts'
import type { UserOwner } from '../../../fabric-users/fabric-users.ts'
import { homeElsewhere } from '../../../fabric-users/home-node.ts'
import { requireSigner } from '../../../fabric-users/require-signer.ts'
import { serviceOf } from '../../../framework-of.ts'
import type { RestDeps } from '../rest-door.ts'
import { type AskedBy, ask, requireKeyMode } from './asking.ts'

/**
 * The application that asks, with its users at this node and the channel of its service.
 * @throws KEY_MODE_DIFFERS, SERVICE_ELSEWHERE, CALL_NOT_SENT where there is no channel yet
 */
export function userOwner(asked: AskedBy, { node }: Pick<RestDeps, 'node'>): UserOwner {
  requireKeyMode(asked, 'public-key-upload')
  const { served, caller } = asked
  const service = serviceOf(served, asked.service)
  const credential = namedCredential(objectsOf(served.ledger), caller.credential)
  const elsewhere = credential && homeElsewhere({ served, credential, service }, node)
  if (elsewhere) {
    const { gateway, where } = elsewhere
    const message = `The users of this credential are at one node: ask ${where}.`
    throw new CodedError('SERVICE_ELSEWHERE', message, { details: { gateways: gateway ?? '' } })
  }
  const hosted = served.fabric?.hosted(asked.service)
  if (hosted) return { served, caller, service, hosted }
  throw notSent(`The service ${asked.service} has no channel on this node yet.`)
}

/**
 * That a user of who asks signed a transaction. One that is in a block already is let through,
 * however old it is: it has no second effect, and what became of it is told.
 * @throws TRANSACTION_INVALID, PROPOSAL_INVALID, USER_UNKNOWN, CALL_NOT_SENT, as `userOwner`
 */
export async function requireOwnTransaction(
  asked: AskedBy,
  raw: string,
  deps: RestDeps,
): Promise<void> {
  const read = readUserTransaction(Buffer.from(raw.slice(2), 'hex'))
  const owner = userOwner(asked, deps)
  const known = await ask(asked, 'transaction', { hash: read.transaction }).catch((cause) => {
    throw notSent('The peer of this node does not answer.', cause)
  })
  if (known === null) requireSigner(owner, read, deps)
}
