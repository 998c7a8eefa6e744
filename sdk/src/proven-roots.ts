import { type ProvenSource, provenObject } from './gateway-directory.ts'
import { decodeGenesis } from './genesis.ts'
import { parseJson } from './json-send.ts'
import { decodeKeyBundle, type TrustedKeys, verifyKeyBundle } from './key-bundle.ts'

/** Whose gateways are asked: the ledger proves which certificates they may show. */
export type GatewayTrust = {
  readonly ledger: string
  /** Keys that are known already; those that the ledger's id pins where absent. */
  readonly keys?: TrustedKeys
}

/**
 * Certificates in DER that the alliance's gateways are trusted by, proven by the ledger's state: it
 * does not matter who answers. `ask` takes paths below a ledger's own. A group's id pins its root
 * ledger, which has them.
 * @throws KEY_BUNDLE_*, STATE_PROOF_INVALID, RECEIPT_*, GATEWAY_*
 */
export async function provenRoots(
  ask: (ledger: string, path: string) => Promise<Uint8Array>,
  { ledger, keys }: GatewayTrust,
): Promise<Uint8Array[]> {
  const bundle = await ask(ledger, '/keys')
  const fresh = verifyKeyBundle(bundle, ledger)
  const { root } = decodeGenesis(decodeKeyBundle(bundle).genesis)
  // An id is a hash: no two ledgers can name each other.
  if (root !== undefined) return provenRoots(ask, { ledger: root })
  const source: ProvenSource = {
    state: async (key) => parseJson(await ask(ledger, `/state?key=${encodeURIComponent(key)}`)),
  }
  const roots = (await provenObject(source, newestKeys(fresh, keys), 'roots'))?.get('roots')
  return (Array.isArray(roots) ? roots : []).flatMap((one) =>
    one instanceof Uint8Array ? [one] : [],
  )
}

/** Of two that both prove themselves the one that follows more changes. */
export const newestKeys = (fresh: TrustedKeys, known: TrustedKeys | undefined) =>
  known && known.changes > fresh.changes ? known : fresh
