import { HttpConnection } from '../load/http-connection.ts'
import { serveParent } from '../network/program.ts'
import { type Flooded, flood } from './flood.ts'

/** How a client of the gateway writes: one request, answered when it is in a block. */
export type GatewayPlan = {
  readonly port: number
  readonly ledger: string
  readonly service: string
  readonly contract: string
  readonly apiKey: string
  readonly inFlight: number
  readonly first: number
  readonly warmupSeconds: number
  readonly seconds: number
}

export type GatewayResult = Flooded & { readonly cores: number }

type Settle = { readonly resolve: () => void; readonly reject: (error: Error) => void }

serveParent(async (plan: GatewayPlan): Promise<GatewayResult> => {
  const lanes = Array.from({ length: plan.inFlight }, () => createLane(plan))
  const free = [...lanes]
  const cpu = process.cpuUsage()
  const beganMs = performance.now()
  const flooded = await flood(async (number) => {
    const lane = free.pop()
    if (!lane) throw new RangeError('as many are under way as there are connections')
    await lane.write(number)
    free.push(lane)
  }, plan)
  const { user, system } = process.cpuUsage(cpu)
  for (const { close } of lanes) close()
  const cores = (user + system) / 1000 / (performance.now() - beganMs)
  return { ...flooded, cores }
})

function createLane({ port, ledger, service, contract, apiKey, first }: GatewayPlan) {
  let waiting: Settle | undefined
  const connection = new HttpConnection(port, {
    onAnswer: ({ status, body }) => {
      if (status === 201) waiting?.resolve()
      else waiting?.reject(new Error(`HTTP ${status}: ${body.toString()}`))
    },
    onProblem: (what) => waiting?.reject(new Error(what)),
  })
  const path = `/api/v1/ledgers/${ledger}/services/${service}/contracts/${contract}/send/set`
  return {
    close: () => connection.close(),
    write(number: number): Promise<void> {
      const pair = JSON.stringify({ baseKey: `g${number}`, baseValue: 'x'.repeat(200) })
      const body = JSON.stringify({ args: [pair] })
      const head = [
        `POST ${path} HTTP/1.1`,
        'host: 127.0.0.1',
        `authorization: Bearer ${apiKey}`,
        'content-type: application/json',
        `content-length: ${body.length}`,
        `idempotency-key: bench-${first}-${number}`,
      ]
      const request = Buffer.from([...head, '', body].join('\r\n'))
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      waiting = { resolve, reject }
      connection.send(request)
      return promise
    },
  }
}
