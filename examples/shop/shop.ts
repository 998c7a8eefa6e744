import { once } from 'node:events'
import { isCodedError } from '@openbsn/sdk'
import type { Network } from '../network.ts'
import { MoveBook } from './move-book.ts'
import { openService, type PointsService } from './open-service.ts'
import { readPage } from './page-files.ts'
import { requireFree, serveShop } from './shop-server.ts'

type Say = (line: string) => void

/** Loyalty points of a shop on a contract, with a page; until the program is asked to end. */
export async function shop(network: Network, say: Say, { port }: { port: number }): Promise<void> {
  await requireFree(port)
  const page = await readPage()
  say('The shop opens. Its contract is compiled and deployed …')
  const points = await openService(network)
  say(`Service ${points.service} (EVM, key-trust), contract points at ${points.address}.`)
  say(`  The till gives points out:  ${points.till.address}`)
  for (const { name, address } of points.customers) say(`  ${name.padEnd(26)}  ${address}`)
  const book = new MoveBook(points, (error) => {
    say(`The events of the contract ended: ${isCodedError(error) ? error.code : error}`)
  })
  try {
    const keys = await keepKeys(points)
    const server = await serveShop({ points, book, page, keys }, port)
    say(`The page is at ${server.url}`)
    say(`It verifies by the keys of ledger ${points.ledger}. Ctrl-C closes the shop.`)
    await asked()
    server.close()
  } finally {
    await book.close()
  }
}

/** The ledger's key bundle as it is now; while nobody answers, as it was last. */
async function keepKeys({ stranger }: PointsService): Promise<() => Promise<Uint8Array>> {
  let last = await stranger.keyBundle()
  return async () => {
    last = await stranger.keyBundle().catch(() => last)
    return last
  }
}

/** Resolves when the program is asked to end. */
async function asked(): Promise<void> {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  await Promise.race(names.map((name) => once(process, name)))
}
