import type { Books, Fields, ModelAct } from './rules-books.ts'
import { type Chance, defined } from './rules-chance.ts'
import { anyKey, type Choose, expected, memberOf, someOf } from './rules-names.ts'

/** Acts on credentials by chance. */

export const credentialChoices: readonly (readonly [number, Choose])[] = [
  [9, newCredential],
  [3, credentialMove],
  [3, rotation],
]

const ids = Array.from({ length: 30 }, (_, i) => `c${i}`)
const apiKeys = Array.from({ length: 30 }, (_, i) => `api key ${i}`)
const scopes = [
  ...(['records:write', 'records:read', 'events:read', 'webhooks:write', 'log:read'] as const),
]

function anyCredential(books: Books, { oneIn, pick }: Chance): string {
  return oneIn(6) ? pick(ids, 'c0') : pick([...books.credentials.keys()], 'c0')
}

function newKeys(chance: Chance) {
  const { oneIn, pick } = chance
  const keys = oneIn(3) ? [] : oneIn(2) ? [anyKey(chance)] : [anyKey(chance), anyKey(chance)]
  return { keys, ...(oneIn(2) ? {} : { apiKeys: [pick(apiKeys, '')] }) }
}

function newCredential(books: Books, now: number, chance: Chance): ModelAct {
  const { prng, oneIn, pick } = chance
  const id = oneIn(6) ? anyCredential(books, chance) : pick(ids, 'c0')
  // Most write records; some are for the chain.
  const withRecords = [...books.services.keys()].filter((one) => one !== 'coin')
  const service = oneIn(5) ? 'coin' : pick(withRecords, 'nowhere')
  const some = someOf(scopes, chance)
  const own = [...books.participants.keys()].filter((name) => name.startsWith(`${service}/`))
  const participant = pick(own, '').replace(/.*[/]/, '')
  const more = defined({
    scopes: oneIn(3) && some.length > 0 ? some : undefined,
    operators: oneIn(4) ? undefined : [oneIn(20) ? 'nobody' : memberOf(books, chance)],
    participant: oneIn(2) && participant !== '' ? participant : undefined,
    perSecond: oneIn(3) ? prng.int(1, 100) : undefined,
    writesPerDay: oneIn(2) ? prng.int(1, 4) : undefined,
    expires: oneIn(6) ? now + prng.int(-20, 800) : undefined,
  })
  const fields = { id, service, label: id, ...newKeys(chance), ...more } as Fields
  return { does: 'credential-create', fields }
}

function credentialMove(books: Books, _: number, chance: Chance): ModelAct {
  const last = chance.oneIn(3) ? 'credential-revoke' : 'credential-unfreeze'
  const does = chance.oneOf('credential-freeze', 'credential-unfreeze', last)
  const id = anyCredential(books, chance)
  return { does, fields: { id, expect: expected(books.credentials, id, chance) } }
}

function rotation(books: Books, now: number, chance: Chance): ModelAct {
  const id = anyCredential(books, chance)
  const until = Math.max(0, now + chance.oneOf(0, -5, 30, 300, 100 * 86_400))
  const expect = expected(books.credentials, id, chance)
  return { does: 'credential-rotate', fields: { id, expect, until, ...newKeys(chance) } }
}
