// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Burnable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Burnable.sol";

/// The library's ERC-20; anybody mints, because tests do.
contract Coin is ERC20, ERC20Burnable {
    constructor() ERC20("Coin", "COIN") {}

    function mint(address to, uint256 value) external {
        _mint(to, value);
    }
}

/// The library's ERC-721; anybody mints what is not there yet.
contract Deed is ERC721, ERC721Burnable {
    constructor() ERC721("Deed", "DEED") {}

    function mint(address to, uint256 tokenId) external {
        _mint(to, tokenId);
    }
}
