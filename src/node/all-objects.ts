import type { Ledger } from '../ledger/ledger.ts'

/** Objects that are read from the state at a time. */
const pageMax = 100

/** All objects of the state with a prefix, by the rest of their keys, in the order of these. */
export function* allObjects(
  ledger: Pick<Ledger, 'objects'>,
  prefix: string,
): Generator<readonly [string, Uint8Array]> {
  let after: string | undefined
  for (;;) {
    const page = ledger.objects(prefix, after, pageMax)
    for (const { key, value } of page) yield [key.slice(prefix.length), value]
    after = page.at(-1)?.key
    if (page.length < pageMax) return
  }
}
