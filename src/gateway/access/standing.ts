import { decodeCbor } from '@openbsn/sdk'
import type { Clock } from '../../kernel/clock.ts'
import type { Standing } from '../events/streams.ts'

/** Reads the standing of a credential from the ledger's state, as of the last block. */
export function createStanding({ clock }: { readonly clock: Clock }): Standing {
  return ({ ledger }, { credential, service }) => {
    const { value } = ledger.state(`credential/${credential}`)
    const object = value ? decodeCbor(value) : undefined
    if (!(object instanceof Map) || object.get('service') !== service) return 'CREDENTIAL_UNKNOWN'
    const status = object.get('status')
    if (status === 'frozen') return 'CREDENTIAL_FROZEN'
    if (status !== 'active') return 'CREDENTIAL_REVOKED'
    const expires = object.get('expires')
    const isOver = typeof expires === 'number' && expires <= clock.nowSeconds()
    return isOver ? 'CREDENTIAL_EXPIRED' : undefined
  }
}
