import { type Client, type Contracts, createClient } from '@openbsn/sdk'
import { useMemo } from 'react'
import { useLedger } from '../../../app/ledger.tsx'
import { useKeptKey } from '../own/kept-key.ts'

/** Who runs this gateway does not matter: whoever gave the key to this page gave it to it. */
const operator = 'this gateway'

/** A client that asks this gateway alone, with an API key. */
export function clientWithKey(ledger: string, key: string): Client {
  const gateways = [{ url: location.origin, operator }]
  const apiKey = { key, operators: [operator] }
  return createClient({ gateways, ledger, apiKey, prefer: 'first' })
}

/** Contracts of a service: with the key that this tab has for it, where it has one. */
export function useContracts(service: string): {
  readonly contracts: Contracts
  readonly key: string | undefined
} {
  const { id, client } = useLedger()
  const key = useKeptKey(id, service)
  return useMemo(() => {
    const asked = key === undefined ? client : clientWithKey(id, key)
    return { contracts: asked.contracts(service), key }
  }, [id, client, key, service])
}
