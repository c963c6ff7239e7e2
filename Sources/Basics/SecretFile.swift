// Recognizes files with secrets by their names, so that a spec cannot expose their contents.

import Glibc

/// The names of files in which programs keep keys and passwords. An untrusted spec could name such a file as a table,
/// as prices or in `extends`; error messages, the ledger and reports would then quote it.
package enum SecretFile {
    /// The reason why such a file is rejected, phrased to follow the file's name.
    package static let refusal =
        "files with this name usually contain secrets, and Assay does not read them as part of an experiment"
        + " (a .env file next to the spec provides the values of ${NAME} in the spec)"

    /// Whether a path names a secret file, by its own name or that of a parent folder.
    package static func isNamed(_ path: String) -> Bool {
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { part in
            String(decoding: part.map { (0x41...0x5a).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
        }
        guard let name = parts.last else { return false }
        if parts.contains(where: folders.contains) || path.utf8.starts(with: "/proc/".utf8) { return true }
        if names.contains(name) || name == ".env" || name.utf8.starts(with: ".env.".utf8) { return true }
        return endings.contains { name.utf8.count > $0.utf8.count && name.utf8.reversed().starts(with: $0.utf8.reversed()) }
    }

    /// Like `isNamed`, but also follows symbolic links.
    package static func isTarget(of path: String) -> Bool {
        if isNamed(path) { return true }
        guard let real = realpath(path, nil) else { return false }
        defer { free(real) }
        // Links in parent folders belong to the user; only the last path component comes with a project.
        let found = String(cString: real)
        return lastPart(found) != lastPart(path) && isNamed(found)
    }

    private static func lastPart(_ path: String) -> Substring {
        path.utf8.split(separator: UInt8(ascii: "/")).last.map { Substring($0) } ?? ""
    }

    private static let folders: Set<String> = [".ssh", ".aws", ".azure", ".gnupg", ".kube", ".docker", ".password-store"]
    private static let names: Set<String> = [
        ".netrc", "_netrc", ".pgpass", ".my.cnf", ".npmrc", ".pypirc", ".git-credentials", ".htpasswd", ".vault-token",
        "credentials", "shadow", "gshadow", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "application_default_credentials.json",
    ]
    private static let endings = [".env", ".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx"]
}
