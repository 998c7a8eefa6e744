/**
 * Tables of the index of blocks, for `openSql`: all services of one ledger. What is there can be
 * read again from the chains, but for the counts of `block_chains`: positions of events go back to
 * `base`, and `generation` says how often a chain went back.
 */
export const blockTables = `
CREATE TABLE block_chains (
  id INTEGER PRIMARY KEY,
  service TEXT NOT NULL UNIQUE,
  chain INTEGER NOT NULL,
  generation INTEGER NOT NULL DEFAULT 0,
  base INTEGER NOT NULL DEFAULT 0,
  height INTEGER NOT NULL DEFAULT -1,
  hash BLOB,
  range_version INTEGER NOT NULL DEFAULT 0,
  range_generation INTEGER NOT NULL DEFAULT 0,
  range_first INTEGER NOT NULL DEFAULT -1,
  range_last INTEGER NOT NULL DEFAULT -1,
  range_hash BLOB,
  fork_height INTEGER
) STRICT;

CREATE TABLE blocks (
  chain INTEGER NOT NULL,
  height INTEGER NOT NULL,
  hash BLOB NOT NULL,
  time INTEGER NOT NULL,
  virtual INTEGER,
  PRIMARY KEY (chain, height)
) STRICT, WITHOUT ROWID;

CREATE TABLE block_transactions (
  chain INTEGER NOT NULL,
  height INTEGER NOT NULL,
  place INTEGER NOT NULL,
  hash BLOB NOT NULL,
  status INTEGER NOT NULL,
  sender BLOB NOT NULL,
  receiver BLOB,
  created BLOB,
  gas_used INTEGER NOT NULL,
  input BLOB NOT NULL,
  act BLOB,
  PRIMARY KEY (chain, height, place)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX block_transactions_by_hash ON block_transactions (chain, hash);
CREATE INDEX block_transactions_by_act ON block_transactions (chain, act) WHERE act IS NOT NULL;

CREATE TABLE block_logs (
  chain INTEGER NOT NULL,
  position INTEGER NOT NULL,
  height INTEGER NOT NULL,
  place INTEGER NOT NULL,
  address BLOB NOT NULL,
  topics BLOB NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (chain, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX block_logs_by_address ON block_logs (chain, address, position);

CREATE TABLE block_ranges (
  entry INTEGER PRIMARY KEY,
  chain INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  until INTEGER NOT NULL,
  count INTEGER NOT NULL,
  root BLOB NOT NULL,
  same INTEGER,
  leaves BLOB
) STRICT;
CREATE INDEX block_ranges_by_height ON block_ranges (chain, until);

CREATE TABLE block_entries (
  id INTEGER PRIMARY KEY CHECK (id = 0),
  next INTEGER NOT NULL
) STRICT;
INSERT INTO block_entries VALUES (0, 0);
`
