import { type CborMap, type Client, decodeCbor, fromBase64url } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { everyPage } from '../../app/every-page.ts'
import { useLedger } from '../../app/ledger.tsx'
import type { AllianceNow } from './act-form.ts'

/** The alliance as this gateway has it: what is proposed is decided by the ledger, not by this. */
export function useAllianceNow() {
  const { id, client } = useLedger()
  return useQuery({ queryKey: [id, 'alliance now'], queryFn: () => allianceNow(client) })
}

async function allianceNow(client: Client): Promise<AllianceNow> {
  const read = async (key: string): Promise<CborMap | undefined> => {
    const { value } = await client.state(key)
    const bytes = value === null ? undefined : fromBase64url(value)
    const object = bytes && decodeCbor(bytes)
    return object instanceof Map ? object : undefined
  }
  const [alliance, { members }, nodes, validators = new Map(), roots = new Map()] =
    await Promise.all([
      client.alliance(),
      client.members({ limit: 1000 }),
      everyPage(async (page) => {
        const { nodes: items, next } = await client.nodes(page)
        return { items, next }
      }),
      read('validators'),
      read('roots'),
    ])
  return { alliance, members, nodes, validators, roots, read }
}
