import { decodeCoseKey, fromBase64url } from '@openbsn/sdk'
import type { Arguments } from './arguments.ts'
import { fail } from './fail.ts'

/** A public key as `bsn alliance key` and `bsn participant key` print it. */
export function publicKeyOf(args: Arguments, { from }: { readonly from: string }): Uint8Array {
  const bytes = fromBase64url(args.value('key'))
  try {
    if (bytes && decodeCoseKey(bytes)) return bytes
  } catch {
    // What is wrong with it in detail helps nobody: it was copied wrongly.
  }
  throw fail('CLI_OPTION_INVALID', `--key: give what \`${from}\` printed.`)
}
