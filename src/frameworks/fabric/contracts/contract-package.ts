import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** A package as a peer installs it, and the id that the peer gives it. */
export type ContractPackage = { readonly id: string; readonly bytes: Uint8Array }

/** The kind of package that the builder of a peer takes. */
export const packageType = 'service'

/** A package of a contract that runs as a service at an address. The same for the same. */
export async function contractPackage(label: string, address: string): Promise<ContractPackage> {
  const connection = { address, dial_timeout: '10s', tls_required: false }
  const code = await archive({ 'connection.json': JSON.stringify(connection) })
  const metadata = JSON.stringify({ type: packageType, label })
  const bytes = await archive({ 'metadata.json': metadata, 'code.tar.gz': code })
  return { id: `${label}:${createHash('sha256').update(bytes).digest('hex')}`, bytes }
}

const pack = promisify(gzip)

async function archive(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const { pack: createTar } = await import('tar-stream')
  const tar = createTar()
  for (const [name, content] of Object.entries(files)) {
    tar.entry({ name, mtime: new Date(0) }, content)
  }
  tar.finalize()
  return pack(await buffer(tar))
}
