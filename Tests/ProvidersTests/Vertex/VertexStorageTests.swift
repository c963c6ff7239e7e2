// Uploads to Cloud Storage under faults: nothing is stored twice, nothing foreign is adopted.

import Basics
import Foundation
import Platform
import ProviderKit
import TestServer
import Testing
import VertexWire

@testable import Providers

@Suite struct VertexStorageTests {
    private static func upload(
        _ folder: TestFolder, bytes: Int, name: String = "assay/files/a.jsonl"
    ) throws -> StorageClient.Upload {
        var data = Data(capacity: bytes)
        while data.count < bytes { data.append(Data("line \(data.count)\n".utf8)) }
        let path = try folder.write("a.jsonl", data.prefix(bytes))
        return try .init(path: path, target: StorageAddress(bucket: "bkt", name: name), contentType: "application/jsonl")
    }

    private static func object(_ upload: StorageClient.Upload, digest: String? = nil, bytes: Int64? = nil) -> TestServer.Reply {
        let object = StorageObject {
            $0.name = upload.target.name
            $0.bucket = "bkt"
            $0.generation = 1
            $0.size = ProtoInt64(Int(bytes ?? upload.bytes))
            $0.crc32c = upload.crc32c
            $0.metadata = [
                StorageClient.digestKey: digest ?? upload.digest.hex, StorageClient.sourceBytesKey: String(upload.sourceBytes),
            ]
        }
        return .json(200, (try? JSONValue(encoding: object).canonical) ?? "")
    }

    private static let exists = TestServer.Reply.json(
        412,
        #"""
        {"error":{"code":412,"message":"At least one of the pre-conditions you specified did not hold.",
         "errors":[{"domain":"global","reason":"conditionNotMet","locationType":"header","location":"If-Match"}]}}
        """#)

    /// Values of RFC 3720, appendix B.4.
    @Test(
        arguments: [
            ("zeros", [UInt8](repeating: 0, count: 32), [0x8A, 0x91, 0x36, 0xAA]),
            ("ones", [UInt8](repeating: 0xFF, count: 32), [0x62, 0xA8, 0xAB, 0x43]),
            ("ascending", Array(0..<32), [0x46, 0xDD, 0x79, 0x4E]),
            ("nothing", [], [0, 0, 0, 0]),
        ] as [(String, [UInt8], [UInt8])])
    func checksum(id: String, bytes: [UInt8], sum: [UInt8]) {
        var crc = CRC32C()
        crc.update(Data(bytes))
        #expect(crc.base64 == Data(sum).base64EncodedString())
    }

    @Test func smallFileIsSentInOneRequest() async throws {
        let folder = try TestFolder()
        let upload = try Self.upload(folder, bytes: 1000)
        let rig = try VertexRig { request, _ in request.method == "POST" ? Self.object(upload) : nil }
        try await rig.storage.upload(upload, progressPath: folder.path("progress"), progress: { _ in })
        let request = try #require(rig.server.requests.first)
        #expect(rig.server.requests.count == 1)
        #expect(request.path == "/upload/storage/v1/b/bkt/o")
        #expect(request.query("ifGenerationMatch") == "0" && request.query("uploadType") == "multipart")
        #expect(request.query("name") == "assay/files/a.jsonl")
        #expect(request.text.contains(#""assay-sha256":"\#(upload.digest.hex)""#))
        #expect(request.text.contains(#""crc32c":"\#(upload.crc32c)""#))
        #expect(request["content-type"]?.hasPrefix("multipart/related; boundary=") == true)
    }

    struct Existing: Sendable, CustomTestStringConvertible {
        let id: String
        var digest: String?
        var bytes: Int64?
        let isAdopted: Bool
        var testDescription: String { id }
    }

    /// Guards: an existing name was treated as a successful upload, regardless of its content.
    @Test(arguments: [
        Existing(id: "the same", isAdopted: true),
        Existing(id: "another digest", digest: String(repeating: "0", count: 64), isAdopted: false),
        Existing(id: "another size", bytes: 5, isAdopted: false),
    ])
    func anObjectOfTheNameIsComparedAndAdopted(_ test: Existing) async throws {
        let folder = try TestFolder()
        let upload = try Self.upload(folder, bytes: 1000)
        let rig = try VertexRig { request, _ in
            request.method == "POST" ? Self.exists : Self.object(upload, digest: test.digest, bytes: test.bytes)
        }
        if test.isAdopted {
            try await rig.storage.upload(upload, progressPath: nil, progress: { _ in })
        } else {
            await #expect(throws: StorageConflict.self) {
                try await rig.storage.upload(upload, progressPath: nil, progress: { _ in })
            }
        }
    }

    /// The reply to an upload is lost; the second attempt finds the object that the first one stored.
    @Test func aLostAnswerEndsInTheSameObject() async throws {
        let folder = try TestFolder()
        let upload = try Self.upload(folder, bytes: 1000)
        let rig = try VertexRig { request, number in
            guard request.method == "POST" else { return Self.object(upload) }
            return number == 0 ? .cut : Self.exists
        }
        try await rig.storage.upload(upload, progressPath: nil, progress: { _ in })
        #expect(rig.requests("POST", "/o").count == 2)
    }

    private static let chunk = 16 << 20
    private static let bytes = chunk + (1 << 20)

    /// Begins an upload and takes its chunks. `fault` may reply instead of the server.
    private static func resumable(
        _ upload: StorageClient.Upload, stored: StoredBytes,
        fault: @escaping @Sendable (TestServer.Request, Int) -> TestServer.Reply? = { _, _ in nil }
    ) -> VertexRig.Rule {
        { request, number in
            if let reply = fault(request, number) { return reply }
            let host = request["host"] ?? ""
            switch (request.method, request.query("uploadType")) {
            case ("POST", "resumable"?):
                return .answer(200, ["Location": "http://\(host)/upload/storage/v1/b/bkt/o?upload_id=u1"])
            case ("PUT", _):
                let range = request["content-range"] ?? ""
                if let match = range.wholeMatch(of: #/bytes (\d+)-(\d+)/(\d+)/#), let last = Int64(match.output.2) {
                    stored.grow(to: last + 1)
                }
                let now = stored.count
                if now >= upload.bytes { return object(upload) }
                return .answer(308, now > 0 ? ["Range": "bytes=0-\(now - 1)"] : [:])
            default: return nil
            }
        }
    }

    @Test func aLargeFileIsSentInChunks() async throws {
        let folder = try TestFolder()
        let upload = try Self.upload(folder, bytes: Self.bytes)
        let stored = StoredBytes()
        let rig = try VertexRig(Self.resumable(upload, stored: stored))
        let progress = folder.path("progress")
        try await rig.storage.upload(upload, progressPath: progress, progress: { _ in })
        let ranges = rig.requests("PUT", "/o").compactMap { $0["content-range"] }
        #expect(ranges == ["bytes 0-\(Self.chunk - 1)/\(Self.bytes)", "bytes \(Self.chunk)-\(Self.bytes - 1)/\(Self.bytes)"])
        #expect(!FileManager.default.fileExists(atPath: progress))
        let begin = try #require(rig.requests("POST", "/o").first)
        #expect(begin.query("ifGenerationMatch") == "0")
        #expect(begin["x-upload-content-length"] == "\(Self.bytes)")
        #expect(begin.json?["metadata"]?["assay-sha256"]?.string == upload.digest.hex)
    }

    /// An interrupted chunk is not sent again before the server has reported its progress.
    @Test func anInterruptedChunkIsResumed() async throws {
        let folder = try TestFolder()
        let upload = try Self.upload(folder, bytes: Self.bytes)
        let stored = StoredBytes()
        let rig = try VertexRig(
            Self.resumable(upload, stored: stored) { request, number in
                guard request.method == "PUT", number == 0 else { return nil }
                stored.grow(to: 256 << 10)
                return .json(503, #"{"error":{"code":503,"message":"Backend Error"}}"#)
            })
        try await rig.storage.upload(upload, progressPath: folder.path("progress"), progress: { _ in })
        let ranges = rig.requests("PUT", "/o").compactMap { $0["content-range"] }
        #expect(ranges[1] == "bytes */\(Self.bytes)")
        #expect(ranges[2].hasPrefix("bytes \(256 << 10)-"))
        #expect(rig.requests("POST", "/o").count == 1)
    }

    @Test func lostSessionIsRestarted() async throws {
        let folder = try TestFolder()
        let upload = try Self.upload(folder, bytes: Self.bytes)
        let stored = StoredBytes()
        let rig = try VertexRig(
            Self.resumable(upload, stored: stored) { request, number in
                request.method == "PUT" && number == 0 ? .json(410, "{}") : nil
            })
        try await rig.storage.upload(upload, progressPath: folder.path("progress"), progress: { _ in })
        #expect(rig.requests("POST", "/o").count == 2)
    }

    /// Another process resumes the upload, and its notes are readable only by their owner.
    @Test func anotherProcessResumes() async throws {
        let folder = try TestFolder()
        let upload = try Self.upload(folder, bytes: Self.bytes)
        let stored = StoredBytes()
        let progress = folder.path("progress")
        let rig = try VertexRig(
            Self.resumable(upload, stored: stored) { request, number in
                // The second chunk is refused for good.
                request.method == "PUT" && number == 1 ? .json(403, #"{"error":{"code":403,"message":"no"}}"#) : nil
            })
        await #expect(throws: ProviderError.self) {
            try await rig.storage.upload(upload, progressPath: progress, progress: { _ in })
        }
        let mode = try FileManager.default.attributesOfItem(atPath: progress)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        try await rig.storage.upload(upload, progressPath: progress, progress: { _ in })
        #expect(rig.requests("POST", "/o").count == 1)
        let ranges = rig.requests("PUT", "/o").compactMap { $0["content-range"] }
        #expect(ranges.suffix(2) == ["bytes */\(Self.bytes)", "bytes \(Self.chunk)-\(Self.bytes - 1)/\(Self.bytes)"])
    }

    /// A precondition that fails only at the end leads to the same comparison.
    @Test func aPreconditionThatFailsAtTheEnd() async throws {
        let folder = try TestFolder()
        let upload = try Self.upload(folder, bytes: Self.bytes)
        let stored = StoredBytes()
        let rig = try VertexRig(
            Self.resumable(upload, stored: stored) { request, number in
                if request.method == "GET" { return Self.object(upload) }
                return request.method == "PUT" && number == 1 ? Self.exists : nil
            })
        try await rig.storage.upload(upload, progressPath: folder.path("progress"), progress: { _ in })
        #expect(rig.requests("GET", "a.jsonl").count == 1)
    }

    /// The token is sent only to the requested server.
    @Test func aSessionOnAnotherServerIsRefused() async throws {
        let folder = try TestFolder()
        let upload = try Self.upload(folder, bytes: Self.bytes)
        let other = try TestServer { _, _ in .json(200, "{}") }
        defer { other.stop() }
        let address = other.url + "/upload"
        let rig = try VertexRig { request, _ in
            request.method == "POST" ? .answer(200, ["Location": address]) : nil
        }
        await #expect(throws: ProviderError.self) {
            try await rig.storage.upload(upload, progressPath: folder.path("progress"), progress: { _ in })
        }
        #expect(other.requests.isEmpty)
    }

    /// A proxy's page with status 200 counted as a stored file.
    @Test(arguments: [
        ("a login page", "<html>Sign in</html>"), ("an empty object", "{}"),
        ("another object", #"{"name":"other","size":"1000"}"#),
        ("a list", "[]"),
    ])
    func inconclusiveReplyIsNotAnUpload(id: String, body: String) async throws {
        let folder = try TestFolder()
        let upload = try Self.upload(folder, bytes: 1000)
        let rig = try VertexRig { request, _ in request.method == "POST" ? .json(200, body) : nil }
        await #expect(throws: ProviderError.self, "\(id)") {
            try await rig.storage.upload(upload, progressPath: nil, progress: { _ in })
        }
    }

    /// A repeated page token ended a list of objects as if it were complete; endless tokens were followed forever.
    @Test(arguments: [("repeated", 1), ("without end", Int.max)])
    func listsThatDoNotEndAreErrors(id: String, tokens: Int) {
        var pages = ListPages(operation: "list")
        #expect(throws: ProviderError.self, "\(id)") {
            for number in 0..<3000 { try pages.advance(to: "page \(number % tokens)", after: 10) }
        }
        #expect(!pages.areComplete)
    }

    /// Pages of 64 MB each were kept up to the 2,000th.
    @Test func aListHasALargestSize() throws {
        var pages = ListPages(operation: "list")
        for number in 0..<4 { try pages.advance(to: "page \(number)", after: 64 << 20) }
        #expect(throws: ProviderError.self) { try pages.advance(to: nil, after: 1) }
        #expect(throws: ProviderError.self) { try pages.advance(to: "more", after: .max) }
    }

    /// The largest number of bytes has no successor: adding one ended the program.
    @Test(arguments: [
        ("more than there is", "bytes=0-9223372036854775807"), ("all of it, for ever", "bytes=0-\(bytes - 1)"),
        ("no number", "bytes=0-99999999999999999999999"),
    ])
    func whatAServerClaimsToHave(id: String, range: String) async throws {
        let folder = try TestFolder()
        let upload = try Self.upload(folder, bytes: Self.bytes)
        let rig = try VertexRig(
            Self.resumable(upload, stored: StoredBytes()) { request, _ in
                request.method == "PUT" ? .answer(308, ["Range": range]) : nil
            })
        await #expect(throws: ProviderError.self, "\(id)") {
            try await rig.storage.upload(upload, progressPath: folder.path("progress"), progress: { _ in })
        }
        #expect(rig.server.requests.count < 60, "\(id)")
    }

    /// Addresses come from the service and from the ledger. `..` led to the bucket itself: 'DELETE …/b/bkt/o/..'.
    @Test(arguments: [
        ("gs://b/x", true), ("gs://b/a/b.jsonl", true), ("gs://b/folder/", true), ("gs://b/a..b/...", true),
        ("gs://b/..", false), ("gs://../x", false), ("gs://b/a/../x", false), ("gs://b/./x", false), ("gs://b/a//x", false),
        ("gs://b/a/..%2F", true), ("gs://b/..\\x", false), ("gs://b/", false), ("gs:///x", false), ("gs://b", false),
        ("http://b/x", false), ("gs://b/../", false), ("gs://b//", false), ("gs:/\u{301}/b/x", false),
    ])
    func addressesOfObjects(text: String, isRead: Bool) {
        #expect(((try? StorageAddress(text)) != nil) == isRead)
    }

    @Test func aListEndsWithoutAToken() throws {
        var pages = ListPages(operation: "list")
        #expect(pages.query.isEmpty)
        try pages.advance(to: "a", after: 10)
        #expect(pages.query.map(\.1) == ["a"] && !pages.areComplete)
        try pages.advance(to: "", after: 10)
        #expect(pages.areComplete)
    }

    @Test func aFileIsFoundByNameAndSourceSize() async throws {
        let folder = try TestFolder()
        let upload = try Self.upload(folder, bytes: 1000, name: "assay/files/assay-batch-0123456789abcdef.jsonl")
        let rig = try VertexRig { request, _ in
            request.path.hasSuffix("assay-batch-0123456789abcdef.jsonl") ? Self.object(upload) : nil
        }
        let files = VertexFiles(client: rig.storage, purpose: .batch, progressPath: folder.path("progress"))
        let address = "gs://bkt/assay/files/assay-batch-0123456789abcdef.jsonl"
        #expect(try await files.find(name: "assay-batch-0123456789abcdef.jsonl", bytes: 1000) == address)
        #expect(try await files.find(name: "assay-batch-0123456789abcdef.jsonl", bytes: 999) == nil)
        #expect(try await files.find(name: "assay-batch-ffffffffffffffff.jsonl", bytes: 1000) == nil)
        #expect(try await VertexStorage(client: rig.storage).name(of: address) == "assay-batch-0123456789abcdef.jsonl")
    }

    /// Tuning reads images from Cloud Storage: each is uploaded once, and the lines name it.
    @Test func imagesOfTrainingLinesBecomeObjects() async throws {
        let folder = try TestFolder()
        let image = Data([0x89, 0x50, 0x4E, 0x47]), other = Data([0x89, 0x50, 0x4E, 0x48])
        func line(_ data: Data, _ answer: String) -> String {
            #"{"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": ""#
                + data.base64EncodedString() + #""}}]}, {"role": "model", "parts": [{"text": ""# + answer + #""}]}]}"#
        }
        let text = [line(image, "a"), line(other, "b"), line(image, "c")].joined(separator: "\n") + "\n"
        let path = try folder.write("training.jsonl", Data(text.utf8))
        let rig = try VertexRig { request, _ in
            guard request.method == "POST", let sum = request.text.firstMatch(of: #/"crc32c":"([^"]+)"/#)?.output.1 else {
                return nil
            }
            return .json(200, #"{"crc32c":"\#(sum)"}"#)
        }
        let files = VertexFiles(client: rig.storage, purpose: .tuning, progressPath: folder.path("progress"))
        let address = try await files.upload(path: path, name: "assay-fine-tune-1.jsonl", progress: { _ in })
        #expect(address == "gs://bkt/assay/files/assay-fine-tune-1.jsonl")
        let names = rig.requests("POST", "/o").compactMap { $0.query("name") }
        #expect(names.count == 3)
        #expect(
            Set(names.dropLast()) == [
                "assay/images/\(Digest(of: image).hex).png", "assay/images/\(Digest(of: other).hex).png",
            ])
        let sent = try #require(rig.requests("POST", "/o").last).text
        #expect(!sent.contains("inlineData"))
        #expect(sent.contains(#""fileUri":"gs://bkt/assay/images/\#(Digest(of: image).hex).png""#))
        #expect(sent.contains(#""assay-source-bytes":"\#(text.utf8.count)""#))
    }

    @Test(arguments: [("too many images", 31, 4), ("an image that is too large", 1, 20_000_001)])
    func limitsAreCheckedBeforeAnythingIsSent(id: String, images: Int, bytes: Int) async throws {
        let folder = try TestFolder()
        let data = Data(count: bytes).base64EncodedString()
        let parts = (0..<images).map { _ in #"{"inlineData":{"mimeType":"image/png","data":"\#(data)"}}"# }
        let line = #"{"contents":[{"role":"user","parts":[\#(parts.joined(separator: ","))]}]}"#
        let path = try folder.write("training.jsonl", Data(line.utf8))
        let rig = try VertexRig { _, _ in .json(200, "{}") }
        let files = VertexFiles(client: rig.storage, purpose: .tuning, progressPath: folder.path("progress"))
        await #expect(throws: TrainingLimit.self) {
            try await files.upload(path: path, name: "a.jsonl", progress: { _ in })
        }
        #expect(rig.server.requests.isEmpty)
    }
}
