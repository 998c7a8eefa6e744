import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** The program of a name in the folders of a PATH; undefined where none has it. */
export async function onPath(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue
    const file = join(folder, name)
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return file
  }
  return undefined
}
