import { type CborValue, type Claims, encodeCbor, sha256, signStatement, utf8 } from '@openbsn/sdk'
import { keyOf, kidOf } from '../../src/testing/ledger-world.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'
import { type Chance, defined } from './rules-chance.ts'
import { actOf, moduleOf } from './rules-choices.ts'
import type { ModelStatement, RulesModel } from './rules-model.ts'
import { services } from './rules-names.ts'
import { addressOf } from './rules-objects.ts'

/** Statements by chance: mostly right, wrong in every way now and then; and their bytes. */

export const controlType = (does: string) => `application/vnd.openbsn.${does}+cbor`

/** Who says it, when. */
function commonOf(key: string, model: RulesModel, now: number, { prng, oneIn }: Chance) {
  const owner = model.books.keys.get(key)?.owner ?? 'credential/c0'
  const iss = oneIn(25) ? 'nobody' : owner.replace(/^[a-z]*\//, '')
  const iat = now + (oneIn(30) ? 700 : prng.int(-200_000, 300))
  return { key, iss, aud: oneIn(40) ? ('elsewhere' as const) : ('here' as const), iat }
}

export function actStatement(model: RulesModel, now: number, chance: Chance): ModelStatement {
  const { prng, oneIn, oneOf } = chance
  const { act: chosen, by } = actOf(model.books, now, chance)
  // A key is registered for the member that asks, whoever that is.
  const owner = model.books.keys.get(by)?.owner ?? 'member/admin'
  const isKey = chosen.does === 'key-register'
  const act = isKey ? { ...chosen, fields: { ...chosen.fields, owner } } : chosen
  const common = commonOf(by, model, now, chance)
  const exp = oneIn(15) ? undefined : now + (oneIn(15) ? oneOf(-1, 0, 4000) : 900)
  const cti = oneIn(15) ? undefined : `act ${oneIn(6) ? prng.int(0, 3) : prng.int(0, 1e9)}`
  const credential = oneIn(50) ? 'c1' : undefined
  const form = {
    sub: moduleOf(act.does),
    type: controlType(act.does),
    payload: JSON.stringify(act),
  }
  return { kind: 'act', ...common, ...form, act, ...defined({ exp, cti, credential }) }
}

export function recordStatement(model: RulesModel, now: number, chance: Chance): ModelStatement {
  const { prng, oneIn, oneOf, pick } = chance
  const { books } = model
  const live = [...books.keys].filter(([, { revoked, owner }]) => !revoked && /^[co]/.test(owner))
  const key = oneIn(6)
    ? pick([...books.keys.keys()], 'member')
    : pick(
        live.map(([name]) => name),
        'member',
      )
  const common = commonOf(key, model, now, chance)
  const isNode = books.keys.get(key)?.owner.startsWith('operator/') ?? false
  const credential = isNode && !oneIn(10) ? namedBy(common.iss, model, chance) : undefined
  const own = !isNode && oneIn(5) ? oneOf(common.iss, common.iss, 'c1') : undefined
  const service = books.credentials.get(credential ?? common.iss)?.service
  const sub = service && !oneIn(12) ? service : oneOf(...services)
  const isOdd = oneIn(40)
  const type = isOdd ? controlType('service-create') : oneOf('text/plain', 'application/json')
  const more = defined({
    exp: oneIn(6) ? now + prng.int(-2, 100) : undefined,
    cti: oneIn(2) ? `record ${prng.int(0, 25)}` : undefined,
    recordKey: oneIn(3) ? oneOf('row', 'line') : undefined,
    credential: credential ?? own,
  })
  return { kind: 'record', ...common, sub, type, payload: `${prng.int(0, 2)}`, ...more }
}

/** A credential for which a city node writes: mostly one that names it. */
function namedBy(member: string, { books }: RulesModel, { oneIn, pick }: Chance): string {
  const all = [...books.credentials]
  const naming = all.filter(([, { operators }]) => operators.includes(member))
  return pick(
    (oneIn(5) ? all : naming).map(([id]) => id),
    'c0',
  )
}

/** An act's fields as a payload has them: keys in the place of their names. */
function payloadOf({ fields }: NonNullable<ModelStatement['act']>): CborValue {
  const map = new Map<string, CborValue>()
  for (const [name, value] of Object.entries(fields)) map.set(name, encodedField(name, value))
  return map
}

function encodedField(name: string, value: unknown): CborValue {
  if (name === 'keys') return (value as string[]).map(keyOf)
  if (name === 'apiKeys') return (value as string[]).map((one) => [sha256(utf8(one)), 'hint'])
  if (name === 'kid') return kidOf(String(value))
  if (name === 'key') return keyOf(String(value))
  if (name === 'address') return addressOf(String(value))
  if (name === 'root' && String(value).startsWith('---')) return String(value)
  if (['hash', 'root', 'block', 'update', 'signature'].includes(name))
    return sha256(utf8(String(value)))
  return value as CborValue
}

const signers = new Map<string, ReturnType<typeof namedSigner>>()
function signerOf(name: string) {
  const signer = signers.get(name) ?? namedSigner(name)
  signers.set(name, signer)
  return signer
}

export function sign(one: ModelStatement, ledger: string): Promise<Uint8Array> {
  const { iss, sub, iat, exp, cti, recordKey, credential } = one
  const aud = one.aud === 'here' ? ledger : 'bsn1elsewhere'
  const id = cti === undefined ? undefined : utf8(cti)
  const more = defined({ exp, cti: id, key: recordKey, credential })
  const claims: Claims = { iss, sub, aud, iat, ...more }
  const payload = one.act ? encodeCbor(payloadOf(one.act)) : utf8(one.payload)
  return signStatement({ contentType: one.type, claims, payload }, signerOf(one.key))
}
