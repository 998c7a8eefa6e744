import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { alice, contractWorld } from '../../../testing/contract-world.ts'
import { createCompiler } from './compile.ts'
import { implementationOf } from './proxies.ts'

const signal = new AbortController().signal
const proxy = '@openzeppelin/contracts/proxy'
const source = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;
import {ERC1967Proxy} from "${proxy}/ERC1967/ERC1967Proxy.sol";
import {BeaconProxy} from "${proxy}/beacon/BeaconProxy.sol";
import {UpgradeableBeacon} from "${proxy}/beacon/UpgradeableBeacon.sol";
import {Clones} from "${proxy}/Clones.sol";
contract Box { function get() external pure returns (uint256) { return 7; } }
contract Maker {
    address public box = address(new Box());
    address public direct = address(new Direct(box));
    address public beacon = address(new UpgradeableBeacon(box, msg.sender));
    address public through = address(new BeaconProxy(beacon, ""));
    address public clone = Clones.clone(box);
    address public cloneWithArguments = Clones.cloneWithImmutableArgs(box, "tea");
    address public broken = address(new Broken(msg.sender));
}
contract Direct is ERC1967Proxy {
    constructor(address box) ERC1967Proxy(box, "") {}
    function _unsafeAllowUninitialized() internal pure override returns (bool) { return true; }
}
contract Broken {
    constructor(address nobody) {
        assembly {
            sstore(0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50, nobody)
        }
    }
}`

describe('implementationOf', () => {
  const compiler = createCompiler({ timeoutMs: 120_000 })
  after(() => compiler.close())

  it('finds whose code a proxy runs', async (t) => {
    const { chain, deploy } = contractWorld(t)
    const sources = { 'Maker.sol': source }
    const maker = await deploy(await compiler.compile({ sources, contract: 'Maker' }, signal), [])
    const box = await maker.call('box', [])
    const found = async (name: string) =>
      implementationOf(chain, String(await maker.call(name, [])), signal)
    for (const name of ['direct', 'through', 'clone', 'cloneWithArguments']) {
      assert.equal(await found(name), box, name)
    }
    for (const name of ['box', 'beacon', 'broken']) {
      assert.equal(await found(name), undefined, name)
    }
    assert.equal(await implementationOf(chain, maker.address, signal), undefined)
    assert.equal(await implementationOf(chain, alice, signal), undefined)
  })
})
