import { createHmac } from 'node:crypto'
import { assert } from '../kernel/assert.ts'

/** The code that an authenticator shows for an `otpauth://` address, at a time (RFC 6238). */
export function totpCode(uri: string, timeMs: number): string {
  const secret = new URL(uri).searchParams.get('secret')
  assert(secret !== null, 'an authenticator is set up with a secret')
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(timeMs / 30_000)))
  const digest = createHmac('sha1', fromBase32(secret)).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 0xf
  const number = digest.readUInt32BE(offset) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function fromBase32(text: string): Buffer {
  const bits = [...text.replace(/=+$/, '')]
    .map((one) => alphabet.indexOf(one).toString(2).padStart(5, '0'))
    .join('')
  const bytes = bits.match(/.{8}/g) ?? []
  return Buffer.from(bytes.map((one) => Number.parseInt(one, 2)))
}
