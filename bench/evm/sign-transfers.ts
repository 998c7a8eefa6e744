import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import secp256k1 from 'secp256k1'
import { bytesToHex, type Hex, hexToBytes, keccak256, serializeTransaction } from 'viem'
import { type BenchEnd, senders } from './bench-chain.ts'

/** Recipients in turn: a token that always goes to one holder would touch one slot. */
const recipients = Array.from({ length: 1000 }, (_, i) =>
  (0x1000 + i).toString(16).padStart(64, '0'),
)

export type Transfers = {
  readonly folder: string
  readonly name: string
  /** Of each sender. */
  readonly requests: number
  readonly perRequest: number
}

/** Requests with signed ERC-20 transfers, a file for each sender, in the order of its nonces. */
export async function signTransfers(
  { ask, chainId, token }: BenchEnd,
  { folder, name, requests, perRequest }: Transfers,
): Promise<readonly string[]> {
  const files: string[] = []
  for (const [i, { address, privateKey }] of senders.entries()) {
    let nonce = Number(await ask('eth_getTransactionCount', address, 'pending'))
    const path = `${folder}/${name}-${i}.requests`
    const file = createWriteStream(path)
    for (let request = 0; request < requests; request++) {
      const calls = Array.from({ length: perRequest }, (_, id) => {
        const raw = signTransfer({ chainId, token, nonce: nonce++ }, privateKey)
        return `{"jsonrpc":"2.0","id":${id},"method":"eth_sendRawTransaction","params":["${raw}"]}`
      })
      await write(file, perRequest === 1 ? `${calls[0]}\n` : `[${calls.join(',')}]\n`)
    }
    file.end()
    await finished(file)
    files.push(path)
  }
  return files
}

async function write(file: WriteStream, text: string): Promise<void> {
  if (!file.write(text)) await new Promise<void>((resolve) => file.once('drain', () => resolve()))
}

type Transfer = { readonly chainId: number; readonly token: Hex; readonly nonce: number }

function signTransfer({ chainId, token, nonce }: Transfer, privateKey: Uint8Array): Hex {
  const to = recipients[nonce % recipients.length]
  // transfer(address,uint256)
  const data: Hex = `0xa9059cbb${to}${'1'.padStart(64, '0')}`
  const fees = { maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1n }
  const transaction = {
    type: 'eip1559',
    chainId,
    to: token,
    data,
    nonce,
    gas: 80_000n,
    ...fees,
  } as const
  const hash = hexToBytes(keccak256(serializeTransaction(transaction)))
  const { signature, recid } = secp256k1.ecdsaSign(hash, privateKey)
  return serializeTransaction(transaction, {
    r: bytesToHex(signature.subarray(0, 32)),
    s: bytesToHex(signature.subarray(32)),
    yParity: recid,
  })
}
