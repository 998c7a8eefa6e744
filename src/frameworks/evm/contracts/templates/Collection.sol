// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Burnable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Burnable.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title Single things (ERC-721), each with an address of its description
/// @notice The owner mints; holders transfer and burn. Numbers begin at 1 and never come twice.
contract Collection is ERC721, ERC721URIStorage, ERC721Burnable, Ownable {
    /// @notice How many were minted, burned ones included; also the number of the last one.
    uint256 public minted;

    constructor(string memory tokenName, string memory tokenSymbol, address initialOwner)
        ERC721(tokenName, tokenSymbol)
        Ownable(initialOwner)
    {}

    /// @notice Makes the next one, for `to`; `uri` is where its description is. Only the owner may.
    function mint(address to, string calldata uri) external onlyOwner returns (uint256 tokenId) {
        tokenId = ++minted;
        _setTokenURI(tokenId, uri);
        _safeMint(to, tokenId);
    }

    function tokenURI(uint256 tokenId)
        public
        view
        override(ERC721, ERC721URIStorage)
        returns (string memory)
    {
        return super.tokenURI(tokenId);
    }

    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(ERC721, ERC721URIStorage)
        returns (bool)
    {
        return super.supportsInterface(interfaceId);
    }
}
