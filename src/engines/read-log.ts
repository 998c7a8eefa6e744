import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { linesOf } from './lines.ts'
import { pause } from './pause.ts'

/** How far a log was read: in which file, whatever its name is by now. */
type Place = { readonly file: string; readonly offset: number }
type LogFile = { readonly handle: FileHandle; readonly id: string; readonly path: string }

const pollMs = 200

export type ReadLogOptions = {
  /** Wait for more at the end, until this signal comes. */
  readonly follow?: AbortSignal
  /** Called when all that is there was read: once, or with `follow` each time it looked. */
  readonly onEnd?: () => void
}

/**
 * The lines of a rotated log from the oldest on. None is lost when the log is rotated meanwhile. A
 * log that is not there has no lines.
 */
export async function* readLog(
  path: string,
  options: ReadLogOptions = {},
): AsyncGenerator<string, void> {
  for await (const lines of linesOf(chunksOf(path, options))) {
    for (const line of lines) yield line.toString('utf8')
  }
}

async function* chunksOf(
  path: string,
  { follow, onEnd }: ReadLogOptions,
): AsyncGenerator<Buffer, void> {
  let place: Place | undefined
  do {
    const files = await openFiles(path)
    try {
      const known = files.findIndex(({ id }) => id === place?.file)
      for (const { handle, id } of files.slice(Math.max(known, 0))) {
        let offset: number = id === place?.file ? place.offset : 0
        for await (const chunk of readFrom(handle, offset)) {
          offset += chunk.length
          yield chunk
        }
        place = { file: id, offset }
      }
    } finally {
      for (const { handle } of files) await handle.close()
    }
    onEnd?.()
  } while (follow !== undefined && (await pause(pollMs, follow)))
}

const chunkBytes = 64 * 1024

async function* readFrom(handle: FileHandle, from: number): AsyncGenerator<Buffer, void> {
  for (let offset = from; ; ) {
    const buffer = Buffer.alloc(chunkBytes)
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, offset)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    offset += bytesRead
  }
}

/** All files of a log, the oldest first, opened while none was renamed and none came. */
async function openFiles(path: string): Promise<LogFile[]> {
  for (;;) {
    const files: LogFile[] = []
    const names = await namesOf(path)
    for (const name of names) {
      const handle = await open(name, 'r').catch(() => undefined)
      if (handle) files.push({ handle, id: idOf(await handle.stat()), path: name })
    }
    const isSame = (await namesOf(path)).join() === names.join()
    const ids = await Promise.all(files.map(async (file) => idOf(await statOf(file.path))))
    if (isSame && files.every(({ id }, at) => id === ids[at])) return files
    for (const { handle } of files) await handle.close()
  }
}

async function namesOf(path: string): Promise<string[]> {
  const folder = dirname(path)
  const start = `${basename(path)}.`
  const entries = await readdir(folder).catch(() => [])
  const ages = entries
    .filter((name) => name.startsWith(start) && /^\d+$/.test(name.slice(start.length)))
    .map((name) => Number(name.slice(start.length)))
  return [...ages.toSorted((a, b) => b - a).map((age) => `${path}.${age}`), path]
}

type Identity = { readonly ino: number; readonly birthtimeMs: number }

async function statOf(path: string): Promise<Identity> {
  return stat(path).catch(() => ({ ino: 0, birthtimeMs: 0 }))
}

/** Numbers of files are used again; the time of their birth tells them apart. */
function idOf({ ino, birthtimeMs }: Identity): string {
  return `${ino} ${birthtimeMs}`
}
