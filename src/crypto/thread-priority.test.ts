import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'

const source = `
  import { readFileSync } from 'node:fs'
  import { parentPort } from 'node:worker_threads'
  import { giveWay } from ${JSON.stringify(new URL('./thread-priority.ts', import.meta.url).href)}
  // Field 19 of proc(5).
  const nice = () => {
    const stat = readFileSync('/proc/thread-self/stat', 'latin1')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
  }
  const before = nice()
  giveWay(3)
  parentPort.postMessage([before, nice()])
`

describe('giveWay', { skip: process.platform === 'linux' ? false : 'Linux alone' }, () => {
  it('moves the calling thread back, and no other one', async () => {
    const nice = () => {
      const stat = readFileSync('/proc/thread-self/stat', 'latin1')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
    }
    const own = nice()
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`))
    const [before, after] = await new Promise<number[]>((resolve) =>
      worker.once('message', resolve),
    )
    assert.equal(before, own)
    assert.equal(after, Math.min(19, own + 3))
    assert.equal(nice(), own)
    await worker.terminate()
  })
})
