// A cache of values computed from file contents, by digest: after a change to one image, only that image is inspected
// again.

package import Basics
package import Foundation
import Platform
import Synchronization

/// Values by the digest of the bytes they were computed from. Several processes may add to it at once. It is a cache:
/// a lost file is recreated.
package final class DigestMemory: Sendable {
    private static let header = "ASSAYDM1"

    private let log: PackedLog
    private let values = Mutex<[Digest: Data]?>(nil)

    init(path: String, store: ArtifactStore) {
        log = PackedLog(path: path, header: DigestMemory.header, fileSystem: store.fileSystem)
    }

    /// The known values, in the order of the digests; `nil` for an unknown one. Throws `FileError`.
    package func values(of digests: [Digest]) throws -> [Data?] {
        try values.withLock { held in
            let known = try held ?? load()
            held = known
            return digests.map { known[$0] }
        }
    }

    /// Adds values. Throws `FileError`.
    package func remember(_ found: [(digest: Digest, value: Data)]) throws {
        try values.withLock { held in
            for (digest, value) in found { held?[digest] = value }
            try log.append(
                found.map { digest, value in
                    var record = Data(capacity: 32 + value.count)
                    record.append(digest: digest)
                    record.append(value)
                    return record
                })
        }
    }

    private func load() throws -> [Digest: Data] {
        let bytes: Data
        do {
            bytes = try log.fileSystem.read(log.path)
        } catch FileError.missing {
            return [:]
        }
        var values: [Digest: Data] = [:]
        let isKnown = bytes.withUnsafeBytes { all in
            log.scan(all) { record, _ in
                var reader = ByteReader(bytes: record)
                guard let digest = reader.digest() else { return }
                values[digest] = Data(record[reader.position...])
            }
        }
        // The file has another format: start over.
        if !isKnown { try log.rewrite([]) }
        return values
    }
}
