/** The tables of `private.sqlite`, in order of their versions. */
export const migrations = [
  `
  -- One row: the epoch that holds, and the key of the keyed hash that stands for a subject.
  CREATE TABLE store (
    id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL, hash_key BLOB NOT NULL
  ) STRICT;
  -- Keys of subjects, wrapped by an epoch's key. Rows of another epoch than the one that holds are
  -- an erasure under way, or what one left.
  CREATE TABLE subject_keys (
    epoch INTEGER NOT NULL, subject BLOB NOT NULL, wrapped BLOB NOT NULL,
    PRIMARY KEY (epoch, subject)
  ) STRICT, WITHOUT ROWID;
  -- Of one that was erased, what the ledger shows anyway is kept, so that it stays erased.
  CREATE TABLE payloads (
    commitment BLOB PRIMARY KEY, act BLOB NOT NULL, subject BLOB, sealed BLOB, erased INTEGER,
    CHECK ((subject IS NULL) = (sealed IS NULL) AND (sealed IS NULL) = (erased IS NOT NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX payloads_by_act ON payloads (act);
  CREATE INDEX payloads_by_subject ON payloads (subject) WHERE subject IS NOT NULL;
  CREATE TABLE erasures (
    id BLOB PRIMARY KEY, ledger TEXT NOT NULL, service TEXT NOT NULL, credential TEXT NOT NULL,
    time INTEGER NOT NULL, count INTEGER NOT NULL, entry INTEGER
  ) STRICT, WITHOUT ROWID;
  `,
]
