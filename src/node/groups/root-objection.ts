import {
  decodeCoseKey,
  fromBase64url,
  isCodedError,
  parseStatement,
  thumbprint,
  toHex,
} from '@openbsn/sdk'
import { readNode } from '../../alliance/node-state.ts'
import type { JoinRequest } from '../../gateway/network-port.ts'
import { isMember } from '../../ledger/modules/alliance-objects.ts'
import { readKey } from '../../ledger/modules/keys.ts'
import type { StateReader } from '../../ledger/state/state-view.ts'

export type GroupHost = {
  /** The group's own ledger. */
  readonly ledger: StateReader
  /** The member that signs for a node that brings no acts. */
  readonly member: string
}

/**
 * What there is against a node that would join a group: it must be an active node of the root
 * ledger, come with a key of its operator, and have the word of that member, which must be one of
 * the group too.
 */
export function rootObjection(root: StateReader, { ledger, member }: GroupHost) {
  return (request: JoinRequest): string | undefined => {
    const node = readNode(root, request.node)
    if (node?.status !== 'active') return `the alliance has no active node ${request.node}`
    const { operator } = node
    if (ownerOf(root, request.operatorKey) !== `operator/${operator}`) {
      return `its key is none that ${operator} registered for its nodes`
    }
    const signers = request.acts?.map(issuerOf) ?? [member]
    if (signers.some((one) => one !== operator)) {
      return `it is a node of ${operator}, whose key has to sign for it: give its file with --as`
    }
    return isMember(ledger, operator) ? undefined : `${operator} is no member of the group`
  }
}

function ownerOf(root: StateReader, text: string): string | undefined {
  const kid = orNone(() => thumbprint(decodeCoseKey(fromBase64url(text) ?? new Uint8Array())))
  const known = kid && readKey(root, toHex(kid))
  return known?.revoked === false ? known.owner : undefined
}

const issuerOf = (act: string) =>
  orNone(() => parseStatement(fromBase64url(act) ?? new Uint8Array()).claims.iss)

/** What strangers send may be anything. */
function orNone<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isCodedError(error)) return undefined
    throw error
  }
}
