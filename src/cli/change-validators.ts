import {
  type CborValue,
  type Client,
  CodedError,
  type ControlAct,
  controlAct,
  decodeCoseKey,
  decodeValidators,
  encodeValidators,
  equalBytes,
  thumbprint,
  type Validator,
  validator,
} from '@openbsn/sdk'
import type { Arguments } from './arguments.ts'
import type { Cli } from './command.ts'
import { connectAsMember, presentObject, submitControl } from './control.ts'

type Change = (present: readonly Validator[], own: Validator) => readonly Validator[]

/**
 * The act that makes a city node a validator, or unmakes it; its keys are facts of the state.
 * @throws OBJECT_NOT_FOUND, NODE_NO_VALIDATOR
 */
export async function validatorsAct(
  client: Pick<Client, 'state'>,
  node: string,
  how: { readonly power: number; readonly change: Change },
): Promise<ControlAct> {
  const facts = await presentObject(client, `node/${node}`)
  const object = await presentObject(client, 'validators')
  const [key, consensusKey] = [facts.get('validatorKey'), facts.get('consensusKey')]
  if (!(key instanceof Uint8Array) || !(consensusKey instanceof Uint8Array)) {
    const message = `${node} has no keys of a validator: it is no node of a network.`
    throw new CodedError('NODE_NO_VALIDATOR', message)
  }
  const own = { ...validator(decodeCoseKey(key), how.power), consensusKey }
  const next = how.change(latestSet(object.get('sets')), own)
  const fields = { expect: Number(object.get('version')), validators: encodeValidators(next) }
  return controlAct('validators-update', fields)
}

/** Makes a node a validator, or changes its power. */
export const promoted: Change = (present, own) => [...without(present, own), own]

/** Takes a validator's power. @throws NODE_NO_VALIDATOR for one that is none, and for the last */
export const demoted: Change = (present, own) => {
  const left = without(present, own)
  if (left.length > 0 && left.length < present.length) return left
  const why = left.length === 0 ? 'the last validator' : 'no validator'
  throw new CodedError('NODE_NO_VALIDATOR', `The node is ${why}.`)
}

/** Changes who signs blocks, in an alliance of one: several members vote on it. */
export async function changeValidators(
  args: Arguments,
  { clock }: Cli,
  how: { readonly power: number; readonly change: Change },
) {
  const node = args.operand(0)
  const connection = await connectAsMember(args)
  const act = await validatorsAct(connection.client, node, how)
  const { index, height } = await submitControl(act, { ...connection, clock })
  return { node, ledger: connection.ledger, index, height }
}

/** The set that was decided last. */
function latestSet(sets: CborValue | undefined): readonly Validator[] {
  const last = Array.isArray(sets) ? sets.at(-1) : undefined
  return decodeValidators(Array.isArray(last) ? last[1] : undefined)
}

function without(present: readonly Validator[], own: Validator): readonly Validator[] {
  const kid = thumbprint(own)
  return present.filter((one) => !equalBytes(one.kid, kid))
}
