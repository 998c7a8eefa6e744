import { existsSync, readFileSync } from 'node:fs'
import {
  type CborMap,
  encodeCbor,
  encodeCoseKey,
  type Signer,
  signStatement,
  thumbprint,
  toHex,
} from '@openbsn/sdk'
import { signerOfStored } from '../crypto/key-file.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Ledger, SubmitOutcome } from '../ledger/ledger.ts'
import { readObject } from '../ledger/state/state-view.ts'

export type JoinDeps = {
  readonly ledger: Ledger
  /** The key that this city node signs with. */
  readonly operator: Signer
  readonly clock: Clock
}

const secondsToLive = 300

/**
 * Registers the operator's key of this city node, where the ledger does not have it and the
 * administrator's profile is in the data folder: that is an alliance of one. What was refused.
 */
export async function joinAlliance(profile: string, deps: JoinDeps): Promise<SubmitOutcome[]> {
  const { ledger, operator } = deps
  const member = memberOf(profile)
  const kid = thumbprint(operator.key)
  if (!member || readObject(ledger, `key/${toHex(kid)}`)) return []
  const payload: CborMap = new Map([['key', encodeCoseKey(operator.key)]])
  const act = { name: 'operator-key-register', payload, cti: kid }
  const outcomes = await ledger.submit([await signAct(act, member, deps)])
  return outcomes.filter(({ outcome }) => outcome === 'refused')
}

type Member = { readonly id: string; readonly signer: Signer }
type AllianceAct = { readonly name: string; readonly payload: CborMap; readonly cti: Uint8Array }

function signAct({ name, payload, cti }: AllianceAct, member: Member, deps: JoinDeps) {
  const iat = deps.clock.nowSeconds()
  const who = { iss: member.id, sub: 'bsn:alliance', aud: deps.ledger.id }
  const claims = { ...who, iat, exp: iat + secondsToLive, cti }
  const contentType = `application/vnd.openbsn.${name}+cbor`
  return signStatement({ contentType, claims, payload: encodeCbor(payload) }, member.signer)
}

/** The administrator; undefined where the profile is not here, or is broken. */
function memberOf(path: string): Member | undefined {
  if (!existsSync(path)) return undefined
  try {
    const { member } = JSON.parse(readFileSync(path, 'utf8'))
    return { id: String(member.id), signer: signerOfStored(member) }
  } catch {
    return undefined
  }
}
