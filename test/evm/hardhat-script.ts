import { readFileSync, writeFileSync } from 'node:fs'
import { BrowserProvider, Contract, ContractFactory, Interface } from 'ethers'
import { artifacts, network } from 'hardhat'

/**
 * Runs inside a Hardhat project, by `hardhat run`: deploys where there is nothing yet, takes the
 * steps of a file one after the other, and writes what became of them.
 */

type Step = { token: 'Coin' | 'Deed'; from: string; function: string; args: (string | boolean)[] }
type Work = { places?: Record<string, string>; steps: Step[]; reads: [string, string, string[]][] }

const file = process.env.STEPS_FILE ?? ''
const work = JSON.parse(readFileSync(file, 'utf8')) as Work
const { provider } = await network.create('door')
const browser = new BrowserProvider(provider, undefined, { cacheTimeout: -1, pollingInterval: 10 })
const numbers = (args: readonly (string | boolean)[]) =>
  args.map((one) => (typeof one === 'string' && /^\d+$/.test(one) ? BigInt(one) : one))

const tokens = {
  Coin: await artifacts.readArtifact('Coin'),
  Deed: await artifacts.readArtifact('Deed'),
}
const interfaces = { Coin: new Interface(tokens.Coin.abi), Deed: new Interface(tokens.Deed.abi) }

async function deploy(name: 'Coin' | 'Deed'): Promise<string> {
  const factory = new ContractFactory(
    tokens[name].abi,
    tokens[name].bytecode,
    await browser.getSigner(0),
  )
  const contract = await factory.deploy()
  await contract.waitForDeployment()
  return contract.getAddress()
}

/** The bytes of a revert, wherever an error has them: Hardhat's are inside those of ethers. */
function revertIn(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 6) return undefined
  const { data } = error as { data?: unknown }
  if (typeof data === 'string' && /^0x[0-9a-f]{8}/.test(data)) return data
  for (const inner of Object.values(error)) {
    const found = revertIn(inner, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

const places = work.places ?? { Coin: await deploy('Coin'), Deed: await deploy('Deed') }
const outcomes: { hash?: string; refused?: string }[] = []
for (const { token, from, function: name, args } of work.steps) {
  const signer = await browser.getSigner(from)
  const contract = new Contract(places[token] ?? '', interfaces[token], signer)
  try {
    const response = await contract.getFunction(name).send(...numbers(args))
    const receipt = await response.wait()
    outcomes.push(receipt?.status === 1 ? { hash: response.hash } : { refused: 'in its block' })
  } catch (error) {
    const data = revertIn(error)
    const name = data && interfaces[token].parseError(data)?.name
    if (!name) throw error
    outcomes.push({ refused: name })
  }
}
const values: (string | undefined)[] = []
for (const [token, name, args] of work.reads as [keyof typeof interfaces, string, string[]][]) {
  const contract = new Contract(places[token] ?? '', interfaces[token], browser)
  const read = contract.getFunction(name).staticCall(...numbers(args))
  values.push(await read.then(String, () => undefined))
}
writeFileSync(file, JSON.stringify({ places, outcomes, values }))
process.exit(0)
