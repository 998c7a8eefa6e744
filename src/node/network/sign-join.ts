import { CodedError, encodeCbor, fromBase64url, sha256 } from '@openbsn/sdk'
import type { JoinRequest } from '../../gateway/network-port.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { type Member, signAct } from '../member.ts'

/**
 * The acts that let a node in: the node itself, and its operator's key, signed by its member. The
 * same request gives the same acts, however often it is made.
 * @throws JOIN_REFUSED where a key is no base64url
 */
export async function signJoin(
  { operatorKey, validatorKey, consensusKey, node, acts: _, snapshot: __, ...facts }: JoinRequest,
  member: Member,
  how: { readonly ledger: Pick<Ledger, 'id'>; readonly clock: Clock },
): Promise<Uint8Array[]> {
  const [key, block, consensus] = [operatorKey, validatorKey, consensusKey].map(fromBase64url)
  if (!key || !block || !consensus) {
    throw new CodedError('JOIN_REFUSED', 'The node is not let in: its keys are no base64url.')
  }
  const keys = { validatorKey: block, consensusKey: consensus }
  const payload = { id: node, ...facts, ...keys, frameworks: ['records'] }
  // The node first: where its name is taken, no key of it stays behind.
  const acts = [
    { name: 'node-register', payload, cti: sha256(encodeCbor([node, key])) },
    { name: 'operator-key-register', payload: { key }, cti: sha256(key) },
  ]
  return await Promise.all(acts.map((act) => signAct({ ...act, sub: 'bsn:alliance' }, member, how)))
}
