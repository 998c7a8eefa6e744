import { createHash } from 'node:crypto'
import { type Client, CodedError } from '@openbsn/sdk'
import { findObject } from './control.ts'

/** Where a package went, or why not. */
export type Sent = { readonly gateway: string; readonly problem?: string }

export const digestOf = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

type Place = { readonly client: Pick<Client, 'state'>; readonly ledger: string }

/** Gateways of the nodes that a service names; the one that is asked where it names none. */
export async function gatewaysOfService(
  service: string,
  asked: string,
  { client }: Pick<Place, 'client'>,
): Promise<string[]> {
  const nodes = (await findObject(client, `service/${service}`))?.get('nodes')
  const gateways: string[] = []
  for (const node of Array.isArray(nodes) ? nodes : []) {
    const gateway = (await findObject(client, `node/${node}`))?.get('gateway')
    if (typeof gateway === 'string') gateways.push(gateway)
  }
  return gateways.length === 0 ? [asked] : gateways
}

/** Sends a package to each of these gateways, whatever others of them say. */
export async function sendPackage(
  bytes: Uint8Array,
  gateways: readonly string[],
  { ledger }: Pick<Place, 'ledger'>,
): Promise<Sent[]> {
  const path = `/api/v1/ledgers/${ledger}/packages/${digestOf(bytes)}`
  return Promise.all(
    gateways.map(async (gateway) => {
      try {
        const answer = await fetch(gateway.replace(/\/$/, '') + path, {
          method: 'PUT',
          body: new Uint8Array(bytes),
          headers: { 'content-type': 'application/gzip' },
          signal: AbortSignal.timeout(sendTimeoutMs),
        })
        if (answer.ok) return { gateway }
        const { code, detail } = await answer.json()
        return { gateway, problem: `${code}: ${detail}` }
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        return { gateway, problem: `not reached: ${why}` }
      }
    }),
  )
}

const sendTimeoutMs = 120_000

/** @throws PACKAGE_NOT_SENT where no node has it */
export function requireSent(sent: readonly Sent[]): void {
  if (sent.some(({ problem }) => problem === undefined)) return
  const all = sent.map(({ gateway, problem }) => `${gateway}: ${problem}`)
  throw new CodedError('PACKAGE_NOT_SENT', `No node took the package. ${all.join('; ')}`)
}
