import type { AllianceObject, CborMap, CborValue, ControlAct } from '@openbsn/sdk'
import { plain } from '../explore/decoded-entry.ts'
import type { AllianceNow } from './act-form.ts'
import type { ProposableKind } from './proposable.ts'

type Changed = { readonly key: string; readonly before: unknown; readonly after: unknown }

/** What would be different, where it is about the alliance, its members, validators or roots. */
export function changedObject(
  kind: ProposableKind,
  { act, payload }: ControlAct,
  { alliance, members, validators, roots }: AllianceNow,
): Changed | undefined {
  const fields = Object.fromEntries(payload)
  delete fields.expect
  const member = members.find(({ id }) => id === fields.id)
  const ofMember = (after: object) => ({ key: `member/${fields.id}`, before: member, after })
  const ofAlliance = (after: object) => {
    const now = { ...alliance, locks: Object.entries(alliance.locks) }
    return { key: 'alliance', before: now, after: { ...now, ...after } }
  }
  if (kind === 'admit') {
    const { key: _, ...rest } = fields
    return { ...ofMember({ ...rest, status: 'active' }), before: null }
  }
  if (kind === 'remove') return ofMember({ ...member, status: 'removed' })
  if (kind === 'power') return ofMember({ ...member, power: fields.power })
  if (kind === 'policy' || kind === 'rules') return ofAlliance(withLocks(fields, alliance))
  if (kind === 'stop' || kind === 'resume') return ofAlliance({ stopped: kind === 'stop' })
  if (kind === 'roots') return ofState(kind, roots, payload)
  if (act === 'validators-update') {
    const set: CborValue = [null, payload.get('validators') ?? null]
    return ofState('validators', validators, new Map([['sets', [set]]]))
  }
  return undefined
}

/** As a gateway shows what of an object would change. */
function ofState(key: string, before: CborMap, changed: CborMap): Changed {
  const after: CborMap = new Map([...before, ...changed])
  after.delete('expect')
  return { key, before: plain(before), after: plain(after) }
}

/** Locks that are not named stay. */
function withLocks(fields: CborRecord, { locks }: AllianceObject): CborRecord {
  if (!Array.isArray(fields.locks)) return fields
  const given = Object.fromEntries(fields.locks as [string, number][])
  return { ...fields, locks: Object.entries({ ...locks, ...given }) }
}

type CborRecord = { readonly [name: string]: unknown }
