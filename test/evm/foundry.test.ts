import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { HDNodeWallet, Interface, type InterfaceAbi } from 'ethers'
import type { Hex } from 'viem'
import { npmProgram } from '../../src/engines/npm-program.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { compileTokens, type TokenName } from './compile-tokens.ts'
import { startEvm } from './evm-world.ts'
import { randomStep, type Step, TokenModel } from './token-model.ts'
import { accounts, type Places, phrase, readHoldings } from './token-tools.ts'

const run = promisify(execFile)
const steps = 25

/** Foundry's cast at an address, with the phrase that everybody knows. */
function castAt(url: string) {
  const program = npmProgram({ packagePrefix: '@foundry-rs/cast-', program: 'cast' })
  const tokens = compileTokens()
  const words = {
    Coin: new Interface(tokens.Coin.abi as unknown as InterfaceAbi),
    Deed: new Interface(tokens.Deed.abi as unknown as InterfaceAbi),
  }
  const cast = async (...argv: string[]) => {
    const env = { PATH: process.env.PATH, ETH_RPC_URL: url, NO_COLOR: '1' }
    const { stdout } = await run(program, argv, { env, timeout: 60_000 })
    return stdout.trim()
  }
  const keyOf = (address: string) => {
    const path = `m/44'/60'/0'/0/${accounts.indexOf(address as Hex)}`
    return ['--private-key', HDNodeWallet.fromPhrase(phrase, undefined, path).privateKey]
  }
  const callOf = (token: TokenName, name: string, args: readonly unknown[]) => {
    const { inputs = [], outputs = [] } = words[token].getFunction(name) ?? assert.fail(name)
    const types = (of: readonly { type: string }[]) => `(${of.map(({ type }) => type).join(',')})`
    return [`${name}${types(inputs)}${types(outputs)}`, ...args.map(String)]
  }
  /** The contract's own error, of what cast says that the chain said. */
  const refusal = (token: TokenName, { stderr }: { readonly stderr?: string }) => {
    const [, data = ''] = /data: "?(0x[0-9a-f]{8,})/.exec(stderr ?? '') ?? []
    return words[token].parseError(data)?.name ?? assert.fail(stderr)
  }
  return {
    cast,
    deploy: async (token: TokenName) => {
      const from = keyOf(accounts[0] ?? '')
      const made = await cast('send', '--json', ...from, '--create', tokens[token].bytecode)
      const { status, contractAddress } = JSON.parse(made)
      assert.equal(status, '0x1')
      return contractAddress as Hex
    },
    /** What the contract refuses it with, if it does. */
    send: (places: Places, { token, from, function: name, args }: Step) =>
      cast('send', '--json', ...keyOf(from), places[token], ...callOf(token, name, args)).then(
        (done) => void assert.equal(JSON.parse(done).status, '0x1'),
        (error) => refusal(token, error),
      ),
    read: (places: Places) => (token: TokenName, name: string, args: readonly string[]) =>
      cast('call', places[token], ...callOf(token, name, args)).then(
        (said) => said.replace(/ \[.*\]$/, ''),
        (error) => void assert.equal(refusal(token, error), 'ERC721NonexistentToken'),
      ),
  }
}

describe('Foundry at the door', () => {
  it('deploys and trades by cast, and reads blocks, receipts and logs', async (t) => {
    const prng = testPrng()
    t.diagnostic(`seed ${prng.seed}`)
    const { network, does, key } = await startEvm(t)
    const { chainId } = await does('service', 'show', 'coin', '--sandbox')
    const { cast, deploy, send, read } = castAt(`${network.address}/api/${key}/coin/rpc`)
    assert.equal(await cast('chain-id'), String(chainId))
    const places = { Coin: await deploy('Coin'), Deed: await deploy('Deed') }
    const model = new TokenModel()
    let refused = 0
    for (let i = 0; i < steps; i++) {
      const step = randomStep(prng, accounts)
      const expected = model.apply(step)
      assert.equal(await send(places, step), expected, `seed ${prng.seed}: step ${i}`)
      if (expected !== undefined) refused++
    }
    t.diagnostic(`${refused} of ${steps} refused`)
    assert.deepEqual(await readHoldings(read(places)), model.holdings(), `seed ${prng.seed}`)
    const height = Number(await cast('block-number'))
    assert.equal(height, 2 + steps - refused)
    const block = JSON.parse(await cast('block', String(height), '--json'))
    const [hash] = block.transactions
    assert.equal(JSON.parse(await cast('receipt', hash, '--json')).blockHash, block.hash)
    const minted = model.holdings().supply
    const step: Step = {
      token: 'Coin',
      from: accounts[0] ?? '',
      function: 'mint',
      args: [accounts[1] ?? '', '7'],
    }
    assert.equal(await send(places, step), undefined)
    const transfer = 'Transfer(address indexed,address indexed,uint256)'
    const from = ['--from-block', String(height + 1), '--address', places.Coin, '--json']
    const [log] = JSON.parse(await cast('logs', ...from, transfer))
    assert.deepEqual([BigInt(log.data), Number(log.blockNumber)], [7n, height + 1])
    const supply = await read(places)('Coin', 'totalSupply', [])
    assert.equal(supply, String(BigInt(minted) + 7n))
  })
})
