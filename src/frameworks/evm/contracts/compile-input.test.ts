import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import type { JsonObject } from '../../../kernel/json.ts'
import { readCompileInput } from './compile-input.ts'

function refusal(input: JsonObject): string {
  try {
    readCompileInput(input)
  } catch (error) {
    assert.ok(isCodedError(error) && error.code === 'ARGUMENT_INVALID', String(error))
    return error.message
  }
  return assert.fail('it was read')
}

describe('readCompileInput', () => {
  const sources = { 'A.sol': 'contract A {}' }

  it('reads sources, a contract and settings', () => {
    const input = {
      sources: { '@openzeppelin/contracts/access/Ownable.sol': '', 'a/B_c-d.sol': 'x' },
      contract: 'a/B_c-d.sol:B',
      settings: {
        evmVersion: 'cancun',
        optimizer: { enabled: false, runs: 1 },
        viaIR: true,
        libraries: { 'a.sol:L': `0x${'ab'.repeat(20)}` },
      },
    }
    assert.deepEqual(readCompileInput(input), input)
    assert.deepEqual(readCompileInput({ sources, settings: { optimizer: {} } }).settings, {
      optimizer: { enabled: true, runs: 200 },
    })
  })

  it('names what is wrong', () => {
    const cases: [JsonObject, RegExp][] = [
      [{}, /^sources: it is an object/],
      [{ sources: {} }, /^sources: 1 to 500 files/],
      [{ sources: { 'A.sol': ' \n' } }, /^sources: "A.sol" is empty/],
      [{ sources: { 'A.sol': '', 'B.sol': '' } }, /^sources: all of them are empty/],
      [{ sources: { 'A.sol': 1 } }, /^sources\["A\.sol"\]: it is a text/],
      [{ sources: { '../A.sol': '' } }, /^sources\["\.\.\/A\.sol"\]: a name is such as/],
      [{ sources: { '/A.sol': '' } }, /a name is/],
      [{ sources: { 'a//A.sol': '' } }, /a name is/],
      [{ sources: { 'A.txt': '' } }, /a name is/],
      [{ sources: { 'a\nb.sol': '' } }, /a name is/],
      [{ sources: { 'A.sol': 'x'.repeat(2 * 1024 * 1024 + 1) } }, /more than 2097152 bytes/],
      [{ sources, contract: 'A B' }, /^contract: /],
      [{ sources, contract: 7 }, /^contract: 7/],
      [{ sources, more: 1 }, /^"more": there is no such member/],
      [{ sources, settings: [] }, /^settings: it is an object/],
      [{ sources, settings: { modelChecker: {} } }, /^settings\."modelChecker": there is no/],
      [{ sources, settings: { evmVersion: 'byzantium' } }, /^settings\.evmVersion: one of paris/],
      [{ sources, settings: { viaIR: 1 } }, /^settings\.viaIR/],
      [{ sources, settings: { optimizer: { runs: -1 } } }, /^settings\.optimizer\.runs/],
      [{ sources, settings: { optimizer: { enabled: 1 } } }, /^settings\.optimizer\.enabled/],
      [{ sources, settings: { optimizer: { details: {} } } }, /^settings\.optimizer\."details"/],
      [{ sources, settings: { libraries: { L: '0x' } } }, /^settings\.libraries\["L"\]: its name/],
      [{ sources, settings: { libraries: { 'a:L': '0x' } } }, /it is an address/],
    ]
    for (const [input, message] of cases) assert.match(refusal(input), message)
    const many = Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`${i}.sol`, '']))
    assert.match(refusal({ sources: many }), /1 to 500 files/)
  })
})
