// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Loyalty points, in whole numbers
/// @notice One issuer, named when the contract is made and never another one, gives points out.
/// Holders pass them on, and redeem them: redeemed points are gone.
contract Points is ERC20 {
    /// @notice The only account that issues points.
    address public immutable issuer;

    event Issued(address indexed to, uint256 amount, string note);
    event Redeemed(address indexed from, uint256 amount, string note);

    error NotIssuer(address account);
    error IssuerMissing();

    constructor(string memory tokenName, string memory tokenSymbol, address issuingAccount)
        ERC20(tokenName, tokenSymbol)
    {
        if (issuingAccount == address(0)) revert IssuerMissing();
        issuer = issuingAccount;
    }

    /// @notice Gives points out. `note` says what for, such as the number of an order.
    function issue(address to, uint256 amount, string calldata note) external {
        if (msg.sender != issuer) revert NotIssuer(msg.sender);
        _mint(to, amount);
        emit Issued(to, amount, note);
    }

    /// @notice Redeems points of the sender. `note` says for what.
    function redeem(uint256 amount, string calldata note) external {
        _burn(msg.sender, amount);
        emit Redeemed(msg.sender, amount, note);
    }

    /// @notice Points are whole.
    function decimals() public pure override returns (uint8) {
        return 0;
    }
}
