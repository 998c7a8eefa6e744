import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { it, type TestContext } from 'node:test'
import { testCli, testNetwork } from '../../testing/cli.ts'

/** A gateway whose only answer is this stream. */
async function streaming(t: TestContext, text: string): Promise<string> {
  const server = createServer((_, response) => void response.end(text)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

it('bsn events listen tells its reader that it is behind, and prints events alone', async (t) => {
  const frame = (position: number) =>
    `id: ${position}\nevent: record\ndata: {"position":"${position}","time":"T","data":1}\n\n`
  const behind = 'event: behind\ndata: {"position":6,"head":9000}\n\n'
  const gateway = await streaming(t, frame(5) + behind + frame(6))
  const { credential, env } = await testNetwork(t)
  const argv = ['events', 'listen', '--credential', credential, '--gateway', gateway]
  const { code, stdout, stderr } = await testCli([...argv, '--limit', '2'], { env })
  assert.deepEqual([code, stdout], [0, '5\tT\t\t1\n6\tT\t\t1\n'])
  assert.match(stderr, /^behind: at 6 of 9000/m)
})
