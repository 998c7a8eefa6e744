import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** More than any manifest, and little enough to be held and parsed. */
const bytesMax = 1024 * 1024

/**
 * A text that a package, or what ran of it, has at a path: undefined where there is no file, where
 * it is a link, which could lead anywhere, and where it is larger than a mebibyte.
 */
export async function smallText(path: string): Promise<string | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const found = await file.stat()
    return found.isFile() && found.size <= bytesMax ? await file.readFile('utf8') : undefined
  } finally {
    await file.close()
  }
}
