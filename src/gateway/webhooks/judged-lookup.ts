import type { LookupFunction } from 'node:net'

/** Code of the error of a name that has no address which may be connected to. */
export const refusedCode = 'address_refused'

/**
 * Gives only addresses that may be connected to; names that have none are refused. So what is
 * connected to is what was judged, whatever the name stands for a moment later.
 */
export function judgedLookup(
  lookup: LookupFunction,
  mayConnect: (address: string) => boolean,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0)
      const list = Array.isArray(found) ? found : []
      const good = list.filter(({ address }) => mayConnect(address))
      const [first] = good
      if (!first) {
        const reason = Object.assign(new RangeError(refusedCode), { code: refusedCode })
        return callback(reason, '', 0)
      }
      if (options.all) callback(null, good)
      else callback(null, first.address, first.family)
    })
  }
}
