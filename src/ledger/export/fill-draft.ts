import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { storeFolder } from '../ledger-application.ts'

/**
 * Makes the folder of a ledger, which must not exist, of what `fill` puts into a folder beside it:
 * it is there whole or not at all, and on disk when this settles.
 */
export async function fillDraft<T>(
  folder: string,
  fill: (draft: string) => Promise<T>,
): Promise<T> {
  const draft = `${folder}.new`
  try {
    rmSync(draft, { recursive: true, force: true })
    const made = await fill(draft)
    // The store does not wait for the disk block by block while it is made.
    sync(join(draft, storeFolder, 'data.mdb'))
    renameSync(draft, folder)
    sync(dirname(folder))
    return made
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r')
  fsyncSync(file)
  closeSync(file)
}
