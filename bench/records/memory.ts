import { memoryOf } from '../network/process-figures.ts'
import type { Server } from '../network/server.ts'

/** Megabytes (10^6 bytes), each the highest that was seen. */
export type Memory = {
  /** JavaScript heap and buffers of the main thread, by the server's own /metrics. */
  readonly heapAndBuffers: number
  /** All that the process has beside mapped files: other threads, native memory, stacks too. */
  readonly 'anonymous resident MB': number
  /** Pages of files, LMDB's above all: the kernel takes them back when it needs them. */
  readonly 'mapped pages MB': number
}

const everyMs = 500

/** Looks at a server's memory until `load` has ended. */
export async function memoryDuring(server: Server, load: Promise<unknown>): Promise<Memory> {
  let isOver = false
  const end = () => {
    isOver = true
  }
  load.then(end, end)
  let highest = await memoryNow(server)
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, everyMs))
    const now = await memoryNow(server)
    highest = {
      heapAndBuffers: Math.max(highest.heapAndBuffers, now.heapAndBuffers),
      'anonymous resident MB': Math.max(
        highest['anonymous resident MB'],
        now['anonymous resident MB'],
      ),
      'mapped pages MB': Math.max(highest['mapped pages MB'], now['mapped pages MB']),
    }
  }
  return highest
}

async function memoryNow(server: Server): Promise<Memory> {
  const metrics = await server.metrics()
  const heap = metrics.get('nodejs_heap_size_total_bytes') ?? NaN
  // Array buffers are part of what V8 calls external.
  const external = metrics.get('nodejs_external_memory_bytes') ?? NaN
  const { anonymous, mapped } = memoryOf(server.pid)
  const heapAndBuffers = Math.round((heap + external) / 1e6)
  return { heapAndBuffers, 'anonymous resident MB': anonymous, 'mapped pages MB': mapped }
}
