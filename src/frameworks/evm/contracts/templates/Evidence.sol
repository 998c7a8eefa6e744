// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title A register of evidence: who had which document, and since when
/// @notice Only the hash of a document is registered, by whoever comes first, and nothing of it is
/// ever changed.
contract Evidence {
    struct Entry {
        address registrar;
        uint64 time;
        uint64 height;
        string note;
    }

    mapping(bytes32 digest => Entry) private _entries;

    event Registered(bytes32 indexed digest, address indexed registrar, uint64 time, string note);

    error AlreadyRegistered(bytes32 digest, address registrar, uint64 time);
    error NotRegistered(bytes32 digest);

    /// @notice Registers a hash, such as the SHA-256 of a file. `note` is public.
    function register(bytes32 digest, string calldata note) external {
        _register(digest, note);
    }

    /// @notice Registers several hashes with one note: all of them, or none.
    function registerMany(bytes32[] calldata digests, string calldata note) external {
        for (uint256 i = 0; i < digests.length; ++i) {
            _register(digests[i], note);
        }
    }

    /// @notice Who registered a hash, when (seconds since 1970), in which block.
    function evidenceOf(bytes32 digest) external view returns (Entry memory) {
        Entry memory entry = _entries[digest];
        if (entry.registrar == address(0)) revert NotRegistered(digest);
        return entry;
    }

    function isRegistered(bytes32 digest) external view returns (bool) {
        return _entries[digest].registrar != address(0);
    }

    function _register(bytes32 digest, string calldata note) private {
        Entry storage entry = _entries[digest];
        if (entry.registrar != address(0)) {
            revert AlreadyRegistered(digest, entry.registrar, entry.time);
        }
        entry.registrar = msg.sender;
        entry.time = uint64(block.timestamp);
        entry.height = uint64(block.number);
        entry.note = note;
        emit Registered(digest, msg.sender, uint64(block.timestamp), note);
    }
}
