import { type CborValue, toHex } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { nodeKey } from '../ledger/modules/alliance-objects.ts'
import { type Act, checkFields, invalid, isSetOf } from '../ledger/modules/module.ts'
import { objectVersion, readObject, type State, writeObject } from '../ledger/state/state-view.ts'
import { nodeOf } from './node-state.ts'
import { rootsKey } from './roots-state.ts'

/** A new one, the one before it, and some air; a certificate has a few hundred bytes. */
const [rootsMax, rootBytesMax] = [4, 2048]

/**
 * The city node that issues certificates for gateways, and the roots that they are trusted by. The
 * bytes are not read: whether they are certificates must not depend on a node's software.
 */
export function setRoots({ payload }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { expect: 'number', issuer: 'text', roots: 'list' })
  if (wrong) return wrong
  const [issuer, roots] = [String(payload.get('issuer')), payload.get('roots')]
  const before = readObject(state, rootsKey)
  const version = before ? objectVersion(before) : 0
  if (version !== payload.get('expect')) {
    const detail = `${rootsKey} is at version ${version}: read it again.`
    return { code: 'VERSION_STALE', detail }
  }
  const node = readObject(state, nodeKey(issuer))
  if (!node || nodeOf(node).status !== 'active') {
    return { code: 'OBJECT_NOT_FOUND', detail: `There is no active ${nodeKey(issuer)}.` }
  }
  const list = Array.isArray(roots) ? roots : []
  const texts = list.map((one) => (one instanceof Uint8Array ? toHex(one) : null))
  if (!isSetOf(texts, isRoot, { most: rootsMax })) {
    return invalid(`roots: 1 to ${rootsMax} of up to ${rootBytesMax} bytes, each once.`)
  }
  writeObject(state, rootsKey, { issuer, roots: list })
  return undefined
}

const isRoot = (hex: CborValue) =>
  typeof hex === 'string' && hex.length > 0 && hex.length <= 2 * rootBytesMax
