// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title A fungible token (ERC-20), with approval by signature (ERC-2612)
/// @notice The owner mints, up to the cap; holders transfer and burn.
contract Token is ERC20, ERC20Burnable, ERC20Permit, Ownable {
    /// @notice The most that there can be, in the smallest unit.
    uint256 public immutable cap;

    error CapExceeded(uint256 supply, uint256 cap);

    constructor(string memory tokenName, string memory tokenSymbol, uint256 maximum, address initialOwner)
        ERC20(tokenName, tokenSymbol)
        ERC20Permit(tokenName)
        Ownable(initialOwner)
    {
        cap = maximum;
    }

    /// @notice Makes new tokens. Only the owner may.
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
        if (totalSupply() > cap) revert CapExceeded(totalSupply(), cap);
    }
}
