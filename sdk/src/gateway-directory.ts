import { fromBase64url } from './base64url.ts'
import type { CborMap } from './cbor.ts'
import { decodeCbor } from './cbor-reader.ts'
import type { StateAnswer } from './client-answers.ts'
import type { NodeObject, NodesQuery } from './directory-client.ts'
import { type Coordinates, distanceKm } from './distance.ts'
import type { GatewayAddress } from './gateway-pool.ts'
import { isGatewayUrl } from './gateway-url.ts'
import { type TrustedKeys, verifyCheckpoints } from './key-bundle.ts'
import { decodeStateProof, verifyStateProof } from './state-proof.ts'

/** What is asked of a gateway for it; a `Client` has both. */
export type DirectorySource = {
  nodes(query: NodesQuery): Promise<{ readonly nodes: readonly NodeObject[] }>
  state(key: string): Promise<StateAnswer>
}

export type DirectoryQuery = {
  /** Only gateways of these members; of any one where absent. */
  readonly operators?: readonly string[]
  /** Prefers those that are near to here. */
  readonly near?: Coordinates
}

/** So many gateways are looked up at most, and of each list so many are seen. */
const [provenMax, listedMax] = [32, 300]

/**
 * Gateways of the active city nodes, each one proven by the ledger's state: where they are and who
 * runs them is not taken from the gateway that was asked.
 * @throws STATE_PROOF_INVALID, RECEIPT_*, GATEWAY_*
 */
export async function provenGateways(
  source: DirectorySource,
  keys: TrustedKeys,
  { operators, near }: DirectoryQuery = {},
): Promise<GatewayAddress[]> {
  const listed: NodeObject[] = []
  for (const operator of operators ?? [undefined]) {
    const who = operator === undefined ? {} : { operator }
    const { nodes } = await source.nodes({ ...who, status: 'active', limit: listedMax })
    listed.push(...nodes)
  }
  const found: GatewayAddress[] = []
  for (const { id } of nearestFirst(listed, near).slice(0, provenMax)) {
    const node = await provenObject(source, keys, `node/${id}`)
    const address = node && addressOf(node)
    const isWanted = !operators || operators.includes(address?.operator ?? '')
    if (address && isWanted) found.push(address)
  }
  return found
}

/** As they are told: which are looked up is no matter of trust. */
function nearestFirst(nodes: readonly NodeObject[], near: Coordinates | undefined) {
  if (!near) return nodes
  const far = ({ latitude, longitude }: NodeObject) =>
    latitude === undefined || longitude === undefined
      ? Number.MAX_VALUE
      : distanceKm(near, { latitude, longitude })
  return nodes.toSorted((a, b) => far(a) - far(b))
}

/** What one object of the state is read from. */
export type ProvenSource = Pick<DirectorySource, 'state'>

/**
 * An object of the state as the proof of it says; undefined where it is proven to be absent.
 * @throws STATE_PROOF_INVALID, RECEIPT_*, GATEWAY_*
 */
export async function provenObject(
  source: ProvenSource,
  keys: TrustedKeys,
  key: string,
): Promise<CborMap | undefined> {
  const { value, proof, checkpoint } = await finalState(source, key)
  const bytes = value === null ? null : (fromBase64url(value) ?? new Uint8Array())
  const signed = checkpoint.checkpoints.map((one) => fromBase64url(one) ?? new Uint8Array())
  const { stateRoot } = verifyCheckpoints(signed, keys)
  const read = decodeStateProof(fromBase64url(proof) ?? new Uint8Array())
  verifyStateProof(read, { stateRoot, key, value: bytes })
  const object = bytes && decodeCbor(bytes)
  return object instanceof Map ? object : undefined
}

/** Where several validators sign, a block is final a moment after it is made. */
const [pollMs, pollsMax] = [250, 20]

async function finalState(source: ProvenSource, key: string): Promise<StateAnswer> {
  for (let poll = 1; ; poll++) {
    const answer = await source.state(key)
    if (answer.checkpoint.checkpoints.length > 0 || poll === pollsMax) return answer
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

function addressOf(node: CborMap): GatewayAddress | undefined {
  const [url, operator] = [node.get('gateway'), node.get('operator')]
  if (typeof url !== 'string' || typeof operator !== 'string') return undefined
  if (node.get('status') !== 'active' || !isGatewayUrl(url)) return undefined
  const [latitude, longitude] = [node.get('latitude'), node.get('longitude')]
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return { url, operator }
  return { url, operator, place: { latitude, longitude } }
}
