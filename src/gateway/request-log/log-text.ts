import type { LoggedBody } from '@openbsn/sdk'

/** So much of a body is kept, in bytes. */
export const textBytesMax = 4096
/** A path with its query is longer than this only by design. */
const pathBytesMax = 1024

/** API keys, also such as lost some of their end, and secrets of webhooks. */
const secret = /(live|test|whsec)_[A-Za-z0-9+/=_-]{20,}/g
const mask = '$1_***'
const hasSecret = (text: string) => text.search(secret) >= 0

/** What has passwords of accounts among its parameters, in the words of Ethereum's clients. */
const passwords = /\b(?:personal_|importRawKey|unlockAccount)/

/**
 * The text of a body without its secrets, and no longer than is kept. Nothing of it where a secret
 * shows once escapes are read.
 */
export function maskText(part: Buffer | string, bytes: number): LoggedBody {
  const text = typeof part === 'string' ? part : part.toString('utf8')
  const masked = text.replace(secret, mask)
  if (hasSecret(unescaped(masked)) || passwords.test(masked)) return { bytes, note: 'hidden' }
  const shown = fit(masked, textBytesMax)
  // Masks make a text shorter: what counts is how much of the body was looked at.
  const isWhole = shown === masked && Buffer.byteLength(part) === bytes
  return { bytes, text: shown, ...(isWhole ? {} : { note: 'cut' }) }
}

const escaped = /\\u([0-9a-fA-F]{4})/g

/** As JSON reads it. */
function unescaped(text: string): string {
  if (!text.includes('\\u')) return text
  return text.replace(escaped, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** The beginning of a text, of so many bytes at most, without half a character at its end. */
function fit(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return text
  const cut = Buffer.from(text).subarray(0, bytesMax).toString('utf8')
  return cut.replace(/\uFFFD+$/, '')
}

/** Whose private payloads are to be erased: an identifier of a person, as often as not. */
const subject = /(\/subjects\/)[^/?]+/
/** Parameters of a query that are named as secrets are. */
const query = /([?&][^=&]*(?:token|secret|passw|api[-_]?key|signature)[^=&]*=)[^&]*/gi

/**
 * A path with its query, less all that no log may have. `keyAt`: which of its parts is an API key,
 * or stands in the place of one.
 */
export function maskPath(url: string, keyAt?: number): string {
  const parts = url.split('/')
  if (keyAt !== undefined && parts[keyAt] !== undefined) parts[keyAt] = '***'
  const path = parts.join('/').replace(subject, '$1***').replace(query, '$1***')
  const masked = path.replace(secret, mask)
  return fit(hasSecret(decoded(masked)) ? '/***' : masked, pathBytesMax)
}

/** Without escapes, however often it was escaped. */
function decoded(path: string): string {
  let text = path
  while (text.includes('%')) {
    const next = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (next === text) break
    text = next
  }
  return text
}
