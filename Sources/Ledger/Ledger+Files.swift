// Uploaded files in the ledger.

package import Basics
import Foundation
import GRDB

extension Ledger {
    /// Records a file that is about to be uploaded, was uploaded, or was found at the provider. It replaces the
    /// record with the same account, digest and purpose.
    package func recordFile(_ file: RemoteFile) throws {
        try write(durable: true) { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO remote_files (account, digest, purpose, state, name, remote_id, bytes,
                        emulated, uploaded_at, expires_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    file.account, file.digest.hex, file.purpose, file.state, file.name, file.remoteID, file.bytes,
                    file.emulated, file.uploadedAt?.timeIntervalSince1970, file.expiresAt?.timeIntervalSince1970,
                ])
        }
    }

    /// Removes the record of a file that the provider no longer has.
    package func forgetFile(account: String, digest: Digest, purpose: String) throws {
        try write(durable: true) { database in
            try database.execute(
                sql: "DELETE FROM remote_files WHERE account = ? AND digest = ? AND purpose = ?",
                arguments: [account, digest.hex, purpose])
        }
    }

    /// The record of an uploaded file; `nil` when these bytes are not recorded at the account for this purpose.
    package func file(account: String, digest: Digest, purpose: String) throws -> RemoteFile? {
        try read { try files($0, where: "account = ? AND digest = ? AND purpose = ?", [account, digest.hex, purpose]) }
            .first
    }

    /// The recorded files of one account, or of all accounts when `account` is `nil`.
    package func files(account: String? = nil) throws -> [RemoteFile] {
        try read { try files($0, where: "?1 IS NULL OR account = ?1", [account]) }
    }

    private func files(
        _ database: Database, where condition: String, _ arguments: StatementArguments
    ) throws -> [RemoteFile] {
        try rows(
            database, of: "remote_files", sql: "SELECT * FROM remote_files WHERE \(condition) ORDER BY account, name",
            arguments
        ).map { row in
            RemoteFile(
                account: try row.text("account"), digest: try row.digest("digest"), purpose: try row.text("purpose"),
                state: try row.text("state"), name: try row.text("name"), remoteID: try row.optionalText("remote_id"),
                bytes: Int64(try row.count("bytes")), emulated: try row.flag("emulated"),
                uploadedAt: try row.optionalDate("uploaded_at"), expiresAt: try row.optionalDate("expires_at"))
        }
    }
}
