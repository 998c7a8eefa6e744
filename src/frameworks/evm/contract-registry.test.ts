import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { ContractRegistry, contractsTable, nameOfContract } from './contract-registry.ts'

const at = (digits: string) => `0x${digits.repeat(20)}` as const

function open() {
  const database = new DatabaseSync(':memory:')
  database.exec(contractsTable)
  return { database, contracts: new ContractRegistry(database) }
}

describe('names of contracts', () => {
  it('are kept by service, and are there again', () => {
    const { database, contracts } = open()
    contracts.add('coin', { name: 'shop', address: at('aB'), abi: [], template: 'points' })
    const again = new ContractRegistry(database)
    for (const one of [contracts, again]) {
      assert.equal(one.find('coin', 'shop')?.template, 'points')
      assert.equal(one.find('coin', at('ab'))?.name, 'shop')
      assert.equal(one.find('other', 'shop'), undefined)
      assert.deepEqual(one.addressesOf('coin'), [at('ab')])
    }
  })

  it('get a number where they are made up and taken, and are refused where they are given', () => {
    const { contracts } = open()
    const names = ['aa', 'bb', 'cc'].map(
      (digits) => contracts.add('coin', { name: 'shop', address: at(digits), abi: [] }).name,
    )
    assert.deepEqual(names, ['shop', 'shop-2', 'shop-3'])
    const taken = { name: 'shop', address: at('dd'), abi: [] }
    assert.throws(() => contracts.put('coin', taken), { code: 'CONTRACT_NAME_TAKEN' })
    contracts.put('coin', { name: 'till', address: at('aa'), abi: [] })
    assert.equal(contracts.find('coin', 'shop'), undefined)
    contracts.put('coin', taken)
    contracts.remove('coin', 'till')
    assert.deepEqual(
      contracts.list('coin').map(({ name }) => name),
      ['shop', 'shop-2', 'shop-3'],
    )
  })

  it('are so many at most', () => {
    const { contracts } = open()
    for (let i = 0; i < 10_000; i++) {
      const address = `0x${i.toString(16).padStart(40, '0')}` as const
      contracts.add('coin', { name: `c-${i}`, address, abi: [] })
    }
    const more = { name: 'more', address: at('ff'), abi: [] }
    assert.throws(() => contracts.add('coin', more), { code: 'CONTRACTS_TOO_MANY' })
  })

  it('are made of what contracts are called', () => {
    for (const [contract, name] of [
      ['ShopPoints', 'shop-points'],
      ['ERC20', 'erc20'],
      ['_x', 'contract'],
    ] as const) {
      assert.equal(nameOfContract(contract), name)
    }
  })
})
