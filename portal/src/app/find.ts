import { type Client, isCodedError } from '@openbsn/sdk'
import type { LinkProps } from '@tanstack/react-router'

/** Something that was found, and where it is shown. */
export type Hit = {
  /** A key of `words.kinds`. */
  readonly kind: string
  readonly name: string
  readonly to: LinkProps
}

type Look = (client: Client) => Promise<Hit | undefined>

/** Names of the ledger: of services, nodes, members, credentials, groups, proposals. */
const namePattern = /^[a-z0-9][a-z0-9_.-]{0,62}$/
const hashPattern = /^(?:0x)?([0-9a-f]{64})$/
const entryPattern = /^bsn1[0-9a-f]{40}-(\d{1,15})$/

/** Whatever a text may name; each is looked for, and what is there is a hit. */
export function looksFor(text: string): readonly Look[] {
  const given = text.trim()
  const index = /^#?(\d{1,15})$/.exec(given)?.[1] ?? entryPattern.exec(given)?.[1]
  if (index !== undefined) return looksForNumber(Number(index))
  const hash = hashPattern.exec(given.toLowerCase())?.[1]
  if (hash !== undefined) return [lookForKey(hash), lookForTransaction(hash)]
  const name = given.toLowerCase()
  return namePattern.test(name) ? looksForName(name) : []
}

function looksForNumber(index: number): readonly Look[] {
  const name = String(index)
  return [
    async (client) => {
      const { size } = await client.info()
      const to = { to: '/explore/entries/$index', params: { index: name } } as const
      return index < size ? { kind: 'entry', name, to } : undefined
    },
    async (client) => {
      const { height } = await client.info()
      const to = { to: '/explore/blocks/$height', params: { height: name } } as const
      return index <= height ? { kind: 'block', name, to } : undefined
    },
  ]
}

function looksForName(name: string): readonly Look[] {
  const object = (kind: string): Look => {
    const key = `${kind}/${name}`
    return async (client) => {
      const to = { to: '/explore/objects', search: { key } } as const
      return (await isThere(client, key)) ? { kind, name, to } : undefined
    }
  }
  const at = (kind: string, to: LinkProps): Look => {
    return async (client) =>
      (await isThere(client, `${kind}/${name}`)) ? { kind, name, to } : undefined
  }
  return [
    at('service', { to: '/services/$service', params: { service: name } } as const),
    at('node', { to: '/nodes/$node', params: { node: name } } as const),
    at('proposal', { to: '/alliance/proposals/$id', params: { id: name } } as const),
    ...['member', 'credential', 'group'].map(object),
  ]
}

async function isThere(client: Client, key: string): Promise<boolean> {
  return (await client.state(key)).value !== null
}

function lookForKey(kid: string): Look {
  return async (client) => {
    const to = { to: '/explore/keys', search: { key: kid } } as const
    return (await isThere(client, `key/${kid}`)) ? { kind: 'key', name: kid, to } : undefined
  }
}

/** In the chains and channels of the services that anyone may read. */
function lookForTransaction(digits: string): Look {
  return async (client) => {
    const lists = await Promise.all(
      (['evm', 'fabric'] as const).map(async (framework) => {
        const { services } = await client.services({ framework, status: 'running' })
        const name = framework === 'evm' ? `0x${digits}` : digits
        return services.slice(0, servicesMax).map(({ id }) => ({ service: id, hash: name }))
      }),
    )
    const tries = lists.flat().map(async (params) => {
      await client.contracts(params.service).transaction(params.hash)
      const to = { to: '/services/$service/transactions/$hash', params } as const
      return { kind: 'transaction', name: params.hash, to }
    })
    const done = await Promise.allSettled(tries)
    return done.find((one) => one.status === 'fulfilled')?.value
  }
}
const servicesMax = 20

/** Services whose names have the text in them. */
async function similarServices(client: Client, text: string): Promise<readonly Hit[]> {
  const { services } = await client.services({ limit: 1000 })
  return services
    .filter(({ id }) => id.includes(text) && id !== text)
    .slice(0, 5)
    .map(({ id }) => ({
      kind: 'service',
      name: id,
      to: { to: '/services/$service', params: { service: id } } as const,
    }))
}

/** Whoever types on within that time asks for nothing in between. */
const typingPauseMs = 150

/**
 * `find`, once nobody typed for a moment: what is given up by then asks the gateway for nothing.
 * @throws GATEWAY_UNREACHABLE
 */
export async function findSoon(
  client: Client,
  text: string,
  signal: AbortSignal,
): Promise<readonly Hit[]> {
  await new Promise((resolve) => setTimeout(resolve, typingPauseMs))
  signal.throwIfAborted()
  return find(client, text)
}

/**
 * All that a text leads to. What a single look is refused for is no hit.
 * @throws GATEWAY_UNREACHABLE
 */
export async function find(client: Client, text: string): Promise<readonly Hit[]> {
  const looks = looksFor(text).map(async (look) => {
    const hit = await look(client)
    return hit ? [hit] : []
  })
  const similar = similarServices(client, text.trim().toLowerCase())
  return (await Promise.all([...looks, similar].map(orNothing))).flat()
}

async function orNothing(hits: Promise<readonly Hit[]>): Promise<readonly Hit[]> {
  try {
    return await hits
  } catch (error) {
    if (isCodedError(error) && error.code !== 'GATEWAY_UNREACHABLE') return []
    throw error
  }
}
