import { type CborMap, decodeCbor, fromBase64url, type PortalAct } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useLedger } from '../../../app/ledger.tsx'
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

/** A credential as the ledger has it, and when it was made here. */
export type OwnCredential = {
  readonly id: string
  readonly label: string
  readonly status: string
  readonly scopes: readonly string[]
  readonly hints: readonly string[]
  readonly service: string
  readonly version: number
  /** Seconds since 1970. */
  readonly created: number
}

/** More acts than these are not looked through. */
const pagesMax = 20

async function createdCredentials(organisation: string, ledger: string): Promise<PortalAct[]> {
  const found: PortalAct[] = []
  let cursor: string | undefined
  for (let page = 0; page < pagesMax; page++) {
    const { acts, next } = await portalClient.acts.list(organisation, cursor)
    found.push(
      ...acts.filter(
        (one) =>
          one.act === 'credential-create' && one.ledger === ledger && one.state === 'committed',
      ),
    )
    cursor = next
    if (cursor === undefined) break
  }
  return found
}

/** The credentials that the organisation made for its services, the newest first. */
export function useOwnCredentials(service?: string) {
  const { id: ledger, client } = useLedger()
  const { organisation } = useOrganisation()
  const id = organisation?.id ?? ''
  return useQuery({
    queryKey: [portalKey, id, 'credentials', ledger, service],
    queryFn: async () => {
      const acts = await createdCredentials(id, ledger)
      const all = await Promise.all(
        acts.map(async ({ subject, time }) => {
          const { value } = await client.state(subject)
          const object = value === null ? undefined : decodeCbor(fromBase64url(value) ?? new Uint8Array())
          return object instanceof Map ? credentialOf(object, subject, time) : undefined
        }),
      )
      return all.filter((one) => one !== undefined).filter(
        (one) => service === undefined || one.service === service,
      )
    },
    enabled: id !== '',
  })
}

function credentialOf(object: CborMap, subject: string, created: number): OwnCredential {
  const list = (name: string) => {
    const value = object.get(name)
    return Array.isArray(value) ? value : []
  }
  return {
    id: subject.replace('credential/', ''),
    label: String(object.get('label')),
    status: String(object.get('status')),
    service: String(object.get('service')),
    scopes: list('scopes').map(String),
    hints: list('apiKeys').map((one) => (Array.isArray(one) ? String(one[1]) : '')),
    version: Number(object.get('version')),
    created,
  }
}
