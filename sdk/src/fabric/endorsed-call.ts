import { sha256 } from '#sha256'
import { concat, equalBytes, fromUtf8 } from '../bytes.ts'
import { CodedError } from '../errors.ts'
import type { MadeProposal } from './proposal.ts'
import { readFields } from './protobuf.ts'

/**
 * What the payload of an envelope says that a function returned, once it is found to be of this
 * very proposal, and of nothing beside it: whoever signs it signs what was proposed. Whether those
 * endorsed it who have to, the peers look at.
 * @throws GATEWAY_ANSWER_INVALID
 */
export function readEndorsed(
  payload: Uint8Array,
  { channelHeader, signatureHeader, payload: proposed, contract }: MadeProposal,
): Uint8Array {
  const [header, data] = fieldsOf(payload, [1, 2])
  const [channel, signer] = fieldsOf(header, [1, 2])
  same(channel, channelHeader, 'the channel, the transaction and its time')
  same(signer, signatureHeader, 'who signs and the nonce')
  const [action] = fieldsOf(data, [1])
  const [own, call] = fieldsOf(action, [1, 2])
  same(own, signatureHeader, 'who signs its action')
  const [called, endorsed] = fieldsOf(call, [1, 2])
  same(called, proposed, 'the contract, the function and the arguments')
  const [response, ...endorsements] = fieldsOf(endorsed, [1, 2], 'many')
  if (endorsements.length === 0) throw wrong('nobody endorsed it')
  const [hash, result] = fieldsOf(response, [1, 2])
  same(hash, sha256(concat(channelHeader, signatureHeader, proposed)), 'what was endorsed')
  return returnedBy(result, contract)
}

/** Of a ChaincodeAction: 3 is the response, 4 the contract that answered. */
function returnedBy(action: Uint8Array | undefined, contract: string): Uint8Array {
  const fields = (action && readFields(action)) ?? []
  const one = (from: typeof fields, tag: number) => {
    const found = from.filter((each) => each.tag === tag).map(({ value }) => value)
    if (found.length > 1) throw wrong('it answers twice')
    return found[0] instanceof Uint8Array ? found[0] : new Uint8Array()
  }
  const named = readFields(one(fields, 4)) ?? []
  if (fromUtf8(one(named, 2)) !== contract) throw wrong('another contract answered')
  return one(readFields(one(fields, 3)) ?? [], 3)
}

/** The bytes of a message's fields, which are these, each once; of `many`, the last repeatedly. */
function fieldsOf(
  message: Uint8Array | undefined,
  tags: readonly number[],
  many?: 'many',
): Uint8Array[] {
  const fields = message && readFields(message)
  const found = (fields ?? []).map(({ tag }) => tag)
  const last = tags.at(-1)
  const wanted = many ? [...tags, ...found.slice(tags.length).map(() => last)] : tags
  if (found.join() !== wanted.join()) throw wrong('it is not made as transactions are')
  return (fields ?? []).map(({ value }) => (value instanceof Uint8Array ? value : new Uint8Array()))
}

function same(one: Uint8Array | undefined, other: Uint8Array, what: string): void {
  if (!one || !equalBytes(one, other)) throw wrong(`it changes ${what}`)
}

const wrong = (what: string) =>
  new CodedError(
    'GATEWAY_ANSWER_INVALID',
    `What is to be signed is not what was proposed: ${what}.`,
  )
