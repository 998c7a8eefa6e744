// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ERC1155Burnable} from "@openzeppelin/contracts/token/ERC1155/extensions/ERC1155Burnable.sol";
import {ERC1155Supply} from "@openzeppelin/contracts/token/ERC1155/extensions/ERC1155Supply.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title Many kinds of tokens in one contract (ERC-1155)
/// @notice The owner mints any amount of any kind; holders transfer and burn.
contract MultiToken is ERC1155, ERC1155Burnable, ERC1155Supply, Ownable {
    constructor(string memory descriptionsUri, address initialOwner) ERC1155(descriptionsUri) Ownable(initialOwner) {}

    /// @notice Makes tokens of one kind. Only the owner may.
    function mint(address to, uint256 id, uint256 amount) external onlyOwner {
        _mint(to, id, amount, "");
    }

    /// @notice Makes tokens of several kinds. Only the owner may.
    function mintBatch(address to, uint256[] calldata ids, uint256[] calldata amounts)
        external
        onlyOwner
    {
        _mintBatch(to, ids, amounts, "");
    }

    function _update(address from, address to, uint256[] memory ids, uint256[] memory values)
        internal
        override(ERC1155, ERC1155Supply)
    {
        super._update(from, to, ids, values);
    }
}
