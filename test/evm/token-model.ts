import type { Prng } from '../../src/testing/prng.ts'
import type { TokenName } from './compile-tokens.ts'

/** One transaction; numbers are decimal text, so that a step goes through JSON as it is. */
export type Step = {
  readonly token: TokenName
  readonly from: string
  readonly function: string
  readonly args: readonly (string | boolean)[]
}

/** What anybody can read of both contracts. */
export type Holdings = {
  /** By holder. */
  readonly coins: Readonly<Record<string, string>>
  readonly supply: string
  /** By `owner spender`; those above 0. */
  readonly allowances: Readonly<Record<string, string>>
  /** By number of the deed; those that are there. */
  readonly owners: Readonly<Record<string, string>>
  /** By number of the deed; those that somebody is approved for. */
  readonly approved: Readonly<Record<string, string>>
  /** `owner operator` of those who may do all. */
  readonly operators: readonly string[]
}

const endless = 2n ** 256n - 1n

/** Deeds have numbers from 1 on up to this one. */
export const deedsMax = 12

/** OpenZeppelin's ERC-20 and ERC-721 as plain maps: what becomes of a step, and who has what. */
export class TokenModel {
  readonly #coins = new Map<string, bigint>()
  readonly #allowances = new Map<string, bigint>()
  readonly #owners = new Map<string, string>()
  readonly #approved = new Map<string, string>()
  readonly #operators = new Set<string>()

  /** Does it; or the name of the error that the contract gives, and nothing has changed. */
  apply({ token, from, function: name, args }: Step): string | undefined {
    const [a = '', b = '', c = ''] = args.map(String)
    const key = `${token}.${name}`
    if (key === 'Coin.mint') return this.#add(a, BigInt(b))
    if (key === 'Coin.transfer') return this.#move(from, a, BigInt(b))
    if (key === 'Coin.burn') return this.#take(from, BigInt(a))
    if (key === 'Coin.approve') return this.#allow(`${from} ${a}`, BigInt(b))
    if (key === 'Coin.transferFrom') {
      return this.#spend(a, from, BigInt(c), () => this.#move(a, b, BigInt(c)))
    }
    if (key === 'Coin.burnFrom') {
      return this.#spend(a, from, BigInt(b), () => this.#take(a, BigInt(b)))
    }
    if (key === 'Deed.mint') return this.#mint(a, b)
    if (key === 'Deed.transferFrom') return this.#hand(from, { owner: a, to: b, id: c })
    if (key === 'Deed.burn') return this.#hand(from, { id: a })
    if (key === 'Deed.approve') return this.#approve(from, a, b)
    if (key !== 'Deed.setApprovalForAll') throw new Error(`the model does not know ${key}`)
    if (args[1]) this.#operators.add(`${from} ${a}`)
    else this.#operators.delete(`${from} ${a}`)
    return undefined
  }

  holdings(): Holdings {
    const coins = shown(this.#coins)
    const supply = [...this.#coins.values()].reduce((sum, one) => sum + one, 0n)
    return {
      ...{ coins, supply: String(supply), allowances: shown(this.#allowances) },
      owners: Object.fromEntries([...this.#owners].toSorted()),
      approved: Object.fromEntries([...this.#approved].toSorted()),
      operators: [...this.#operators].toSorted(),
    }
  }

  #add(to: string, value: bigint): undefined {
    this.#coins.set(to, (this.#coins.get(to) ?? 0n) + value)
  }

  #take(from: string, value: bigint): string | undefined {
    const has = this.#coins.get(from) ?? 0n
    if (has < value) return 'ERC20InsufficientBalance'
    this.#coins.set(from, has - value)
    return undefined
  }

  #move(from: string, to: string, value: bigint): string | undefined {
    return this.#take(from, value) ?? this.#add(to, value)
  }

  #allow(pair: string, value: bigint): undefined {
    this.#allowances.set(pair, value)
  }

  #spend(owner: string, spender: string, value: bigint, then: () => string | undefined) {
    const pair = `${owner} ${spender}`
    const left = this.#allowances.get(pair) ?? 0n
    if (left < value) return 'ERC20InsufficientAllowance'
    const refused = then()
    if (refused === undefined && left !== endless) this.#allow(pair, left - value)
    return refused
  }

  #mint(to: string, id: string): string | undefined {
    if (this.#owners.has(id)) return 'ERC721InvalidSender'
    this.#owners.set(id, to)
    return undefined
  }

  /** To somebody, or to nobody. */
  #hand(by: string, { owner, to, id }: { owner?: string; to?: string; id: string }) {
    const has = this.#owners.get(id)
    if (has === undefined) return 'ERC721NonexistentToken'
    const may = by === has || this.#operators.has(`${has} ${by}`) || this.#approved.get(id) === by
    if (!may) return 'ERC721InsufficientApproval'
    if (owner !== undefined && owner !== has) return 'ERC721IncorrectOwner'
    this.#approved.delete(id)
    if (to === undefined) this.#owners.delete(id)
    else this.#owners.set(id, to)
    return undefined
  }

  #approve(by: string, to: string, id: string): string | undefined {
    const has = this.#owners.get(id)
    if (has === undefined) return 'ERC721NonexistentToken'
    if (by !== has && !this.#operators.has(`${has} ${by}`)) return 'ERC721InvalidApprover'
    this.#approved.set(id, to)
    return undefined
  }
}

function shown(amounts: ReadonlyMap<string, bigint>): Record<string, string> {
  const some = [...amounts].filter(([, amount]) => amount > 0n).toSorted()
  return Object.fromEntries(some.map(([key, amount]) => [key, String(amount)]))
}

/** A step at random: most of them are possible, some are refused by the contract. */
export function randomStep(prng: Prng, accounts: readonly string[]): Step {
  const who = () => accounts[prng.int(0, accounts.length - 1)] ?? ''
  const amount = () => String(prng.int(0, 60))
  const deed = () => String(prng.int(1, deedsMax))
  const from = who()
  const allowed = () => (prng.int(0, 5) === 0 ? String(endless) : amount())
  const choices: (() => Omit<Step, 'from'>)[] = [
    () => ({ token: 'Coin', function: 'mint', args: [who(), String(prng.int(0, 500))] }),
    () => ({ token: 'Coin', function: 'transfer', args: [who(), amount()] }),
    () => ({ token: 'Coin', function: 'burn', args: [amount()] }),
    () => ({ token: 'Coin', function: 'approve', args: [who(), allowed()] }),
    () => ({ token: 'Coin', function: 'transferFrom', args: [who(), who(), amount()] }),
    () => ({ token: 'Coin', function: 'burnFrom', args: [who(), amount()] }),
    () => ({ token: 'Deed', function: 'mint', args: [who(), deed()] }),
    () => ({ token: 'Deed', function: 'transferFrom', args: [from, who(), deed()] }),
    () => ({ token: 'Deed', function: 'transferFrom', args: [who(), who(), deed()] }),
    () => ({ token: 'Deed', function: 'burn', args: [deed()] }),
    () => ({ token: 'Deed', function: 'approve', args: [who(), deed()] }),
    () => ({ token: 'Deed', function: 'setApprovalForAll', args: [who(), prng.int(0, 2) > 0] }),
  ]
  const step = choices[prng.int(0, choices.length - 1)] ?? choices[0]
  if (!step) throw new Error('there are choices')
  return { ...step(), from }
}
