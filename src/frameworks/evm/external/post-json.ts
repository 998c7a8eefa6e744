import { createHttpSender, type HttpTarget, type SendOptions } from './send-http.ts'

/** Sends JSON to an upstream. */
export interface Poster {
  /** The body of a good answer (200) as bytes. Rejects with an HttpFault otherwise. */
  post(body: Uint8Array, options: SendOptions): Promise<Buffer>
  close(): void
}

export function createPoster(target: HttpTarget): Poster {
  const sender = createHttpSender(target)
  const { pathname, search } = target.url
  const headers = { 'content-type': 'application/json' }
  const asked = { method: 'POST', path: `${pathname}${search}`, headers } as const
  return {
    post: async (body, options) => {
      const answer = await sender.send({ ...asked, body }, { ...options, status: 200 })
      return answer.body
    },
    close: () => sender.close(),
  }
}
