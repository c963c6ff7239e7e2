// Objects, buckets and upload sessions of the emulated Cloud Storage.

import Basics
import EmulatorCore
import Foundation
import VertexWire

/// A live object. Its bytes are in a file named by the generation, so an overwrite never changes a file that is being
/// read.
struct StoredObject: Codable, Hashable, Sendable {
    var bucket: String
    var name: String
    /// Unique and increasing over all objects of the account.
    var generation: Int64
    var metageneration: Int64 = 1
    var contentType: String
    var size: Int
    var md5Hash: String
    var crc32c: String
    var metadata: [String: String]?
    var createdAt: Date
    var updatedAt: Date

    /// `gs://bucket/name`.
    var uri: String { "gs://\(bucket)/\(name)" }

    var fileName: String { String(generation) }

    /// The object as the API describes it.
    func described(_ origin: String) -> VertexWire.StorageObject {
        let encoded = self.name.addingPercentEncoding(withAllowedCharacters: .urlSegment) ?? self.name
        return VertexWire.StorageObject {
            $0.kind = "storage#object"
            $0.id = "\(bucket)/\(name)/\(generation)"
            $0.selfLink = "\(origin)/storage/v1/b/\(bucket)/o/\(encoded)"
            $0.mediaLink = "\(origin)/download/storage/v1/b/\(bucket)/o/\(encoded)?generation=\(generation)&alt=media"
            $0.name = name
            $0.bucket = bucket
            $0.generation = ProtoInt64(Int(generation))
            $0.metageneration = ProtoInt64(Int(metageneration))
            $0.size = ProtoInt64(size)
            $0.contentType = contentType
            $0.md5Hash = md5Hash
            $0.crc32c = crc32c
            $0.etag = "\(generation).\(metageneration)"
            $0.timeCreated = createdAt.googleStamp
            $0.updated = updatedAt.googleStamp
            $0.storageClass = "STANDARD"
            $0.metadata = metadata
        }
    }
}

/// A bucket; objects can only be stored in one that exists.
struct StorageBucket: Codable, Hashable, Sendable {
    var name: String
    var location: String
    var createdAt: Date

    func described(_ origin: String) -> JSONValue {
        [
            "kind": "storage#bucket", "id": .string(name), "selfLink": .string("\(origin)/storage/v1/b/\(name)"),
            "name": .string(name), "location": .string(location), "storageClass": "STANDARD", "metageneration": "1",
            "timeCreated": .string(createdAt.googleStamp), "updated": .string(createdAt.googleStamp), "etag": "CAE=",
            "softDeletePolicy": ["retentionDurationSeconds": "0"],
        ]
    }
}

/// A request's preconditions on the object's current state.
struct StorageConditions: Codable, Hashable, Sendable {
    var generation: Int64?
    var notGeneration: Int64?
    var metageneration: Int64?

    /// Parses the query. Throws for a value that is not a number.
    init(_ query: [String: String]) throws(GoogleError) {
        func number(_ name: String) throws(GoogleError) -> Int64? {
            guard let text = query[name] else { return nil }
            guard let value = Int64(text) else { throw .invalid("Invalid value '\(text)' for '\(name)'.") }
            return value
        }
        generation = try number("ifGenerationMatch")
        notGeneration = try number("ifGenerationNotMatch")
        metageneration = try number("ifMetagenerationMatch")
    }

    /// Throws 412 if the live object, `nil` for none, does not meet the conditions. Generation 0 means that there is
    /// no live object.
    func check(_ object: StoredObject?) throws(GoogleError) {
        if let generation, generation != object?.generation ?? 0 { throw .conditionNotMet }
        if let notGeneration, notGeneration == object?.generation ?? 0 { throw .conditionNotMet }
        if let metageneration, metageneration != object?.metageneration ?? 0 { throw .conditionNotMet }
    }
}

/// An upload's description of its object.
struct ObjectHead: Codable, Hashable, Sendable {
    var name: String
    var contentType: String?
    var metadata: [String: String]?
    var crc32c: String?
    var md5Hash: String?

    /// Reads the JSON metadata of an upload.
    init(_ json: JSONValue, name: String?) throws(GoogleError) {
        let members = try ProtoJSON.normalized(json, as: "storage.Object", at: "resource").object ?? [:]
        guard let name = name ?? members["name"]?.string, !name.isEmpty else {
            throw GoogleError(400, "INVALID_ARGUMENT", "Required object name is missing.", reason: "required")
        }
        self.name = name
        contentType = members["contentType"]?.string
        metadata = members["metadata"]?.object?.compactMapValues(\.string)
        crc32c = members["crc32c"]?.string
        md5Hash = members["md5Hash"]?.string
    }

    /// Takes over checksums of the `x-goog-hash` header field, such as `crc32c=IsjR/Q==,md5=…`.
    mutating func add(hashes header: String?) {
        for pair in (header ?? "").split(separator: ",") {
            let parts = pair.trimmingCharacters(in: .whitespaces).split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            if parts[0] == "crc32c" { crc32c = parts[1] }
            if parts[0] == "md5" { md5Hash = parts[1] }
        }
    }

    /// Throws if declared checksums are not those of the received bytes.
    func check(_ sums: Checksums) throws(GoogleError) {
        if let crc32c, crc32c != sums.crc32c {
            throw .invalid("Provided CRC32C \"\(crc32c)\" doesn't match calculated CRC32C \"\(sums.crc32c)\".")
        }
        if let md5Hash, md5Hash != sums.md5Hash {
            throw .invalid("Provided MD5 hash \"\(md5Hash)\" doesn't match calculated MD5 hash \"\(sums.md5Hash)\".")
        }
    }
}

/// A resumable upload. The bytes received so far are in its file, whose length is the state of the upload.
struct UploadSession: Codable, Sendable {
    var id: String
    var bucket: String
    var head: ObjectHead
    var conditions: StorageConditions
    /// The announced size of the object; `nil` if it was not announced.
    var total: Int?
    var createdAt: Date
    /// The object that the upload became.
    var done: StoredObject?

    static let chunk = 256 << 10
    /// The lifetime of sessions, about a week, in seconds.
    static let life = 7 * 86_400.0
}

extension CharacterSet {
    /// The characters that a path segment contains without escapes; not the slash.
    static let urlSegment = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}

extension Date {
    /// RFC 3339 in UTC with microseconds, as Google writes times.
    var googleStamp: String {
        let micros = Int64(saturating: (timeIntervalSince1970 * 1_000_000).rounded())
        let seconds = Date(timeIntervalSince1970: Double(micros / 1_000_000))
        let text = seconds.ISO8601Format()
        let fraction = String(micros % 1_000_000)
        return text.dropLast() + "." + String(repeating: "0", count: 6 - fraction.count) + fraction + "Z"
    }
}
