import type { ServerResponse } from 'node:http'
import type { ShopChange, ShopState } from './move.ts'
import type { MoveBook } from './move-book.ts'

const heartbeatMs = 15_000
/** A page that reads so much too slowly is cut off; it comes again, and is told all from anew. */
const unreadBytesMax = 1024 * 1024

/**
 * Tells a page everything as server-sent events: first `state`, then `change` for each change,
 * until it goes away.
 */
export function openStream(response: ServerResponse, book: MoveBook): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  const write = (text: string) => {
    if (response.writableLength > unreadBytesMax) response.destroy()
    else response.write(text)
  }
  const tell = (name: string, data: ShopState | ShopChange) =>
    write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
  const unsubscribe = book.subscribe((change) => tell('change', change))
  const heartbeat = setInterval(() => write(':\n\n'), heartbeatMs)
  response.on('close', () => {
    unsubscribe()
    clearInterval(heartbeat)
  })
  tell('state', book.state)
}
