import { connect } from 'node:net'

/** Longer than an answer takes on a busy machine. */
const quietMs = 1500

/**
 * Sends bytes as they are; what came back until the other side closed, or said nothing for a
 * while: a connection that is still open is not what is asked about.
 */
export function raw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1').setTimeout(quietMs)
    socket.on('data', (data) => {
      text += data
    })
    socket.on('timeout', () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(text))
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  })
}

/** How many answers are in what came back. */
export const answersIn = (text: string) => text.split('HTTP/1.1 ').length - 1
