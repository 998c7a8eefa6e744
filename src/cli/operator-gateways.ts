import {
  type Client,
  decodeCbor,
  decodeStateProof,
  fromBase64url,
  type GatewayAddress,
  type TrustedKeys,
  verifyCheckpoints,
  verifyStateProof,
} from '@openbsn/sdk'

/** Gateways that one credential file names at most. */
const nodesMax = 32

/**
 * Gateways of the active city nodes of some operators, by the ledger's state: an API key is sent
 * there, so that each one is proven, and not only told by the gateway that was asked.
 * @throws STATE_PROOF_INVALID, RECEIPT_*, GATEWAY_*
 */
export async function operatorGateways(
  client: Client,
  keys: TrustedKeys,
  operators: readonly string[],
): Promise<GatewayAddress[]> {
  const found: GatewayAddress[] = []
  for (const operator of operators) {
    const { nodes } = await client.nodes({ operator, status: 'active', limit: nodesMax })
    for (const { id } of nodes) {
      const node = await provenNode(client, keys, `node/${id}`)
      const [owner, url] = [node?.get('operator'), node?.get('gateway')]
      if (owner !== operator || node?.get('status') !== 'active') continue
      if (typeof url === 'string') found.push({ url, operator })
    }
  }
  return found.slice(0, nodesMax)
}

async function provenNode(client: Client, keys: TrustedKeys, key: string) {
  const { value, proof, checkpoint } = await client.state(key)
  const bytes = value === null ? null : (fromBase64url(value) ?? new Uint8Array())
  const signed = checkpoint.checkpoints.map((one) => fromBase64url(one) ?? new Uint8Array())
  const { stateRoot } = verifyCheckpoints(signed, keys)
  const read = decodeStateProof(fromBase64url(proof) ?? new Uint8Array())
  verifyStateProof(read, { stateRoot, key, value: bytes })
  const node = bytes && decodeCbor(bytes)
  return node instanceof Map ? node : undefined
}
