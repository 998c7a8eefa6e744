import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { contractWorld } from '../../../testing/contract-world.ts'
import { createCompiler } from './compile.ts'
import type { CompileInput } from './compile-input.ts'
import { noticesOf } from './notices.ts'
import { compareCode } from './verify.ts'

const signal = new AbortController().signal

/** A contract with an immutable and a library that is on the chain by itself. */
const source = (note: string) => `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;
library Twice { function times(uint256 a) external pure returns (uint256) { return 2 * a; } }
contract Box {
    uint256 public immutable seven;
    constructor(uint256 value) { seven = value; }
    /// @notice ${note}
    function get() external view returns (uint256) { return Twice.times(seven); }
}`

describe('compareCode, of code on a chain', () => {
  const compiler = createCompiler({ timeoutMs: 120_000 })
  after(() => compiler.close())
  const compile = (note: string, contract: string, settings: CompileInput['settings'] = {}) =>
    compiler.compile({ sources: { 'Box.sol': source(note) }, contract, settings }, signal)

  it('knows what the sources are, and what they are not', async (t) => {
    const { deploy } = contractWorld(t)
    const library = await compile('Double.', 'Twice')
    const twice = await deploy(library, [])
    assert.equal(compareCode(library, await twice.code()), 'exact')

    const libraries = { 'Box.sol:Twice': twice.address }
    const compiled = await compile('Double.', 'Box', { libraries })
    const box = await deploy(compiled, [7])
    assert.equal(await box.call('get', []), '14')
    assert.deepEqual([...noticesOf(compiled.metadata)], [['get()', 'Double.']])
    const code = await box.code()
    assert.equal(compareCode(compiled, code), 'exact')
    assert.equal(compareCode(await compile('Double.', 'Box'), code), 'metadata differs')
    assert.equal(
      compareCode(await compile('Twice.', 'Box', { libraries }), code),
      'metadata differs',
    )
    const slow = { libraries, optimizer: { enabled: false, runs: 200 } }
    assert.equal(compareCode(await compile('Double.', 'Box', slow), code), 'differs')
    assert.equal(compareCode(library, code), 'differs')
  })
})
