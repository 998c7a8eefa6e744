import { lookup as systemLookup } from 'node:dns'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { type RequestOptions, request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import {
  type ConnectionOptions,
  createSecureContext,
  getCACertificates,
  type SecureContext,
} from 'node:tls'
import { isCodedError, toHex } from '@openbsn/sdk'
import { pemOf } from '../../crypto/certificates.ts'
import { parseJson } from '../../kernel/json.ts'
import type { AddressPolicy } from '../webhooks/address-policy.ts'
import { judgedLookup } from '../webhooks/judged-lookup.ts'
import { checkWebhookUrl, hostOf, portOf } from '../webhooks/webhook-url.ts'

/** How a node answered. */
export type Probed = {
  /** From the request to the first byte of the answer, with the time to connect. */
  readonly latencyMs: number
  /** Of the ledger's last block there. */
  readonly height: number
}

/** Who was asked: a gateway's base address, as the state has it, and the ledger in question. */
export type ProbedNode = { readonly gateway: string; readonly ledger: string }

/** Asks another node how it is. Never throws; undefined where it gave no good answer. */
export type NodeProbe = (node: ProbedNode, signal: AbortSignal) => Promise<Probed | undefined>

export type NodeProbeDeps = {
  readonly policy: AddressPolicy
  /** Of names; the system's where absent. */
  readonly lookup?: LookupFunction
  /** Any clock that goes forward. */
  readonly nowMs: () => number
  /** Certificates in DER that nodes of a ledger are trusted by, beside the usual ones. */
  readonly rootsOf?: (ledger: string) => readonly Uint8Array[]
}

/** A list of ledgers is a few hundred bytes; who sends more is not read to the end. */
const answerBytesMax = 16 * 1024
const valuesMax = 1000

/** True where the policy lets anything be asked of this address; names are judged later. */
export function mayProbe(gateway: string, policy: AddressPolicy): boolean {
  try {
    checkWebhookUrl(gateway, policy)
    // With a query the path that is asked for would be of whoever wrote the address.
    return !gateway.includes('?')
  } catch (error) {
    if (isCodedError(error)) return false
    throw error
  }
}

/** Addresses come from the state, where any operator writes: they are connected to as webhooks. */
export function createNodeProbe(
  { timeoutMs }: { readonly timeoutMs: number },
  { policy, lookup = systemLookup as LookupFunction, nowMs, rootsOf = () => [] }: NodeProbeDeps,
): NodeProbe {
  const trusting = createTrust()
  return async ({ gateway, ledger }, signal) => {
    if (!mayProbe(gateway, policy)) return undefined
    const url = new URL(`${gateway.replace(/\/+$/, '')}/api/v1/ledgers`)
    const isSecure = url.protocol === 'https:'
    const host = hostOf(url)
    const given: RequestOptions & ConnectionOptions = {
      ...{ host, port: portOf(url), path: url.pathname, agent: false },
      headers: { host: url.host, accept: 'application/json', connection: 'close' },
      lookup: judgedLookup(lookup, (address) => policy.mayConnect(address, { isSecure })),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      ...(isSecure && isIP(host) === 0 ? { servername: host } : {}),
      ...(isSecure ? trusting(rootsOf(ledger)) : {}),
    }
    const began = nowMs()
    const answer = await answerTo(given, isSecure, nowMs)
    const height = answer && heightIn(answer.body, ledger)
    if (answer === undefined || height === undefined) return undefined
    return { latencyMs: Math.round(answer.atMs - began), height }
  }
}

/** Made once for the same roots: reading all the usual ones takes some milliseconds. */
function createTrust() {
  let known = { name: '', context: {} as SecureContext }
  return (roots: readonly Uint8Array[]): { readonly secureContext?: SecureContext } => {
    if (roots.length === 0) return {}
    const name = roots.map(toHex).join()
    if (name !== known.name) {
      const ca = [...getCACertificates('default'), ...roots.map(pemOf)]
      known = { name, context: createSecureContext({ ca }) }
    }
    return { secureContext: known.context }
  }
}

type Answer = { readonly atMs: number; readonly body: string }

function answerTo(
  given: RequestOptions,
  isSecure: boolean,
  nowMs: () => number,
): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const request = isSecure ? requestHttps(given) : requestHttp(given)
    request.on('error', () => resolve(undefined))
    request.on('response', (response) => {
      const atMs = nowMs()
      readBody(response).then(
        (body) => resolve(body === undefined ? undefined : { atMs, body }),
        () => resolve(undefined),
      )
    })
    request.end()
  })
}

/** Undefined for anything but a short answer of success. */
async function readBody(response: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length
    if (response.statusCode !== 200 || bytes > answerBytesMax) {
      response.destroy()
      return undefined
    }
    parts.push(part)
  }
  return response.statusCode === 200 ? Buffer.concat(parts).toString() : undefined
}

function heightIn(body: string, ledger: string): number | undefined {
  try {
    const { ledgers } = parseJson(body, { valuesMax }) as { readonly ledgers?: unknown }
    const list = (Array.isArray(ledgers) ? ledgers : []) as readonly unknown[]
    const found = list.find((one) => (one as { readonly id?: unknown } | null)?.id === ledger)
    const { height } = (found ?? {}) as { readonly height?: unknown }
    return Number.isSafeInteger(height) && Number(height) >= 0 ? Number(height) : undefined
  } catch (error) {
    if (isCodedError(error)) return undefined
    throw error
  }
}
