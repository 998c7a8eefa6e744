import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { giveWay } from '../../../crypto/thread-priority.ts'
import { assert } from '../../../kernel/assert.ts'
import type { CompileInput } from './compile-input.ts'
import type { CompileAnswer, CompileJob, CompileWorkerData } from './compiled-contract.ts'
import { contractIn, type Output, type ReadSource, settingsFor } from './solc-json.ts'

/**
 * A thread with solc in it, as WebAssembly: what it may take of memory is bounded here, of time by
 * who started it.
 */

const library = '@openzeppelin/contracts'
const libraryPath = /^@openzeppelin\/contracts\/((?:[\w-]+\/)*[\w-]+\.sol)$/
/** Answers to calls come first where the processor is wanted by both. */
const giveWaySteps = 5

const port = parentPort
const { memoryBytesMax } = workerData as CompileWorkerData
assert(port !== null, 'this is a worker')

const tell = (answer: CompileAnswer) => port.postMessage(answer)
let current = 0

giveWay(giveWaySteps)
boundMemory()
const require = createRequire(import.meta.url)
const libraryFolder = dirname(require.resolve(`${library}/package.json`))
const libraryVersion: string = require(`${library}/package.json`).version
const solc = require('solc') as {
  version(): string
  compile(input: string, callbacks: { import: (path: string) => Found }): string
}
type Found = { readonly contents: string } | { readonly error: string }

/** V8's own limits do not count WebAssembly's memory. */
function boundMemory(): void {
  const grow = WebAssembly.Memory.prototype.grow
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * 65_536 > memoryBytesMax) {
      tell({ kind: 'memory', id: current })
      throw new RangeError('over the memory that a compilation may take')
    }
    return grow.call(this, pages)
  }
}

/** Reads what sources import and did not bring along. */
function createReader(input: CompileInput) {
  const read = new Map<string, string>()
  const find = (path: string): Found => {
    const inner = libraryPath.exec(path)?.[1]
    const contents = inner === undefined ? undefined : readOrNothing(join(libraryFolder, inner))
    if (contents !== undefined) {
      read.set(path, contents)
      return { contents }
    }
    const given = Object.keys(input.sources).slice(0, 20).join(', ')
    const what = `${library}/… (${libraryVersion})`
    return { error: `imports are of the sources sent (${given}) and of ${what}` }
  }
  const readSource: ReadSource = (path) => input.sources[path] ?? read.get(path)
  return { find, readSource, packages: () => (read.size > 0 ? { [library]: libraryVersion } : {}) }
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function compile({ id, input }: CompileJob): CompileAnswer {
  const reader = createReader(input)
  const output = JSON.parse(
    solc.compile(JSON.stringify(settingsFor(input)), { import: reader.find }),
  ) as Output
  const found = contractIn(output, input, reader.readSource)
  if (!('contract' in found)) return { id, ...found }
  const compiler = solc.version().replace('.Emscripten.clang', '')
  return {
    kind: 'done',
    id,
    contract: { ...found.contract, compiler, packages: reader.packages() },
  }
}

port.on('message', (job: CompileJob) => {
  current = job.id
  tell({ kind: 'begun', id: job.id })
  try {
    tell(compile(job))
  } catch (error) {
    tell({ kind: 'broken', id: job.id, message: String(error).slice(0, 500) })
  }
})
