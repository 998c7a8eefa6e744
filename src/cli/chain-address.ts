import { fromHex, toHex } from '@openbsn/sdk'
import { checksummed } from '../frameworks/evm/accounts/secp256k1.ts'
import { fail } from './fail.ts'

/** The 20 bytes of an address; its checksum counts where it has one. @throws CLI_OPTION_INVALID */
export function addressBytes(text: string): Uint8Array {
  const [, digits = ''] = /^0x([0-9a-f]{40})$/i.exec(text) ?? []
  const plain = digits.toLowerCase()
  const isOneCase = digits === plain || digits === digits.toUpperCase()
  const bytes = digits === '' ? undefined : fromHex(plain)
  if (bytes && (isOneCase || checksummed(plain) === text)) return bytes
  const why = bytes ? 'its checksum (EIP-55) is wrong' : 'give 0x and 40 digits'
  throw fail('CLI_OPTION_INVALID', `${text.slice(0, 64)} is no address: ${why}.`)
}

/** With its checksum. */
export const addressText = (bytes: Uint8Array) => checksummed(toHex(bytes))
