import { memoryOf } from '../network/process-figures.ts'
import type { Server } from '../network/server.ts'

/** Megabytes (10^6 bytes), each the highest that was seen. */
export type Memory = {
  /** JavaScript heap and buffers of the main thread, by the server's own /metrics. */
  readonly heapAndBuffers: number
  /** All that the process has beside mapped files: other threads, native memory, stacks too. */
  readonly anonymous: number
  /** Pages of files, LMDB's above all: the kernel takes them back when it needs them. */
  readonly mapped: number
}

const everyMs = 500

/** Looks at a server's memory until `load` has ended. Zeros where the system does not tell. */
export async function memoryDuring(server: Server, load: Promise<unknown>): Promise<Memory> {
  let isOver = false
  const end = () => {
    isOver = true
  }
  load.then(end, end)
  let highest = await memoryNow(server)
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, everyMs))
    highest = highestOf(highest, await memoryNow(server))
  }
  return highest
}

export function highestOf(one: Memory, other: Memory): Memory {
  return {
    heapAndBuffers: Math.max(one.heapAndBuffers, other.heapAndBuffers),
    anonymous: Math.max(one.anonymous, other.anonymous),
    mapped: Math.max(one.mapped, other.mapped),
  }
}

async function memoryNow(server: Server): Promise<Memory> {
  const metrics = await server.metrics()
  const heap = metrics.get('nodejs_heap_size_total_bytes') ?? Number.NaN
  // Array buffers are part of what V8 calls external.
  const external = metrics.get('nodejs_external_memory_bytes') ?? Number.NaN
  const resident = memoryOf(server.pid) ?? { anonymous: 0, mapped: 0 }
  return { heapAndBuffers: Math.round((heap + external) / 1e6), ...resident }
}
