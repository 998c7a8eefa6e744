import { existsSync, readFileSync } from 'node:fs'
import { type CborValue, encodeCbor, type Signer, signStatement } from '@openbsn/sdk'
import { signerOfStored } from '../crypto/key-file.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Ledger } from '../ledger/ledger.ts'

/** Who signs an act: a member, or its operator with a key of its own. */
export type Member = { readonly id: string; readonly signer: Signer }

export type NodeAct = {
  /** Such as `node-register`. */
  readonly name: string
  /** The module, such as `bsn:alliance`. */
  readonly sub: string
  readonly payload: Readonly<Record<string, CborValue>>
  readonly cti: Uint8Array
}

const secondsToLive = 300

/** A control statement that this node makes by itself. */
export function signAct(
  { name, sub, payload, cti }: NodeAct,
  { id, signer }: Member,
  { ledger, clock }: { readonly ledger: Pick<Ledger, 'id'>; readonly clock: Clock },
): Promise<Uint8Array> {
  const iat = clock.nowSeconds()
  const claims = { iss: id, sub, aud: ledger.id, iat, exp: iat + secondsToLive, cti }
  const contentType = `application/vnd.openbsn.${name}+cbor`
  const bytes = encodeCbor(new Map(Object.entries(payload)))
  return signStatement({ contentType, claims, payload: bytes }, signer)
}

/** The administrator; undefined where the profile is not here, or is broken. */
export function memberOf(path: string): Member | undefined {
  if (!existsSync(path)) return undefined
  try {
    const { member } = JSON.parse(readFileSync(path, 'utf8'))
    return { id: String(member.id), signer: signerOfStored(member) }
  } catch {
    return undefined
  }
}
