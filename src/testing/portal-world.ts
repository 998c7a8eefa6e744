import { createPortalClient } from '@openbsn/sdk'
import { createKeyEncryption } from '../crypto/key-encryption.ts'
import {
  createRecordsFramework,
  type RecordsFramework,
} from '../frameworks/records/records-framework.ts'
import { networkOf } from '../gateway/access/strangers.ts'
import { createGatewayApp } from '../gateway/gateway-app.ts'
import { gatewayOptions } from '../gateway/options.ts'
import type { ServedLedger } from '../gateway/served-ledger.ts'
import { type Clock, systemClock } from '../kernel/clock.ts'
import { createPortalApi } from '../portal-api/portal-api.ts'
import type { PortalOptions } from '../portal-api/portal-deps.ts'
import { createJar } from './cookie-jar.ts'
import { testFolder } from './folder.ts'
import { testGatewayDeps } from './gateway.ts'
import { keyOf, LedgerWorld } from './ledger-world.ts'
import { createMemoryQuery, createMemoryUsage } from './memory-ledger.ts'
import { namedSigner } from './named-signer.ts'

export type PortalWorldOptions = Partial<
  Pick<PortalOptions, 'needsSecondFactor' | 'oidc' | 'databaseUrl'>
>

export const password = 'correct and long enough'

/** The API of accounts behind a real gateway on a free port, over a real ledger. */
export async function createPortalWorld(options: PortalWorldOptions = {}) {
  const folder = testFolder()
  const clock = {
    ahead: 0,
    nowSeconds: () => systemClock.nowSeconds() + clock.ahead,
  }
  let records: RecordsFramework | undefined
  const world = await LedgerWorld.create({
    now: clock.nowSeconds(),
    onBlock: ({ firstIndex }, entries) => records?.committed(firstIndex, entries),
  })
  await world.done('operator-key-register', { key: keyOf('node') })
  const state = { isLocal: true, network: '' }
  const parts = testGatewayDeps()
  const { logger } = parts.deps
  const api = createPortalApi(
    { file: folder.file('portal.sqlite'), needsSecondFactor: false, version: '0.0.0', ...options },
    {
      ledgers: () => [
        { ledger: world.ledger, operator: { id: 'admin', signer: namedSigner('node') } },
      ],
      keys: createKeyEncryption(new Uint8Array(32)),
      ...{ clock, log: logger },
      originOf: ({ headers: { host = '' } }) =>
        /^(localhost|127\.0\.0\.1):\d+$/.test(host) ? `http://${host}` : undefined,
      isLocal: () => state.isLocal,
      networkOf: ({ socket }) => state.network || networkOf(socket.remoteAddress ?? ''),
    },
  )
  const served = servedWorld(world, clock)
  records = served.records
  const deps = {
    ...{ ...parts.deps, clock, ledgers: [served] },
    portal: api.routes,
  }
  const settings = { webhookAllow: ['127.0.0.0/8'], webhookRetryMs: 20, webhookAttemptsMax: 2 }
  const app = await createGatewayApp(gatewayOptions({ ...settings, streamGatherMs: 5 }), deps)
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const portal = address.replace('127.0.0.1', 'localhost')

  /** Somebody with a browser of its own. */
  function person(cookies?: ReadonlyMap<string, string>) {
    const jar = createJar(cookies)
    const client = createPortalClient({ portal, fetch: jar.fetch, retryDelayMs: 20 })
    return { ...client, jar }
  }

  return {
    ...{ api, world, clock, state, portal, person, lines: parts.lines },
    /** Where accounts are, unless `databaseUrl` says. */
    file: folder.file('portal.sqlite'),
    /** The first account: owner of `Bank`, and administrator of the node. */
    async founder() {
      const owner = person()
      const token = (await api.newSetupToken()) ?? ''
      const account = { name: 'Ann', email: 'ann@example.org', password }
      await owner.setup({ ...account, token, organisation: 'Bank' })
      const [bank] = (await owner.me()).organisations
      return { owner, bank: bank?.id ?? '' }
    },
    /** That, and what the bank has: the service `flights` with the credential `desk`. */
    async publisher() {
      const founder = await this.founder()
      const { owner, bank } = founder
      await owner.act(bank, 'service-create', { id: 'flights', framework: 'records' })
      const desk = { id: 'desk', service: 'flights', label: 'x', keys: [keyOf('desk')] }
      await owner.act(bank, 'credential-create', desk)
      return founder
    },
    async close() {
      await app.close()
      await api.close()
      await world.remove()
      folder.remove()
    },
  }
}

/** The ledger that organisations build on, as a gateway serves it. */
function servedWorld(
  { ledger }: LedgerWorld,
  clock: Clock,
): ServedLedger & { readonly records: RecordsFramework } {
  const entries = createMemoryQuery(ledger)
  const isStopped = () => false
  const records = createRecordsFramework(
    { member: 'admin' },
    { ledger, lists: entries, signer: namedSigner('node'), clock, isStopped },
  )
  const frameworks = new Map([[records.name, records]])
  return { ledger, entries, usage: createMemoryUsage(ledger), frameworks, isStopped, records }
}

export type PortalWorld = Awaited<ReturnType<typeof createPortalWorld>>
export type Person = ReturnType<PortalWorld['person']>

/** Somebody who was invited to an organisation, in a role. */
export async function invited(
  { person }: PortalWorld,
  by: Person,
  {
    organisation,
    role,
    name,
  }: {
    readonly organisation: string
    readonly role: 'owner' | 'administrator' | 'developer' | 'auditor'
    readonly name: string
  },
): Promise<Person> {
  const { token } = await by.invitations.create(organisation, { role, label: name })
  const somebody = person()
  await somebody.signUp({ token, name, email: `${name.toLowerCase()}@example.org`, password })
  return somebody
}

/** What `fetch` of a person gets for a request as it is. */
export async function raw(
  { portal }: PortalWorld,
  { jar }: Person,
  path: string,
  init: RequestInit,
) {
  const response = await jar.fetch(`${portal}/portal/v1${path}`, init)
  const text = await response.text()
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  return { status: response.status, headers: response.headers, body }
}
