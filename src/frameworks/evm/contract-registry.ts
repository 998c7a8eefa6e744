import type { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@openbsn/sdk'
import type { Abi } from 'viem'
import { namePattern } from '../../ledger/modules/module.ts'
import type { CompileInput } from './contracts/compile-input.ts'
import { evmError } from './errors.ts'

/** What a service's node knows of contracts beside the chain. */
export const contractsTable = `CREATE TABLE contracts (
     service TEXT NOT NULL,
     name TEXT NOT NULL,
     address TEXT NOT NULL, -- With its checksum (EIP-55).
     abi TEXT NOT NULL, -- JSON.
     template TEXT,
     source TEXT, -- JSON: what it was compiled from.
     verified TEXT, -- How far the chain's code is that of the source.
     PRIMARY KEY (service, name)
   ) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX contracts_at ON contracts (service, address)`

/** How far the code of the chain is what its source compiles to. */
export type Verified = 'exact' | 'metadata differs'

export type ContractSource = CompileInput & { readonly compiler: string }

export type KnownContract = {
  /** Of `namePattern`, unique in its service. */
  readonly name: string
  /** 20 bytes in hex, with checksum. */
  readonly address: `0x${string}`
  readonly abi: Abi
  readonly template?: string
  readonly source?: ContractSource
  readonly verified?: Verified
}

/** A service has so many at most: more are not to be told apart by a list any more. */
const contractsMax = 10_000

export const nameTaken = ({ name, address }: Pick<KnownContract, 'name' | 'address'>) =>
  evmError('CONTRACT_NAME_TAKEN', `${name} is the contract at ${address}.`)

type Known = {
  readonly byName: Map<string, KnownContract>
  readonly byAddress: Map<string, KnownContract>
}

/** The contracts of every service that this node knows by name. */
export class ContractRegistry {
  readonly #database: DatabaseSync
  readonly #known = new Map<string, Known>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** By name, or by address in any case of letters. */
  find(service: string, contract: string): KnownContract | undefined {
    const { byName, byAddress } = this.#of(service)
    return byName.get(contract) ?? byAddress.get(contract.toLowerCase())
  }

  /** In the order of their names. */
  list(service: string): KnownContract[] {
    const known = [...this.#of(service).byName.values()]
    return known.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Addresses in lower case. */
  addressesOf(service: string): string[] {
    return [...this.#of(service).byAddress.keys()]
  }

  /**
   * Keeps a contract under its name, or where another has that, under the name with the first
   * number that is free. One that is known already stays as it is.
   * @throws CONTRACTS_TOO_MANY
   */
  add(service: string, contract: KnownContract): KnownContract {
    const known = this.#of(service)
    const before = known.byAddress.get(contract.address.toLowerCase())
    if (before) return before
    if (known.byName.size >= contractsMax) {
      const message = `${service} has ${contractsMax} contracts that are known by name already.`
      throw evmError('CONTRACTS_TOO_MANY', message)
    }
    const named = { ...contract, name: freeName(known.byName, contract.name) }
    this.#save(service, named)
    return named
  }

  /**
   * Keeps a contract under just this name; at the same address it takes the place of what was
   * known. @throws CONTRACT_NAME_TAKEN
   */
  put(service: string, contract: KnownContract): KnownContract {
    const known = this.#of(service)
    const address = contract.address.toLowerCase()
    const holder = known.byName.get(contract.name)
    if (holder && holder.address.toLowerCase() !== address) throw nameTaken(holder)
    const before = known.byAddress.get(address)
    if (before && before.name !== contract.name) this.remove(service, before.name)
    this.#save(service, contract)
    return contract
  }

  /** Forgets a contract; what is on the chain stays. */
  remove(service: string, name: string): void {
    const known = this.#of(service)
    const contract = known.byName.get(name)
    if (!contract) return
    const sql = 'DELETE FROM contracts WHERE service = ? AND name = ?'
    this.#database.prepare(sql).run(service, name)
    known.byName.delete(name)
    known.byAddress.delete(contract.address.toLowerCase())
  }

  #save(service: string, contract: KnownContract): void {
    const { name, address, abi, template, source, verified } = contract
    const sql = 'INSERT OR REPLACE INTO contracts VALUES (?, ?, ?, ?, ?, ?, ?)'
    const sources = source ? JSON.stringify(source) : null
    const row = [JSON.stringify(abi), template ?? null, sources, verified ?? null]
    this.#database.prepare(sql).run(service, name, address, ...row)
    const known = this.#of(service)
    known.byName.set(name, contract)
    known.byAddress.set(address.toLowerCase(), contract)
  }

  #of(service: string): Known {
    const found = this.#known.get(service)
    if (found) return found
    const rows = this.#database.prepare('SELECT * FROM contracts WHERE service = ?').all(service)
    const contracts = rows.map(contractOf)
    const known = {
      byName: new Map(contracts.map((one) => [one.name, one])),
      byAddress: new Map(contracts.map((one) => [one.address.toLowerCase(), one])),
    }
    this.#known.set(service, known)
    return known
  }
}

type Row = Readonly<Record<string, unknown>>

function contractOf({ name, address, abi, template, source, verified }: Row): KnownContract {
  return {
    name: String(name),
    address: String(address) as KnownContract['address'],
    abi: JSON.parse(String(abi)) as Abi,
    ...(template === null ? {} : { template: String(template) }),
    ...(source === null ? {} : { source: JSON.parse(String(source)) as ContractSource }),
    ...(verified === null ? {} : { verified: verified as Verified }),
  }
}

function freeName(taken: ReadonlyMap<string, unknown>, wanted: string): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    if (!taken.has(name)) return name
  }
}

/** `ShopPoints` as `shop-points`: a name of the form that services have. */
export function nameOfContract(contract: string): string {
  const words = contract.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase()
  const name = words.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '')
  return namePattern.test(name) ? name : 'contract'
}

/** @throws ARGUMENT_INVALID */
export function requireName(name: string): string {
  if (namePattern.test(name)) return name
  const message = 'name: 2 to 63 of a-z, 0-9 and -, and no - at the beginning.'
  throw new CodedError('ARGUMENT_INVALID', message)
}
