// The emulated Cloud Storage: preconditions, resumable uploads, ranges, lists, errors.

import Basics
import EmulatorCore
import Foundation
import Platform
import Testing
import VertexEmulator

struct StorageTests {
    static let chunk = 256 << 10

    @Test func checksumsAreThoseOfTheObject() async throws {
        let rig = try await VertexRig.start()
        let stored = try JSONValue(parsing: await rig.put("a/b c.txt", Data("123456789".utf8), type: "text/plain").body)
        // The check values of both algorithms for these bytes.
        #expect(stored["md5Hash"] == "JfnnlDI7RTiF9RgfG2JNCw==")
        #expect(stored["crc32c"] == "4waSgw==")
        #expect(stored["name"] == "a/b c.txt")
        #expect(stored["size"] == "9")
        let got = try await rig.json(.get, "/storage/v1/b/test/o/a%2Fb%20c.txt")
        #expect(got == stored)
        await rig.close()
    }

    @Test(arguments: [
        ("media", "uploadType=media&name=x"), ("multipart", "uploadType=multipart"), ("resumable", "uploadType=resumable&name=x"),
    ])
    func aSecondUploadOfANameIsRefusedOnEveryWay(id: String, query: String) async throws {
        let rig = try await VertexRig.start()
        try await rig.put("x", Data("one".utf8), query: "&ifGenerationMatch=0")
        let multipart =
            "--B\r\ncontent-type: application/json\r\n\r\n{\"name\":\"x\"}\r\n--B\r\ncontent-type: text/plain\r\n\r\ntwo\r\n--B--"
        let response = try await rig.send(
            .post, "/upload/storage/v1/b/test/o?\(query)&ifGenerationMatch=0",
            body: Data((id == "multipart" ? multipart : id == "media" ? "two" : "{}").utf8),
            fields: [
                "authorization": "Bearer t",
                "content-type": id == "multipart" ? "multipart/related; boundary=\"B\"" : "application/json",
            ])
        #expect(response.status == 412)
        let error = try JSONValue(parsing: response.body)["error"]
        #expect(error?["message"] == "At least one of the pre-conditions you specified did not hold.")
        #expect(error?["errors"]?.array?.first?["reason"] == "conditionNotMet")
        #expect(error?["status"] == nil)
        #expect(try await rig.content("x").body == Data("one".utf8))
        await rig.close()
    }

    /// Guards against two uploads that both started before either ended.
    @Test func ofTwoResumableUploadsOfANameOneIsStored() async throws {
        let rig = try await VertexRig.start()
        let first = try await session(rig), second = try await session(rig)
        #expect(try await rig.send(.put, second, body: Data("second".utf8), fields: [:]).status == 200)
        #expect(try await rig.send(.put, first, body: Data("first".utf8), fields: [:]).status == 412)
        #expect(try await rig.content("x").body == Data("second".utf8))
        // The session has ended with its refusal.
        #expect(try await rig.send(.put, first, body: Data("first".utf8), fields: [:]).status == 404)
        await rig.close()
    }

    private func session(_ rig: VertexRig, metadata: JSONValue = [:]) async throws -> String {
        let response = try await rig.send(
            .post, "/upload/storage/v1/b/test/o?uploadType=resumable&name=x&ifGenerationMatch=0", json: metadata)
        #expect(response.status == 200)
        return response.fields["location"] ?? ""
    }

    @Test func chunksAddUpAndARepeatedOneIsSkipped() async throws {
        let rig = try await VertexRig.start()
        let bytes = Data((0..<(2 * Self.chunk + 77)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
        let session = try await session(rig, metadata: ["metadata": ["run": "k1"]])
        func put(_ range: Range<Int>) async throws -> HTTPResponseValue {
            try await rig.send(
                .put, session, body: bytes[range],
                fields: ["content-range": "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(bytes.count)"])
        }
        func state() async throws -> HTTPResponseValue {
            try await rig.send(.put, session, fields: ["content-range": "bytes */\(bytes.count)"])
        }
        let empty = try await state()
        #expect(empty.status == 308 && empty.fields["range"] == nil)
        // Not a multiple of 256 KiB.
        #expect(try await put(0..<1000).status == 400)
        #expect(try await put(0..<Self.chunk).fields["range"] == "bytes=0-262143")
        // A gap.
        #expect(try await put(2 * Self.chunk..<bytes.count).status == 400)
        // The same chunk again, and with it the next one.
        #expect(try await put(0..<Self.chunk).fields["range"] == "bytes=0-262143")
        #expect(try await put(0..<2 * Self.chunk).fields["range"] == "bytes=0-524287")
        #expect(try await state().fields["range"] == "bytes=0-524287")
        let done = try await put(2 * Self.chunk..<bytes.count)
        #expect(done.status == 200)
        let object = try JSONValue(parsing: done.body)
        #expect(object["metadata"] == ["run": "k1"])
        #expect(try JSONValue(parsing: await state().body) == object)
        #expect(try await rig.content("x").body == bytes)
        await rig.close()
    }

    @Test func anUploadContinuesAfterARestart() async throws {
        let first = try await VertexRig.start()
        let session = try await session(first)
        let bytes = Data(repeating: 7, count: Self.chunk + 5)
        _ = try await first.send(
            .put, session, body: bytes.prefix(Self.chunk), fields: ["content-range": "bytes 0-262143/\(bytes.count)"])
        await first.emulator.stop()
        let second = try await VertexRig.start(folder: first.folder)
        let path = session.replacing(first.base, with: second.base)
        #expect(
            try await second.send(.put, path, fields: ["content-range": "bytes */*"]).fields["range"] == "bytes=0-262143")
        let done = try await second.send(
            .put, path, body: bytes.suffix(5), fields: ["content-range": "bytes 262144-262148/\(bytes.count)"])
        #expect(done.status == 200)
        #expect(try await second.content("x").body == bytes)
        await second.close()
    }

    @Test(arguments: [
        ("bytes=2-4", 206, "cde"), ("bytes=8-", 206, "ij"), ("bytes=-3", 206, "hij"), ("bytes=5-99", 206, "fghij"),
        ("bytes=7-9223372036854775807", 206, "hij"), ("bytes=--9223372036854775808", 416, ""), ("bytes=-+3", 416, ""),
        ("bytes=10-", 416, ""), ("bytes=4-2", 416, ""),
    ])
    func ranges(range: String, status: Int, text: String) async throws {
        let rig = try await VertexRig.start()
        try await rig.put("x", Data("abcdefghij".utf8))
        let response = try await rig.content("x", fields: ["authorization": "Bearer t", "range": range])
        #expect(response.status == status)
        if status == 206 { #expect(String(decoding: response.body, as: UTF8.self) == text) }
        await rig.close()
    }

    @Test func listsHavePagesPrefixesAndDelimiters() async throws {
        let rig = try await VertexRig.start()
        for name in ["a/1", "a/2", "a/b/3", "c"] { try await rig.put(name, Data(name.utf8)) }
        func names(_ query: String) async throws -> (names: [String], prefixes: JSONValue?, token: String?) {
            let page = try await rig.json(.get, "/storage/v1/b/test/o?\(query)")
            return (
                (page["items"]?.array ?? []).compactMap { $0["name"]?.string }, page["prefixes"], page["nextPageToken"]?.string
            )
        }
        #expect(try await names("prefix=a/").names == ["a/1", "a/2", "a/b/3"])
        let first = try await names("maxResults=3")
        #expect(first.names == ["a/1", "a/2", "a/b/3"])
        #expect(try await names("maxResults=3&pageToken=\(first.token ?? "")").names == ["c"])
        let level = try await names("prefix=a/&delimiter=/")
        #expect(level.names == ["a/1", "a/2"] && level.prefixes == ["a/b/"])
        #expect(try await names("matchGlob=a/*").names == ["a/1", "a/2"])
        #expect(try await rig.json(.get, "/storage/v1/b/test/o?prefix=none")["items"] == nil)
        await rig.close()
    }

    @Test func deletionKeepsToItsGeneration() async throws {
        let rig = try await VertexRig.start()
        let stored = try JSONValue(parsing: await rig.put("x", Data("one".utf8)).body)
        let generation = stored["generation"]?.string ?? ""
        #expect(try await rig.send(.delete, "/storage/v1/b/test/o/x?ifGenerationMatch=1").status == 412)
        #expect(try await rig.send(.delete, "/storage/v1/b/test/o/x?ifGenerationMatch=\(generation)").status == 204)
        let gone = try await rig.send(.delete, "/storage/v1/b/test/o/x")
        #expect(gone.status == 404)
        #expect(try JSONValue(parsing: gone.body)["error"]?["errors"]?.array?.first?["reason"] == "notFound")
        #expect(try await rig.content("x").status == 404)
        #expect(try await rig.send(.get, "/storage/v1/b/none/o").status == 404)
        await rig.close()
    }

    @Test func wrongChecksumsAreRefused() async throws {
        let rig = try await VertexRig.start()
        let response = try await rig.send(
            .post, "/upload/storage/v1/b/test/o?uploadType=media&name=x", body: Data("one".utf8),
            fields: ["authorization": "Bearer t", "content-type": "text/plain", "x-goog-hash": "crc32c=AAAAAA=="])
        #expect(response.status == 400)
        #expect(try await rig.content("x").status == 404)
        await rig.close()
    }

    @Test func requestsNeedCredentialsAndALocalCaller() async throws {
        let rig = try await VertexRig.start { $0.apiKey = "secret" }
        let cases: [(id: String, path: String, fields: HTTPFields, status: Int)] = [
            ("nothing", "/storage/v1/b/test", [:], 401),
            ("wrong token", "/v1/projects/p/locations/us-central1/tuningJobs", ["authorization": "Bearer t"], 401),
            ("key", "/storage/v1/b/test", ["authorization": "Bearer secret"], 200),
            ("web page", "/storage/v1/b/test", ["authorization": "Bearer secret", "origin": "https://example.com"], 403),
        ]
        for item in cases {
            #expect(try await rig.send(.get, item.path, fields: item.fields).status == item.status, "\(item.id)")
        }
        await rig.close()
    }

    /// The state folder of a foreign project: impossible numbers ended the program.
    @Test(arguments: [
        ("a negative size", "1", "-1"), ("the last generation", "9223372036854775807", "3"), ("no generation", "0", "3"),
        ("a negative generation", "-9223372036854775808", "3"),
    ])
    func aStateFolderWithImpossibleNumbers(id: String, generation: String, size: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rig-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let objects = folder.appending(path: "objects")
        try FileManager.default.createDirectory(at: objects, withIntermediateDirectories: true)
        let record =
            #"{"bucket":"test","name":"a","generation":\#(generation),"metageneration":1,"contentType":"x","size":\#(size),"#
            + #""md5Hash":"","crc32c":"","createdAt":0,"updatedAt":0}"#
        try Data(record.utf8).write(to: objects.appending(path: "1.json"))
        await #expect(throws: DamagedFile.self, "\(id)") { _ = try await VertexRig.start(folder: folder) }
    }
}
