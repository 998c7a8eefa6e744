import { isCodedError } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import type { Parties, Screen } from '../frameworks/evm/screen.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { votersOwner } from '../ledger/modules/module.ts'
import { accountKey, accountsOf, type Freeze, readFreezes } from './account-state.ts'

/**
 * Transactions whose sender, or whose `to`, is frozen are refused; and so are those that cannot be
 * read, where the service has ever frozen an account. What a contract calls inside is not seen.
 */
export function createScreen(ledger: Pick<Ledger, 'get' | 'objects'>): Screen {
  return (service, read) => {
    // To find out who signed takes a quarter of a millisecond, and this a hundredth of one.
    if (ledger.objects(accountsOf(service), undefined, 1).length === 0) return undefined
    const parties = readOrRefuse(read)
    if ('code' in parties) return parties
    for (const address of [parties.from, parties.to]) {
      if (address === undefined) continue
      const key = accountKey(service, address.slice(2).toLowerCase())
      const freeze = readFreezes(ledger, key).at(-1)
      if (freeze) return frozen(service, address, freeze)
    }
    return undefined
  }
}

function readOrRefuse(read: () => Parties): Parties | Refusal {
  try {
    return read()
  } catch (error) {
    if (isCodedError(error) && !error.retryable) return { code: error.code, detail: error.message }
    throw error
  }
}

function frozen(service: string, address: string, { by, entry, reason }: Freeze): Refusal {
  const who = by === votersOwner ? 'a vote' : by
  const why = reason === undefined ? '' : `: ${reason}`
  const place = `by ${who} in entry ${entry} of the ledger`
  return { code: 'ACCOUNT_FROZEN', detail: `${address} is frozen in ${service}, ${place}${why}.` }
}
