import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { alice, bob, contractWorld } from '../../../testing/contract-world.ts'
import { signatureHash } from './abi-signature.ts'
import { createCompiler } from './compile.ts'
import { type ContractTemplate, templates } from './templates.ts'
import { compareCode } from './verify.ts'

const signal = new AbortController().signal

/** For all tests of a `describe`. */
function templateCompiler() {
  const compiler = createCompiler({ timeoutMs: 120_000 })
  after(() => compiler.close())
  return async (name: ContractTemplate['name']) => {
    const { sources, contract } = templates.find((one) => one.name === name) ?? assert.fail(name)
    return compiler.compile({ sources, contract }, signal)
  }
}

describe('templates', () => {
  const compile = templateCompiler()

  it('compile without a warning, and take the arguments that they name', async () => {
    for (const { name, arguments: described, contract } of templates) {
      const compiled = await compile(name)
      assert.deepEqual(compiled.warnings, [], name)
      assert.equal(compiled.name, contract)
      const taken = compiled.abi.find((item) => item.type === 'constructor')?.inputs ?? []
      assert.deepEqual(
        described.map((one) => [one.name, one.type]),
        taken.map((one) => [one.name, one.type]),
        name,
      )
      assert.match(compiled.metadata, /Apache-2\.0/)
      assert.match(compiled.compiler, /^0\.8\.37\+commit\.[0-9a-f]{8}$/)
      const packages = name === 'evidence' ? {} : { '@openzeppelin/contracts': '5.7.0' }
      assert.deepEqual(compiled.packages, packages)
    }
  })

  it('points: the issuer that was named issues, holders pass on and redeem', async (t) => {
    const { deploy } = contractWorld(t)
    const compiled = await compile('points')
    const args = { tokenName: 'Miles', tokenSymbol: 'MI', issuingAccount: alice }
    const points = await deploy(compiled, args)
    const issued = await points.send('issue', { to: bob, amount: 5, note: 'order 7' })
    assert.deepEqual(issued, [
      { name: 'Transfer', args: { from: `0x${'0'.repeat(40)}`, to: bob, value: '5' } },
      { name: 'Issued', args: { to: bob, amount: '5', note: 'order 7' } },
    ])
    await points.send('transfer', [alice, 2], bob)
    await points.send('redeem', [1, 'tea'], bob)
    assert.equal(await points.call('balanceOf', [bob]), '2')
    assert.equal(await points.call('totalSupply', []), '4')
    assert.equal(await points.call('decimals', []), '0')
    assert.equal(await points.call('issuer', []), alice)
    assert.equal(await points.revert('issue', [bob, 1, ''], bob), `NotIssuer(account: ${bob})`)
    assert.match(await points.revert('redeem', [9, ''], bob), /^ERC20InsufficientBalance\(sender/)
    // The issuer is in the code: an immutable.
    assert.equal(compareCode(compiled, await points.code()), 'exact')
    await assert.rejects(deploy(compiled, { ...args, issuingAccount: `0x${'0'.repeat(40)}` }))
  })
})

describe('templates of tokens', () => {
  const compile = templateCompiler()

  it('erc20: the owner mints up to the cap', async (t) => {
    const { deploy } = contractWorld(t)
    const args = { tokenName: 'Coin', tokenSymbol: 'C', maximum: 100, initialOwner: alice }
    const coin = await deploy(await compile('erc20'), args)
    await coin.send('mint', [bob, 100])
    assert.equal(await coin.revert('mint', [bob, 1]), 'CapExceeded(supply: 101, cap: 100)')
    assert.match(await coin.revert('mint', [bob, 1], bob), /^OwnableUnauthorizedAccount/)
    await coin.send('approve', { spender: alice, value: 30 }, bob)
    await coin.send('transferFrom', { from: bob, to: alice, value: 30 })
    await coin.send('burn', ['10'], bob)
    assert.equal(await coin.call('balanceOf', [bob]), '60')
    assert.equal(await coin.call('totalSupply', []), '90')
  })

  it('erc721: things are numbered from 1 and described', async (t) => {
    const { deploy } = contractWorld(t)
    const args = { tokenName: 'Cups', tokenSymbol: 'CUP', initialOwner: alice }
    const cups = await deploy(await compile('erc721'), args)
    const events = await cups.send('mint', [bob, 'ipfs://cup'])
    assert.deepEqual(events.at(-1)?.args.tokenId, '1')
    assert.equal(await cups.call('tokenURI', [1]), 'ipfs://cup')
    await cups.send('safeTransferFrom(address,address,uint256)', [bob, alice, 1], bob)
    assert.equal(await cups.call('ownerOf', [1]), alice)
    await cups.send('burn', [1])
    await cups.send('mint', [bob, 'ipfs://next'])
    assert.equal(await cups.call('minted', []), '2')
    assert.equal(await cups.call('supportsInterface', ['0x80ac58cd']), true)
    assert.match(await cups.revert('ownerOf', [1]), /^ERC721NonexistentToken\(tokenId: 1\)/)
    assert.match(await cups.revert('mint', [bob, ''], bob), /^OwnableUnauthorizedAccount/)
  })

  it('erc1155: many kinds, one by one and in bulk', async (t) => {
    const { deploy } = contractWorld(t)
    const args = ['https://things.example/{id}.json', alice]
    const things = await deploy(await compile('erc1155'), args)
    await things.send('mint', { to: bob, id: 7, amount: 3 })
    await things.send('mintBatch', { to: bob, ids: [7, 8], amounts: [1, 2] })
    const batch = [bob, alice, [7, 8], [2, 1], '0x']
    await things.send('safeBatchTransferFrom', batch, bob)
    await things.send('burn', [bob, 7, 1], bob)
    const balances = await things.call('balanceOfBatch', [
      [bob, bob, alice],
      [7, 8, 7],
    ])
    assert.deepEqual(balances, ['1', '1', '2'])
    assert.equal(await things.call('totalSupply(uint256)', [7]), '3')
    assert.equal(await things.call('uri', [7]), args[0])
    assert.match(await things.revert('mint', [bob, 1, 1], bob), /^OwnableUnauthorizedAccount/)
  })
})

describe('templates of registers', () => {
  const compile = templateCompiler()

  it('evidence: the first one counts, and nothing is changed', async (t) => {
    const { deploy } = contractWorld(t)
    const evidence = await deploy(await compile('evidence'), [])
    const digests = [1, 2, 3].map((n) => `0x${String(n).padStart(64, '0')}`)
    const [one = '', two = '', three = ''] = digests
    await evidence.send('register', [one, 'contract.pdf'], bob)
    await evidence.send('registerMany', [[two, three], 'both'])
    const entry = await evidence.call('evidenceOf', [one])
    assert.ok(entry && typeof entry === 'object' && !Array.isArray(entry))
    assert.deepEqual([entry.registrar, entry.note], [bob, 'contract.pdf'])
    assert.ok(Number(entry.time) > 1_700_000_000 && Number(entry.height) > 0)
    assert.match(await evidence.revert('register', [one, '']), /^AlreadyRegistered\(digest: 0x0/)
    assert.match(await evidence.revert('registerMany', [[digests[0] ?? ''], '']), /^Already/)
    assert.equal(await evidence.call('isRegistered', [`0x${'9'.repeat(64)}`]), false)
    assert.match(await evidence.revert('evidenceOf', [`0x${'9'.repeat(64)}`]), /^NotRegistered/)
  })

  it('access-control: administrators grant and revoke by name', async (t) => {
    const { deploy } = contractWorld(t)
    const roles = await deploy(await compile('access-control'), { administrator: alice })
    await roles.send('grant', ['auditor', bob])
    assert.equal(await roles.call('has', ['auditor', bob]), true)
    const role = await roles.call('roleOf', ['auditor'])
    assert.equal(role, signatureHash('auditor'))
    assert.deepEqual(await roles.call('getRoleMembers', [role]), [bob])
    assert.match(
      await roles.revert('grant', ['auditor', bob], bob),
      /^AccessControlUnauthorizedAccount/,
    )
    await roles.send('setAdministrators', ['auditor', 'auditor'])
    await roles.send('grant', ['auditor', alice], bob)
    await roles.send('revoke', ['auditor', bob], bob)
    assert.match(await roles.revert('requireRole', ['auditor', bob]), /^AccessControlUnauth/)
    assert.equal(await roles.call('requireRole', ['auditor', alice]), null)
  })
})
