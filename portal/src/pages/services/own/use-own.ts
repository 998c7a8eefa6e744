import {
  type CborMap,
  type CborValue,
  decodeCbor,
  fromBase64url,
  type PortalAct,
} from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useLedger } from '../../../app/ledger.tsx'
import { guarded } from '../../../app/proof.ts'
import { liveMs } from '../../../app/queries.ts'
import { portalClient, portalKey, useOrganisation } from '../../../app/session.tsx'

/** Services of the ledger that the organisation published; undefined while that is not known. */
export function useOwnServices(): readonly string[] | undefined {
  const { id: ledger } = useLedger()
  const { organisation } = useOrganisation()
  const id = organisation?.id ?? ''
  const { data } = useQuery({
    queryKey: [portalKey, id, 'services'],
    queryFn: () => portalClient.organisations.services(id),
    enabled: id !== '',
  })
  return data?.filter((one) => one.ledger === ledger).map(({ service }) => service)
}

/** A credential as the ledger has it, and when it was made here; times in seconds since 1970. */
export type OwnCredential = {
  readonly id: string
  readonly label: string
  readonly status: string
  readonly scopes: readonly string[]
  /** The old ones end. */
  readonly apiKeys: readonly { readonly hint: string; readonly until: number | undefined }[]
  /** Thumbprints of keys that sign. */
  readonly keys: readonly string[]
  readonly service: string
  readonly version: number
  readonly expires: number | undefined
  readonly created: number
  /** The one that made it. */
  readonly entry: number
}

/** More acts than these are not looked through. */
const pagesMax = 20

async function createdCredentials(organisation: string, ledger: string): Promise<PortalAct[]> {
  const found: PortalAct[] = []
  let cursor: string | undefined
  for (let page = 0; page < pagesMax; page++) {
    const { acts, next } = await portalClient.acts.list(organisation, cursor)
    const isOne = (one: PortalAct) =>
      one.act === 'credential-create' && one.ledger === ledger && one.state === 'committed'
    found.push(...acts.filter(isOne))
    cursor = next
    if (cursor === undefined) break
  }
  return found
}

/** The credentials that the organisation made for a service, the newest first. */
export function useOwnCredentials(service: string) {
  const { id: ledger, client } = useLedger()
  const { organisation } = useOrganisation()
  const id = organisation?.id ?? ''
  return useQuery({
    queryKey: [portalKey, id, 'credentials', ledger, service],
    queryFn: async () => {
      const acts = await guarded(() => createdCredentials(id, ledger))
      const all = await Promise.all(
        acts.map(async ({ subject, time, entry = 0 }) => {
          const { value } = await client.state(subject)
          const bytes = value === null ? undefined : fromBase64url(value)
          const object = bytes && decodeCbor(bytes)
          return object instanceof Map ? credentialOf(object, { subject, time, entry }) : undefined
        }),
      )
      return all.filter((one) => one?.service === service).filter((one) => one !== undefined)
    },
    enabled: id !== '',
  })
}

/** When they were used last at this gateway, by their ids. */
export function useLastUsed(service: string) {
  const { id: ledger } = useLedger()
  const { organisation } = useOrganisation()
  const id = organisation?.id ?? ''
  return useQuery({
    queryKey: [portalKey, id, 'last used', ledger, service],
    queryFn: async () => {
      const uses = await guarded(() => portalClient.lastUsed(id, { ledger, service }))
      return new Map(uses.map(({ credential, used }) => [credential, used]))
    },
    enabled: id !== '',
    refetchInterval: 4 * liveMs,
  })
}

type Made = { readonly subject: string; readonly time: number; readonly entry: number }

function credentialOf(object: CborMap, { subject, time, entry }: Made): OwnCredential {
  const list = (name: string): readonly CborValue[] => {
    const value = object.get(name)
    return Array.isArray(value) ? value : []
  }
  const whole = (value: CborValue | undefined) => (typeof value === 'number' ? value : undefined)
  return {
    id: subject.replace('credential/', ''),
    label: String(object.get('label')),
    status: String(object.get('status')),
    service: String(object.get('service')),
    scopes: list('scopes').map(String),
    apiKeys: list('apiKeys').map((one) => {
      const [, hint, until] = Array.isArray(one) ? one : []
      return { hint: String(hint), until: whole(until) }
    }),
    keys: list('keys').map(String),
    version: Number(object.get('version')),
    expires: whole(object.get('expires')),
    ...{ created: time, entry },
  }
}
