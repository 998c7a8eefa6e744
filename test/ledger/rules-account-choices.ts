import type { Books, ModelAct } from './rules-books.ts'
import type { Chance } from './rules-chance.ts'
import type { Choose } from './rules-names.ts'

/** Acts on accounts of the one service that has a chain, by chance. */
export const accountChoices: readonly (readonly [number, Choose])[] = [[3, anAccount]]

function anAccount(books: Books, _: number, { prng, oneIn, oneOf }: Chance): ModelAct {
  const service = oneIn(20) ? oneOf('flights', 'nowhere') : 'coin'
  const address = oneOf('ann', 'ben', 'a contract')
  const { status, version = 0 } = books.accounts.get(`${service}/${address}`) ?? {}
  const expect = oneIn(10) ? prng.int(0, 3) : version
  const isFrozen = status === 'frozen'
  const what = { service, address, expect }
  if (isFrozen !== oneIn(8)) return { does: 'account-unfreeze', fields: what }
  const reason = oneIn(2) ? { reason: 'Case 17' } : {}
  return { does: 'account-freeze', fields: { ...what, ...reason } }
}
