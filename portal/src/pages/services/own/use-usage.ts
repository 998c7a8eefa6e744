import { decodeCbor, fromBase64url, type ServiceObject, type UsageAnswer } from '@openbsn/sdk'
import { useQueries, useQuery } from '@tanstack/react-query'
import { everyPage } from '../../../app/every-page.ts'
import { useLedger } from '../../../app/ledger.tsx'
import { guarded } from '../../../app/proof.ts'
import { portalClient, portalKey, useOrganisation } from '../../../app/session.tsx'

/** A meter that stands still is none; what is counted goes to disk once a second. */
const refreshMs = 5000

/** What was written to a service from a day on, and with it calls of its chain. */
export function useUsage({ id: service }: ServiceObject, from: string) {
  const { id: ledger } = useLedger()
  const { organisation } = useOrganisation()
  const by = organisation?.id ?? ''
  return useQuery({
    queryKey: [portalKey, by, 'usage', ledger, service, from],
    queryFn: () =>
      guarded(async () => {
        let calls: UsageAnswer['calls']
        const rows = await everyPage(async (page) => {
          const answer = await portalClient.usage(by, { ledger, service }, { from, ...page })
          calls ??= answer.calls
          return { items: answer.usage, next: answer.next }
        })
        return { rows, calls: calls ?? [] }
      }),
    refetchInterval: refreshMs,
  })
}

export type Limits = {
  readonly label: string | undefined
  readonly perSecond: number | undefined
  readonly writesPerDay: number | undefined
}

/** What the ledger grants credentials, by their ids; members that sign themselves have no limit. */
export function useLimits(ids: readonly string[]): ReadonlyMap<string, Limits> {
  const { id: ledger, client } = useLedger()
  return useQueries({
    queries: ids.map((id) => ({
      queryKey: [ledger, 'limits', id],
      queryFn: async () => {
        const { value } = await client.state(`credential/${id}`)
        return limitsOf(value === null ? undefined : fromBase64url(value))
      },
    })),
    combine: (all) =>
      new Map(all.flatMap(({ data }, i) => (data ? [[ids[i] ?? '', data] as const] : []))),
  })
}

function limitsOf(bytes: Uint8Array | undefined): Limits {
  const object = bytes && decodeCbor(bytes)
  const value = (name: string) => (object instanceof Map ? object.get(name) : undefined)
  const whole = (name: string) => {
    const found = value(name)
    return typeof found === 'number' ? found : undefined
  }
  const label = value('label')
  return {
    label: typeof label === 'string' ? label : undefined,
    perSecond: whole('perSecond'),
    writesPerDay: whole('writesPerDay'),
  }
}
