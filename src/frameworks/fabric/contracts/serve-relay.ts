import { spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'

/**
 * `SOCKET ADDRESS PROGRAM …`: runs a contract in a network that nobody else is in, where it listens
 * at the address, and leads to it whoever comes to the socket. It ends with the contract.
 */
const [socket = '', address = '', program = '', ...args] = process.argv.slice(2)
const port = Number(address.split(':')[1])

createServer((peer) => {
  // An end of either is the end of both; what it was is told by the contract.
  pipeline(peer, connect(port, '127.0.0.1'), peer, () => undefined)
}).listen(socket)

spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  .once('error', ({ message }) => {
    process.stderr.write(`${message}\n`)
    process.exit(127)
  })
  .once('exit', (code, signal) => {
    if (signal !== null) process.stderr.write(`the contract was ended by ${signal}\n`)
    process.exit(code ?? 1)
  })
