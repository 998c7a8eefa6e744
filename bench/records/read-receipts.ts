import { createPrng } from '../../src/testing/prng.ts'
import { benchError } from '../errors.ts'
import { HttpConnection } from '../load/http-connection.ts'
import type { Writers } from '../network/issuers.ts'
import type { Server } from '../network/server.ts'

/**
 * Reads receipts at random indexes below `size`, one after the other on one connection. Returns
 * milliseconds of each. @throws BENCH_OUTCOME_WRONG
 */
export function readReceipts(
  { port }: Server,
  { ledger }: Writers,
  { size, reads }: { readonly size: number; readonly reads: number },
): Promise<number[]> {
  const prng = createPrng(size)
  const latencies: number[] = []
  return new Promise((resolve, reject) => {
    let sentMs = 0
    const next = () => {
      const path = `/api/v1/ledgers/${ledger}/entries/${prng.int(0, size - 1)}/receipt`
      sentMs = performance.now()
      connection.send(Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`))
    }
    const onProblem = (what: string) => {
      connection.close()
      reject(benchError('BENCH_OUTCOME_WRONG', `A receipt was not read: ${what}.`))
    }
    const connection = new HttpConnection(port, {
      onProblem,
      onAnswer: ({ status, body }) => {
        latencies.push(performance.now() - sentMs)
        // 0xd2 begins every COSE_Sign1.
        if (status !== 200 || body[0] !== 0xd2) return onProblem(`HTTP ${status}: ${body}`)
        if (latencies.length < reads) return next()
        connection.close()
        return resolve(latencies)
      },
    })
    next()
  })
}
