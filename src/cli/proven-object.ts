import {
  type CborMap,
  type Client,
  CodedError,
  decodeCbor,
  decodeStateProof,
  fromBase64url,
  type TrustedKeys,
  verifyCheckpoints,
  verifyStateProof,
} from '@openbsn/sdk'

/** Where several validators sign, a block is final a moment after it is made. */
const [pollMs, pollsMax] = [250, 20]

/**
 * An object of the state with its proof: nothing is taken on the gateway's word.
 * @throws OBJECT_NOT_FOUND, STATE_PROOF_*, RECEIPT_*, GATEWAY_*
 */
export async function provenObject(
  client: Pick<Client, 'state'>,
  keys: TrustedKeys,
  key: string,
): Promise<CborMap> {
  const { value, proof, checkpoint } = await finalState(client, key)
  const { stateRoot } = verifyCheckpoints(checkpoint.checkpoints.map(bytesOf), keys)
  const bytes = value === null ? null : bytesOf(value)
  verifyStateProof(decodeStateProof(bytesOf(proof)), { stateRoot, key, value: bytes })
  const object = bytes && decodeCbor(bytes)
  if (object instanceof Map) return object
  throw new CodedError('OBJECT_NOT_FOUND', `There is no ${key} in this ledger.`)
}

async function finalState(client: Pick<Client, 'state'>, key: string) {
  for (let poll = 1; ; poll++) {
    const answer = await client.state(key)
    if (answer.checkpoint.checkpoints.length > 0 || poll === pollsMax) return answer
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64url(text)
  if (bytes) return bytes
  throw new CodedError('GATEWAY_ANSWER_INVALID', 'The gateway answered with broken base64url.')
}
