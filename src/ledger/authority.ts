import { controlTypePrefix, reservedPrefix } from '@openbsn/sdk'
import type { AuthorityFields } from '../crypto/check-messages.ts'
import type { Refusal } from '../crypto/check-statement.ts'
import { readAlliance } from './modules/alliance-objects.ts'
import { type RegisteredKey, readKey } from './modules/keys.ts'
import type { ActHandler } from './modules/module.ts'
import {
  idOf,
  kindOf,
  type Module,
  notAllowed,
  type RecordPolicy,
  type RecordRight,
  versionAt,
} from './modules/module.ts'
import type { StateReader } from './state/state-view.ts'

/** What the state says about an authority, for every statement that shares it. */
export type Rights =
  | ({ readonly kind: 'record' } & RecordRight)
  | {
      readonly kind: 'act'
      readonly owner: string
      readonly handler: ActHandler
      /** True where the act itself bounds `exp`. */
      readonly isLongLived: boolean
    }

/**
 * `claim`: what holds whatever the state becomes, or the refusal. A repeat of a registered
 * statement is answered even where `rights` would refuse it by now.
 */
export type Authority = { readonly claim: Refusal | undefined; readonly rights: Rights | Refusal }

export type AuthorityRules = {
  readonly ledger: string
  readonly modules: ReadonlyMap<string, Module>
  readonly recordPolicy: RecordPolicy
}

/** Decides at execution, from the state alone. */
export function decideAuthority(
  rules: AuthorityRules,
  fields: AuthorityFields,
  block: { readonly state: StateReader; readonly height: number; readonly time: number },
): Authority {
  const key = readKey(block.state, fields.kid)
  if (!key) {
    const claim = { code: 'KEY_UNKNOWN', detail: `No key ${fields.kid} is registered here.` }
    return { claim, rights: claim }
  }
  const claim = checkClaim(rules, fields, key.owner)
  const rights = decideRights(rules, fields, key.owner, block)
  return { claim, rights: 'code' in rights ? rights : boundByKey(rights, key, block.time) }
}

function boundByKey(
  rights: Rights,
  { revoked, until }: RegisteredKey,
  time: number,
): Rights | Refusal {
  if (revoked) return { code: 'KEY_REVOKED', detail: 'The key that signed was revoked.' }
  if (time >= until) {
    return { code: 'KEY_REPLACED', detail: 'Another key took the place of the one that signed.' }
  }
  return rights.kind === 'act' ? rights : { ...rights, until: Math.min(rights.until, until) }
}

function checkClaim(
  { ledger }: AuthorityRules,
  { aud, iss, sub, credential }: AuthorityFields,
  owner: string,
): Refusal | undefined {
  if (aud !== ledger) {
    return { code: 'LEDGER_MISMATCH', detail: `aud is ${aud}; this ledger is ${ledger}.` }
  }
  if (iss !== idOf(owner)) {
    return { code: 'ISSUER_MISMATCH', detail: `iss is ${iss}; the key belongs to ${owner}.` }
  }
  if (credential === undefined || owner === `credential/${credential}`) return undefined
  // Whether a city node may write for the credential is a right, which can end.
  if (kindOf(owner) !== 'operator' || sub.startsWith(reservedPrefix)) {
    const detail = `The key belongs to ${owner} and may not act for credential ${credential}.`
    return { code: 'ISSUER_MISMATCH', detail }
  }
  return undefined
}

function decideRights(
  { modules, recordPolicy }: AuthorityRules,
  { sub, contentType, credential }: AuthorityFields,
  owner: string,
  { state, height, time }: { state: StateReader; height: number; time: number },
): Rights | Refusal {
  if (!sub.startsWith(reservedPrefix)) {
    if (contentType.startsWith(controlTypePrefix)) {
      const detail = `${contentType} is for modules alone, not for the service ${sub}.`
      return { code: 'CONTENT_TYPE_INVALID', detail }
    }
    if (readAlliance(state).stopped) {
      const detail = 'The alliance takes no records for now, until its members vote to go on.'
      return { code: 'ALLIANCE_STOPPED', detail }
    }
    const decision = recordPolicy({ state, owner, credential, service: sub, time })
    return 'code' in decision ? decision : { kind: 'record', ...decision }
  }
  const module = modules.get(sub)
  const signers: readonly string[] = module?.signers ?? ['member']
  if (!signers.includes(kindOf(owner))) {
    return notAllowed(`Acts of ${sub} are signed by: ${signers.join(', ')}.`)
  }
  const version = module && versionAt(module, state, height)
  if (!version) return { code: 'MODULE_UNKNOWN', detail: `There is no module ${sub}.` }
  const handler = Object.hasOwn(version.acts, contentType) ? version.acts[contentType] : undefined
  if (!handler) {
    return { code: 'ACT_UNKNOWN', detail: `${sub} has no act ${contentType}.` }
  }
  const isLongLived = version.longLived?.includes(contentType) ?? false
  return { kind: 'act', owner, handler, isLongLived }
}
