// The ledger's tables, version by version.

/// One list of statements per version. New versions are appended; existing ones never change.
enum Schema {
    static let versions = [
        """
        CREATE TABLE runs (
            id TEXT PRIMARY KEY, experiment TEXT NOT NULL, spec TEXT NOT NULL, started_at REAL NOT NULL,
            finished_at REAL, state TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
            process TEXT NOT NULL, heartbeat REAL NOT NULL, detail TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX runs_by_start ON runs (started_at);
        CREATE TABLE run_steps (
            run TEXT NOT NULL, step TEXT NOT NULL, kind TEXT NOT NULL, key TEXT, state TEXT NOT NULL,
            started_at REAL, seconds REAL, message TEXT,
            PRIMARY KEY (run, step)
        ) WITHOUT ROWID;
        CREATE INDEX run_steps_by_step ON run_steps (step, run);
        CREATE TABLE remote_jobs (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, key TEXT NOT NULL,
            part TEXT NOT NULL, attempt INTEGER NOT NULL, tag TEXT NOT NULL, fingerprint TEXT NOT NULL,
            state TEXT NOT NULL, is_open INTEGER NOT NULL, remote_id TEXT, run TEXT NOT NULL,
            step TEXT NOT NULL, emulated INTEGER NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL,
            detail TEXT NOT NULL,
            UNIQUE (account, key, part, attempt)
        );
        CREATE INDEX open_jobs ON remote_jobs (id) WHERE is_open;
        CREATE INDEX jobs_by_key ON remote_jobs (key);
        CREATE TABLE remote_files (
            account TEXT NOT NULL, digest TEXT NOT NULL, purpose TEXT NOT NULL, state TEXT NOT NULL,
            name TEXT NOT NULL, remote_id TEXT, bytes INTEGER NOT NULL, emulated INTEGER NOT NULL,
            uploaded_at REAL, expires_at REAL,
            PRIMARY KEY (account, digest, purpose)
        ) WITHOUT ROWID;
        CREATE TABLE leases (
            account TEXT NOT NULL, name TEXT NOT NULL, model TEXT NOT NULL, sku TEXT NOT NULL,
            capacity INTEGER NOT NULL, hourly INTEGER NOT NULL, emulated INTEGER NOT NULL,
            state TEXT NOT NULL, run TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
            process TEXT NOT NULL, heartbeat REAL NOT NULL, keep_until REAL, opened_at REAL NOT NULL,
            up_at REAL, ended_at REAL,
            PRIMARY KEY (account, name)
        ) WITHOUT ROWID;
        CREATE TABLE reservations (
            holder TEXT PRIMARY KEY, run TEXT NOT NULL, step TEXT NOT NULL, emulated INTEGER NOT NULL,
            amount INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE spend (
            receipt TEXT PRIMARY KEY, at REAL NOT NULL, run TEXT NOT NULL, step TEXT NOT NULL, key TEXT,
            account TEXT NOT NULL, emulated INTEGER NOT NULL, amount INTEGER NOT NULL, what TEXT NOT NULL,
            detail TEXT NOT NULL
        );
        CREATE INDEX spend_by_run ON spend (run);
        CREATE TABLE events (
            id INTEGER PRIMARY KEY, at REAL NOT NULL, run TEXT, step TEXT, what TEXT NOT NULL,
            detail TEXT NOT NULL
        );
        CREATE INDEX events_by_run ON events (run);
        """,
        """
        CREATE TABLE lease_users (
            account TEXT NOT NULL, name TEXT NOT NULL, run TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
            process TEXT NOT NULL, heartbeat REAL NOT NULL,
            PRIMARY KEY (account, name, run)
        ) WITHOUT ROWID;
        """,
        // Runs with the same cached steps share one record of them; no query needs the runs of a step.
        """
        CREATE TABLE cached_steps (digest TEXT PRIMARY KEY, steps TEXT NOT NULL);
        CREATE TABLE run_cached_steps (
            run TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (run, digest)
        ) WITHOUT ROWID;
        DROP INDEX run_steps_by_step;
        """,
        // Tombstones of jobs that a person removed, and the ledger's owner.
        """
        CREATE TABLE forgotten_jobs (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, tag TEXT NOT NULL,
            state TEXT NOT NULL, remote_id TEXT, step TEXT NOT NULL, forgotten_at REAL NOT NULL,
            detail TEXT NOT NULL
        );
        CREATE INDEX forgotten_jobs_by_tag ON forgotten_jobs (tag);
        CREATE TABLE owner (id TEXT NOT NULL);
        """,
    ]
}
