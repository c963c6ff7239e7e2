// Buckets and objects of the emulated Cloud Storage.

import Basics
import EmulatorCore
import Foundation
import VertexWire

extension EmulatedProject {
    /// The file of an object's bytes.
    nonisolated func content(of object: StoredObject) throws -> URL {
        try folder.file(.objects, SafeName(object.fileName), ".content")
    }

    func bucket(_ name: String) throws(GoogleError) -> StorageBucket {
        guard let bucket = buckets[name] else {
            throw .notFound("The specified bucket does not exist.")
        }
        return bucket
    }

    /// The live object of a name.
    func object(_ bucket: String, _ name: String) throws(GoogleError) -> StoredObject {
        _ = try self.bucket(bucket)
        guard let object = objects[bucket]?[name] else { throw .notFound("No such object: \(bucket)/\(name)") }
        return object
    }

    /// The live object of `gs://bucket/name`; `nil` if there is none.
    func object(at uri: String) -> StoredObject? {
        guard let place = StorageURI(uri) else { return nil }
        return objects[place.bucket]?[place.name]
    }

    /// Makes received bytes the live object of a name, replacing an earlier one.
    /// - Parameter content: a complete file, which is moved.
    func store(_ head: ObjectHead, in bucket: String, content: URL, sums: Checksums, at now: Date) throws -> StoredObject {
        let object = StoredObject(
            bucket: bucket, name: head.name, generation: newGeneration(at: now),
            contentType: head.contentType ?? "application/octet-stream", size: sums.bytes, md5Hash: sums.md5Hash,
            crc32c: sums.crc32c, metadata: head.metadata, createdAt: now, updatedAt: now)
        let earlier = objects[bucket]?[head.name]
        try FileManager.default.moveItem(at: content, to: self.content(of: object))
        try folder.save(object, .objects, SafeName(object.fileName))
        objects[bucket, default: [:]][head.name] = object
        if let earlier { try forget(earlier) }
        return object
    }

    private func forget(_ object: StoredObject) throws {
        try folder.remove(.objects, SafeName(object.fileName))
        try? FileManager.default.removeItem(at: content(of: object))
    }

    /// Removes the live object of a name, if there is one.
    func removeObject(_ bucket: String, _ name: String) throws {
        guard let object = objects[bucket]?[name] else { return }
        objects[bucket]?[name] = nil
        try forget(object)
    }

    // MARK: Buckets

    /// `POST /storage/v1/b`.
    func insertBucket(_ call: GoogleCall) async throws -> Reply {
        struct BucketRequest: Decodable {
            var name: String
            var location: String?
        }
        guard let asked = try? BucketRequest(json: await call.request.body.bytes(limit: 1 << 20)),
            let name = try? SafeName(asked.name), name.text.count >= 3
        else { throw GoogleError.invalid("Invalid bucket name.") }
        guard buckets[name.text] == nil else {
            throw GoogleError(
                409, "ALREADY_EXISTS", "Your previous request to create the named bucket succeeded and you already own it.")
        }
        let bucket = StorageBucket(name: name.text, location: asked.location ?? "US", createdAt: await clock.now())
        try save(bucket)
        return try Reply(200, bucket.described(call.origin))
    }

    /// `GET /storage/v1/b`.
    func listBuckets(_ call: GoogleCall) throws -> Reply {
        let shown = buckets.values.sorted { $0.name < $1.name }.map { $0.described(call.origin) }
        let list: JSONValue = ["kind": "storage#buckets", "items": .array(shown)]
        return try Reply(200, list)
    }

    /// `GET /storage/v1/b/{bucket}`.
    func getBucket(_ call: GoogleCall) throws -> Reply {
        try Reply(200, bucket(call.route.ids[0]).described(call.origin))
    }

    // MARK: Objects

    /// `GET /storage/v1/b/{bucket}/o`: a page of the live objects in the order of their names' bytes.
    func listObjects(_ call: GoogleCall, hidingNewest stale: Double?) async throws -> Reply {
        let now = await clock.now()
        let bucket = try bucket(call.route.ids[0]).name
        let prefix = call.query["prefix"] ?? ""
        let delimiter = call.query["delimiter"].flatMap { $0.isEmpty ? nil : $0 }
        let most = try call.pageSize("maxResults", default: 1000, maximum: 1000)
        let glob = try call.query["matchGlob"].map { try NameGlob($0) }
        let after = try call.query["pageToken"].map { try PageToken.decode($0) }
        var items: [VertexWire.StorageObject] = []
        var prefixes: [String] = []
        var last: String?
        var isMore = false
        let first = call.query["startOffset"]
        let end = call.query["endOffset"]
        func isAsked(_ name: String) -> Bool {
            guard name.hasPrefix(prefix) else { return false }
            if let glob, !glob.matches(name) { return false }
            if let first, Self.precedes(name, first) { return false }
            if let end, !Self.precedes(name, end) { return false }
            return true
        }
        let held: [String: StoredObject] = objects[bucket] ?? [:]
        let names: [String] = held.keys.filter(isAsked).sorted(by: Self.precedes)
        for name in names {
            guard let object = objects[bucket]?[name] else { continue }
            if let stale, object.createdAt > now - stale { continue }
            var shown = name
            var isPrefix = false
            if let delimiter, let end = name.dropFirst(prefix.count).range(of: delimiter)?.upperBound {
                shown = String(name[..<end])
                isPrefix = true
            }
            if let after, !Self.precedes(after, shown) { continue }
            if isPrefix, prefixes.last == shown { continue }
            guard items.count + prefixes.count < most else {
                isMore = true
                break
            }
            if isPrefix { prefixes.append(shown) } else { items.append(object.described(call.origin)) }
            last = shown
        }
        return try Reply(
            200,
            StorageObjectList {
                $0.kind = "storage#objects"
                $0.items = items.isEmpty ? nil : items
                $0.prefixes = prefixes.isEmpty ? nil : prefixes
                $0.nextPageToken = isMore ? last.map(PageToken.encode) : nil
            })
    }

    /// The order of names: by their bytes.
    private static func precedes(_ one: String, _ other: String) -> Bool {
        one.utf8.lexicographicallyPrecedes(other.utf8)
    }

    /// `GET /storage/v1/b/{bucket}/o/{object}`.
    func getObject(_ call: GoogleCall) throws -> Reply {
        let object = try conditioned(call)
        return try Reply(200, object.described(call.origin))
    }

    /// The named object, if it meets the request's conditions and is of the named generation.
    private func conditioned(_ call: GoogleCall) throws(GoogleError) -> StoredObject { try lookup(call).get() }

    private func lookup(_ call: GoogleCall) -> Result<StoredObject, GoogleError> {
        let (bucket, name) = (call.route.ids[0], call.route.ids[1])
        do throws(GoogleError) {
            let object = try object(bucket, name)
            if let generation = call.query["generation"], generation != String(object.generation) {
                throw .notFound("No such object: \(bucket)/\(name)#\(generation)")
            }
            try StorageConditions(call.query).check(object)
            return .success(object)
        } catch {
            return .failure(error)
        }
    }

    /// The object's bytes, or a range of them.
    func download(_ call: GoogleCall) throws -> Reply {
        let object: StoredObject
        switch lookup(call) {
        case .success(let found): object = found
        case .failure(let error):
            guard error.code == 404 else { throw error }
            // Media requests get plain text.
            var reply = Reply(404, headers: ["Content-Type": "text/html; charset=UTF-8"])
            reply.body = .bytes(Data(error.message.utf8))
            return reply
        }
        var reply = Reply(
            200,
            headers: [
                "Content-Type": object.contentType, "Accept-Ranges": "bytes", "ETag": "\"\(object.md5Hash)\"",
                "X-Goog-Generation": String(object.generation), "X-Goog-Metageneration": String(object.metageneration),
                "X-Goog-Hash": "crc32c=\(object.crc32c),md5=\(object.md5Hash)",
                "X-Goog-Stored-Content-Length": String(object.size),
            ])
        var range = 0..<object.size
        if let text = call.request.headers["range"] {
            guard let asked = ByteRange(text)?.within(object.size) else {
                throw GoogleError(
                    416, "OUT_OF_RANGE", "The requested range cannot be satisfied.", reason: "requestedRangeNotSatisfiable")
            }
            range = asked
            reply.status = 206
            reply.headers["Content-Range"] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(object.size)"
        }
        reply.body = .file(try content(of: object), range)
        return reply
    }

    /// `PATCH /storage/v1/b/{bucket}/o/{object}`: metadata and content type.
    func patchObject(_ call: GoogleCall) async throws -> Reply {
        let json = try JSONValue(parsing: await call.request.body.bytes(limit: 1 << 20))
        let now = await clock.now()
        var object = try conditioned(call)
        let head = try ObjectHead(json, name: object.name)
        if let type = head.contentType { object.contentType = type }
        if let changes = json["metadata"]?.object {
            for (key, value) in changes { object.metadata = (object.metadata ?? [:]).merging([key: value.string ?? ""]) { $1 } }
            for (key, value) in changes where value == .null { object.metadata?[key] = nil }
        }
        object.metageneration += 1
        object.updatedAt = now
        try folder.save(object, .objects, SafeName(object.fileName))
        objects[object.bucket]?[object.name] = object
        return try Reply(200, object.described(call.origin))
    }

    /// `DELETE /storage/v1/b/{bucket}/o/{object}`: 204.
    func deleteObject(_ call: GoogleCall) throws -> Reply {
        let object = try conditioned(call)
        try removeObject(object.bucket, object.name)
        return Reply(204)
    }
}

/// `gs://bucket/name`.
struct StorageURI: Hashable, Sendable {
    var bucket: String
    var name: String

    /// `nil` for another scheme or a missing bucket; the name may be empty.
    init?(_ text: String) {
        guard text.hasPrefix("gs://") else { return nil }
        let parts = text.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bucket = parts.first, !bucket.isEmpty else { return nil }
        self.bucket = String(bucket)
        name = parts.count == 2 ? String(parts[1]) : ""
    }
}

/// The range of a download: `bytes=0-99`, `bytes=100-` or `bytes=-20`.
struct ByteRange: Hashable, Sendable {
    private var first: Int?
    private var last: Int?

    init?(_ text: String) {
        guard text.hasPrefix("bytes="), !text.contains(",") else { return nil }
        let parts = text.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        // Only digits: another sign would be a position before the object.
        guard parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return nil }
        first = Int(parts[0])
        last = Int(parts[1])
        guard first != nil || last != nil else { return nil }
    }

    /// The range within an object of this size; `nil` if it contains no byte.
    func within(_ size: Int) -> Range<Int>? {
        let range: (Int, Int)
        if let first {
            range = (first, min(size, last?.saturatingAdding(1) ?? size))
        } else {
            range = (max(0, size - (last ?? 0)), size)
        }
        return range.0 >= 0 && range.0 < range.1 ? range.0..<range.1 : nil
    }
}

/// Page tokens: the last shown name.
enum PageToken {
    static func encode(_ name: String) -> String { Data(name.utf8).base64EncodedString() }

    static func decode(_ token: String) throws(GoogleError) -> String {
        guard let data = Data(base64Encoded: token), let name = String(bytes: data, encoding: .utf8) else {
            throw .invalid("Invalid page token.")
        }
        return name
    }
}

extension GoogleCall {
    /// The number of items of a page; larger values mean the largest page.
    func pageSize(_ name: String, default standard: Int, maximum: Int) throws(GoogleError) -> Int {
        guard let text = query[name], !text.isEmpty else { return standard }
        guard let size = Int(text), size >= 0 else { throw .invalid("Invalid value '\(text)' for '\(name)'.") }
        return size == 0 ? standard : min(size, maximum)
    }
}

/// `matchGlob` of object lists: `*`, `**`, `?`.
struct NameGlob {
    private let parts: [Character]

    init(_ text: String) throws(GoogleError) {
        guard !text.contains(where: { "[]{}".contains($0) }) else {
            throw .invalid("The emulator's matchGlob knows '*', '**' and '?' only.")
        }
        parts = Array(text)
    }

    func matches(_ name: String) -> Bool { matches(Array(name)[...], parts[...]) }

    private func matches(_ name: ArraySlice<Character>, _ glob: ArraySlice<Character>) -> Bool {
        guard let first = glob.first else { return name.isEmpty }
        if first == "*" {
            let isDeep = glob.dropFirst().first == "*"
            let rest = glob.dropFirst(isDeep ? 2 : 1)
            var name = name
            while true {
                if matches(name, rest) { return true }
                guard let next = name.first, isDeep || next != "/" else { return false }
                name = name.dropFirst()
            }
        }
        guard let next = name.first, first == next || first == "?" && next != "/" else { return false }
        return matches(name.dropFirst(), glob.dropFirst())
    }
}
