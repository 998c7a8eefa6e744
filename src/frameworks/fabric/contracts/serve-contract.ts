import { pathToFileURL } from 'node:url'
import shim, { type ChaincodeInterface } from 'fabric-shim'

/** What the library's types leave out. */
type Served = { readonly ccid: string; readonly address: string }
type Server = { readonly start: () => Promise<void> }
type Serving = { readonly server: (contract: ChaincodeInterface, how: Served) => Server }

/**
 * A process of its own for one contract: `MODULE ADDRESS ID`. The module exports `contract`; the
 * peer of this node comes to the address and knows it by its package id.
 */
const [module = '', address = '', id = ''] = process.argv.slice(2)
const { contract } = await import(pathToFileURL(module).href)
await (shim as typeof shim & Serving).server(contract, { ccid: id, address }).start()
