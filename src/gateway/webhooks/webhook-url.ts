import { isIP } from 'node:net'
import { CodedError } from '@openbsn/sdk'
import type { AddressPolicy } from './address-policy.ts'

const urlBytesMax = 2048
const plainPorts = new Set([80, 443])

/**
 * The URL of a receiver as it is kept. Names are judged when they are connected to, because what
 * they stand for can change; addresses are judged here too.
 * @throws WEBHOOK_URL_INVALID, WEBHOOK_ADDRESS_REFUSED
 */
export function checkWebhookUrl(text: string, policy: AddressPolicy): URL {
  const url = text.length <= urlBytesMax ? URL.parse(text) : null
  if (!url) throw invalid('is no URL, or over 2048 characters')
  const isSecure = url.protocol === 'https:'
  if (!isSecure && url.protocol !== 'http:') throw invalid('must begin with https://')
  if (!isSecure && !policy.allowsPlain) throw invalid('must begin with https://')
  if (url.username !== '' || url.password !== '') throw invalid('must have no user or password')
  if (url.hash !== '') throw invalid('must have no fragment')
  const port = portOf(url)
  if (port < 1024 && !plainPorts.has(port))
    throw invalid('must have port 443, 80 or 1024 and above')
  const address = hostOf(url)
  if (isIP(address) !== 0 && !policy.mayConnect(address, { isSecure })) {
    const message = `${address} is not reachable for everyone, so this gateway sends nothing there.`
    throw new CodedError('WEBHOOK_ADDRESS_REFUSED', message)
  }
  return url
}

/** Host as sockets take it: an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '')

/** The port, also where it is that of the scheme. */
export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}

function invalid(what: string): CodedError {
  return new CodedError('WEBHOOK_URL_INVALID', `url ${what}.`)
}
