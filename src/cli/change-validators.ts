import {
  type CborValue,
  CodedError,
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
 * Changes who signs blocks, in an alliance of one: several members vote on it.
 * @throws OBJECT_NOT_FOUND, NODE_NO_VALIDATOR, PROFILE_*, and the ledger's codes
 */
export async function changeValidators(
  args: Arguments,
  { clock }: Cli,
  how: { readonly power: number; readonly change: Change },
) {
  const node = args.operand(0)
  const connection = await connectAsMember(args)
  const { client, ledger } = connection
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
  const act = controlAct('validators-update', fields)
  const { index, height } = await submitControl(act, { ...connection, clock })
  return { node, ledger, index, height, validators: next.length }
}

/** The set that was decided last. */
function latestSet(sets: CborValue | undefined): readonly Validator[] {
  const last = Array.isArray(sets) ? sets.at(-1) : undefined
  return decodeValidators(Array.isArray(last) ? last[1] : undefined)
}

/** A set without one of its validators. */
export function without(present: readonly Validator[], own: Validator): readonly Validator[] {
  const kid = thumbprint(own)
  return present.filter((one) => !equalBytes(one.kid, kid))
}
