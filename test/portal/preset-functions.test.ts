import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ChaincodeInterface, ChaincodeStub } from 'fabric-shim'
import {
  presetFunctions,
  presetNames,
  presetPackage,
} from '../../portal/src/pages/services/channel/preset-functions.ts'

const folder = '../../src/frameworks/fabric/contracts/presets'

describe('the portal', () => {
  it('offers what the presets of Fabric have', async () => {
    for (const preset of presetNames) {
      const { contract } = (await import(`${folder}/${preset}.ts`)) as {
        readonly contract: ChaincodeInterface
      }
      const asked = { getFunctionAndParameters: () => ({ fcn: 'nothing', params: [] }) }
      const { message } = await contract.Invoke(asked as unknown as ChaincodeStub)
      const names = presetFunctions(presetPackage(preset))?.map(({ name }) => name)
      assert.equal(message?.split('there are: ')[1], names?.join(', '), preset)
    }
  })
})
