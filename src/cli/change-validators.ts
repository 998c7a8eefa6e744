import {
  addValidator,
  type CborMap,
  type Client,
  CodedError,
  type ControlAct,
  equalBytes,
  latestValidators,
  nodeAsValidator,
  removeValidator,
  toHex,
  type Validator,
} from '@openbsn/sdk'
import type { Arguments } from './arguments.ts'
import type { Cli } from './command.ts'
import { connectAsMember, presentObject, submitControl } from './control.ts'

/** A power makes a validator, or changes the power of one; without one it is none any more. */
type How = { readonly power: number | undefined }

/**
 * The act that makes a city node a validator, or unmakes it; its keys are facts of the state.
 * @throws OBJECT_NOT_FOUND, NODE_NO_VALIDATOR
 */
export async function nodeValidatorAct(
  client: Pick<Client, 'state'>,
  node: string,
  { power }: How,
): Promise<ControlAct> {
  const own = nodeAsValidator(await presentObject(client, `node/${node}`), power ?? 1)
  if (!own) throw noValidator(`${node} has no keys of a validator: it is no node of a network.`)
  return validatorAct(await presentObject(client, 'validators'), own, { power })
}

/** The same by its key. @throws NODE_NO_VALIDATOR for one that is none, and for the last */
export function validatorAct(object: CborMap, own: Validator, { power }: How): ControlAct {
  const act = power === undefined ? removeValidator(object, own) : addValidator(object, own)
  if (act) return act
  const isLast = latestValidators(object).some(({ kid }) => equalBytes(kid, own.kid))
  throw noValidator(`The node is ${isLast ? 'the last validator' : 'no validator'}.`)
}

const noValidator = (message: string) => new CodedError('NODE_NO_VALIDATOR', message)

/**
 * That none of a member's city nodes signs blocks: once it is removed, nobody would let them in.
 * @throws NODE_IS_VALIDATOR
 */
export async function requireNoValidators(client: Client, member: string): Promise<void> {
  const signers = latestValidators(await presentObject(client, 'validators'))
  const kids = new Set(signers.map(({ kid }) => toHex(kid)))
  let after: { readonly cursor?: string } | undefined = {}
  while (after) {
    const { nodes, next } = await client.nodes(after)
    const signer = nodes.find(({ operator, validator }) => {
      return operator === member && validator !== undefined && kids.has(validator)
    })
    if (signer) {
      const message = `${signer.id} of ${member} signs blocks. Propose to demote it before.`
      throw new CodedError('NODE_IS_VALIDATOR', message)
    }
    after = next === undefined ? undefined : { cursor: next }
  }
}

/** Changes who signs blocks, in an alliance of one: several members vote on it. */
export async function changeValidators(args: Arguments, { clock }: Cli, how: How) {
  const node = args.operand(0)
  const connection = await connectAsMember(args)
  const act = await nodeValidatorAct(connection.client, node, how)
  const { index, height } = await submitControl(act, { ...connection, clock })
  return { node, ledger: connection.ledger, index, height }
}
