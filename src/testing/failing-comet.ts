import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Cometbft } from '../ledger/sequencers/cometbft/cometbft.ts'
import { ConsensusWorld } from './consensus-world.ts'

export type CometAnswer = 'taken' | 'in cache' | 'full' | 'syncing' | 'cut off'

const answers: Record<Exclude<CometAnswer, 'cut off'>, string> = {
  taken: '{"result":{"code":0}}',
  'in cache': '{"error":{"data":"tx already exists in cache"}}',
  full: '{"error":{"data":"mempool is full: number of txs 20000"}}',
  syncing: '{"error":{"data":"endpoint is closed while node is catching up"}}',
}

/**
 * A sequencer over a real ledger; in the place of CometBFT one that answers as the test says and
 * decides nothing by itself: what happens when it fails cannot be had from the real one at will.
 */
export async function failingComet(
  t: TestContext,
  say: (time: number) => CometAnswer,
  { patienceMs = 300, busyBundleMs = 250 } = {},
) {
  const world = await (await ConsensusWorld.create({ names: ['v0'] })).settle()
  const { path } = world.folder
  const sockets = { abci: join(path, 'abci'), rpc: join(path, 'rpc') }
  const asked: Uint8Array[] = []
  const failures: Error[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    asked.push(Buffer.from(JSON.parse(body).params.tx, 'base64'))
    const answer = say(asked.length)
    if (answer === 'cut off') request.socket.destroy()
    else response.end(answers[answer])
  })
  const { ledger } = world.node
  const sequencer = new Cometbft(
    { ledger: ledger.id, initialHeight: 1, version: 'test', sockets, patienceMs, busyBundleMs },
    {
      ...{ application: ledger.application, state: ledger.store, signer: undefined },
      clock: { nowSeconds: () => 1_800_000_100 },
      engine: { start: async () => listen(server, sockets.rpc), stop: async () => undefined },
      onMisbehavior: () => undefined,
      mayConnect: () => true,
      onFailure: (error) => failures.push(error),
    },
  )
  t.after(async () => {
    await sequencer.close()
    server.closeAllConnections()
    server.close()
    await world.remove()
  })
  return { world, sequencer, asked, failures }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done) => {
    server.listen(path, done)
  })
}
