// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {
    AccessControlEnumerable
} from "@openzeppelin/contracts/access/extensions/AccessControlEnumerable.sol";

/// @title Roles, by name, that other contracts and applications ask for
/// @notice Administrators grant and revoke; each role may get administrators of its own
/// (`setAdministrators`). Who is in a role can be listed.
contract AccessRegistry is AccessControlEnumerable {
    event RoleNamed(bytes32 indexed role, string name);

    error AdministratorMissing();

    constructor(address administrator) {
        if (administrator == address(0)) revert AdministratorMissing();
        _grantRole(DEFAULT_ADMIN_ROLE, administrator);
    }

    /// @notice The number of a role, for the functions that take one.
    function roleOf(string memory name) public pure returns (bytes32) {
        return keccak256(bytes(name));
    }

    /// @notice Grants a role by its name. Only an administrator of the role may.
    function grant(string calldata name, address account) external {
        bytes32 role = roleOf(name);
        grantRole(role, account);
        emit RoleNamed(role, name);
    }

    /// @notice Takes a role away, by its name. Only an administrator of the role may.
    function revoke(string calldata name, address account) external {
        revokeRole(roleOf(name), account);
    }

    /// @notice Makes the members of `administrators` the administrators of `name`.
    function setAdministrators(string calldata name, string calldata administrators)
        external
        onlyRole(DEFAULT_ADMIN_ROLE)
    {
        _setRoleAdmin(roleOf(name), roleOf(administrators));
    }

    /// @notice True where the account has the role.
    function has(string calldata name, address account) external view returns (bool) {
        return hasRole(roleOf(name), account);
    }

    /// @notice Reverts where the account does not have the role: for other contracts.
    function requireRole(string calldata name, address account) external view {
        _checkRole(roleOf(name), account);
    }
}
