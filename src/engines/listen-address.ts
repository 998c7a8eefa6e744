import { createServer } from 'node:net'
import { engineError } from './errors.ts'

/** Where an engine listens for TCP. */
export type ListenAddress = { readonly host: string; readonly port: number }

/** That nobody else listens there at this moment. @throws ENGINE_PORT_IN_USE */
export async function requireFree({ host, port }: ListenAddress): Promise<void> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, resolve)
    })
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause)
    const message = `${host}:${port} cannot be listened on (${why}).`
    throw engineError('ENGINE_PORT_IN_USE', message, { cause, details: { host, port } })
  }
  await new Promise((resolve) => server.close(resolve))
}
