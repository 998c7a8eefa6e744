import assert from 'node:assert/strict'
import {
  Contract,
  ContractFactory,
  HDNodeWallet,
  Interface,
  type InterfaceAbi,
  isError,
  JsonRpcProvider,
  Mnemonic,
} from 'ethers'
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { compileTokens, type TokenName } from './compile-tokens.ts'
import { deedsMax, type Holdings, type Step } from './token-model.ts'

/** The phrase that every tool of chains knows. */
export const phrase = 'test test test test test test test test test test test junk'

/** Its first accounts; numbers as they are in paths of keys. */
export const accounts = [0, 1, 2, 3, 4].map(
  (addressIndex) => mnemonicToAccount(phrase, { addressIndex }).address,
)
/** Of whom no random step is. */
export const outsider = mnemonicToAccount(phrase, { addressIndex: 7 })

export type Places = Readonly<Record<TokenName, Hex>>
export type Sent = { readonly hash: Hex } | { readonly refused: string }
export type Read = (token: TokenName, name: string, args: readonly string[]) => Promise<unknown>

/** What a developer does with tokens, by one of the libraries that developers have. */
export interface TokenTool {
  readonly name: string
  deploy(token: TokenName): Promise<Hex>
  /** Settles when it is in a block, or with the name of the contract's error. */
  send(places: Places, step: Step): Promise<Sent>
  read(places: Places): Read
  close(): void
}

type Door = { readonly url: string; readonly chainId: number }

const numbers = (args: Step['args']) =>
  args.map((one) => (typeof one === 'string' && /^\d+$/.test(one) ? BigInt(one) : one))

/** viem, with keys of its own. */
export function createViemTool({ url, chainId }: Door): TokenTool & {
  sign(places: Places, step: Step): Promise<{ raw: Hex; hash: Hex }>
} {
  const tokens = compileTokens()
  const chain = defineChain({
    id: chainId,
    name: 'sandbox',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  })
  const options = { chain, transport: http(url, { retryCount: 0 }), cacheTime: 0 }
  const reader = createPublicClient({ ...options, pollingInterval: 10 })
  const wallet = createWalletClient(options)
  const accountOf = (address: string) =>
    mnemonicToAccount(phrase, { addressIndex: accounts.indexOf(address as Hex) })
  const done = async (hash: Hex) => {
    const receipt = await reader.waitForTransactionReceipt({ hash })
    assert.equal(receipt.status, 'success')
    return receipt
  }
  return {
    name: 'viem',
    async deploy(token) {
      const account = accountOf(accounts[0] ?? '')
      const hash = await wallet.deployContract({ ...tokens[token], account, args: [] })
      return (await done(hash)).contractAddress ?? assert.fail('no address')
    },
    async send(places, { token, from, function: functionName, args }) {
      const call = { address: places[token], abi: tokens[token].abi, functionName }
      try {
        const sent = { ...call, account: accountOf(from), args: numbers(args) }
        const hash = await wallet.writeContract(sent)
        await done(hash)
        return { hash }
      } catch (error) {
        return { refused: revertName(error) }
      }
    },
    async sign(places, { token, function: functionName, args }) {
      const data = encodeFunctionData({
        ...{ abi: tokens[token].abi, functionName, args: numbers(args) },
      })
      const request = await wallet.prepareTransactionRequest({
        // A chain that went back may need more gas: an account is new to it again.
        ...{ account: outsider, to: places[token], data, gas: 200_000n },
      })
      const raw = await outsider.signTransaction(
        request as Parameters<typeof outsider.signTransaction>[0],
      )
      return { raw, hash: keccak256(raw) }
    },
    read: (places) => async (token, functionName, args) => {
      const call = { address: places[token], abi: tokens[token].abi, functionName }
      return reader.readContract({ ...call, args: numbers(args) }).catch((error: unknown) => {
        assert.equal(revertName(error), 'ERC721NonexistentToken')
      })
    },
    close: () => undefined,
  }
}

function revertName(error: unknown): string {
  const isRevert = (one: unknown) => one instanceof ContractFunctionRevertedError
  const found = error instanceof BaseError ? error.walk(isRevert) : undefined
  const name = (found as ContractFunctionRevertedError | null | undefined)?.data?.errorName
  if (name === undefined) throw error
  return name
}

/** ethers, with keys of its own. */
export function createEthersTool({ url, chainId }: Door): TokenTool {
  const tokens = compileTokens()
  const provider = new JsonRpcProvider(url, chainId, {
    ...{ staticNetwork: true, cacheTimeout: -1, pollingInterval: 10 },
  })
  const mnemonic = Mnemonic.fromPhrase(phrase)
  const walletOf = (address: string) => {
    const path = `m/44'/60'/0'/0/${accounts.indexOf(address as Hex)}`
    return HDNodeWallet.fromMnemonic(mnemonic, path).connect(provider)
  }
  const interfaces = {
    Coin: new Interface(tokens.Coin.abi as unknown as InterfaceAbi),
    Deed: new Interface(tokens.Deed.abi as unknown as InterfaceAbi),
  }
  return {
    name: 'ethers',
    async deploy(token) {
      const wallet = walletOf(accounts[0] ?? '')
      const contract = await new ContractFactory(
        ...([interfaces[token], tokens[token].bytecode, wallet] as const),
      ).deploy()
      await contract.waitForDeployment()
      return (await contract.getAddress()) as Hex
    },
    async send(places, { token, from, function: name, args }) {
      const contract = new Contract(places[token], interfaces[token], walletOf(from))
      try {
        const response = await contract.getFunction(name).send(...numbers(args))
        const receipt = await response.wait()
        assert.equal(receipt?.status, 1)
        return { hash: response.hash as Hex }
      } catch (error) {
        if (!isError(error, 'CALL_EXCEPTION') || !error.data) throw error
        return { refused: interfaces[token].parseError(error.data)?.name ?? error.data }
      }
    },
    read: (places) => async (token, name, args) => {
      const contract = new Contract(places[token], interfaces[token], provider)
      try {
        return await contract.getFunction(name).staticCall(...numbers(args))
      } catch (error) {
        if (!isError(error, 'CALL_EXCEPTION')) throw error
        assert.equal(error.revert?.name, 'ERC721NonexistentToken')
      }
    },
    close: () => provider.destroy(),
  }
}

/** What the chain says of all accounts and deeds, in the words of the model. */
export async function readHoldings(
  read: Read,
  who: readonly string[] = accounts,
): Promise<Holdings> {
  const deeds = Array.from({ length: deedsMax }, (_, i) => String(i + 1))
  const pairs = who.flatMap((one) => who.map((other) => [one, other] as const))
  const texts = async <T extends string | readonly string[]>(
    ...[token, name, all]: readonly [TokenName, string, readonly T[]]
  ): Promise<Record<string, string>> => {
    const found = await Promise.all(
      all.map(async (args) => [[args].flat().join(' '), await read(token, name, [args].flat())]),
    )
    const isThere = (value: unknown) => !['undefined', '0', nobody, 'false'].includes(String(value))
    return Object.fromEntries(
      found.filter(([, value]) => isThere(value)).map(([key, value]) => [key, String(value)]),
    )
  }
  return {
    coins: await texts('Coin', 'balanceOf', who),
    supply: String(await read('Coin', 'totalSupply', [])),
    allowances: await texts('Coin', 'allowance', pairs),
    owners: await texts('Deed', 'ownerOf', deeds),
    approved: await texts('Deed', 'getApproved', deeds),
    operators: Object.keys(await texts('Deed', 'isApprovedForAll', pairs)).toSorted(),
  }
}

const nobody = `0x${'0'.repeat(40)}`
