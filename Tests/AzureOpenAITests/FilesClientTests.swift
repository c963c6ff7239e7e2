// Files: form bytes, waiting, lists, downloads, uploads in parts.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import Platform
import ProviderKit
import Synchronization
import TestServer
import Testing

/// One part of a form.
private struct FormPart: Equatable {
    var head: [String]
    var body: Data
}

private func parts(of request: TestServer.Request) -> [FormPart]? {
    guard let type = request["content-type"], let range = type.range(of: "boundary=") else { return nil }
    let boundary = Data("--\(type[range.upperBound...])".utf8)
    guard request.body.starts(with: boundary), request.body.suffix(boundary.count + 4) == boundary + Data("--\r\n".utf8)
    else { return nil }
    var parts: [FormPart] = []
    var rest = request.body.dropFirst(boundary.count)
    while let end = rest.range(of: Data("\r\n".utf8) + boundary) {
        let part = rest[rest.startIndex..<end.lowerBound].dropFirst(2)
        guard let middle = part.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: part[..<middle.lowerBound], as: UTF8.self)
        parts.append(FormPart(head: head.components(separatedBy: "\r\n"), body: Data(part[middle.upperBound...])))
        rest = rest[end.upperBound...]
    }
    return parts
}

@Suite struct FilesClientTests {
    @Test func theFormOfAnUpload() async throws {
        let folder = try TestFolder()
        let content = Data("{\"a\":\"ü\"}\n\r\n--\n".utf8)
        let path = try folder.write("local.jsonl", content)
        let server = try TestServer { _, _ in .json(201, fileJSON, ["Location": "x"]) }
        defer { server.stop() }
        let client = FilesClient(connection: connection(), endpoint: server.classic)
        let file = try await client.upload(
            FileToUpload(
                path: path, bytes: Int64(content.count), filename: "tra\"in-0123.jsonl", purpose: .fineTune,
                expiresAfter: ExpiresAfter(seconds: 1_209_600)))
        #expect(file.id == "file-1")
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/openai/files?api-version=2024-10-21")
        #expect(request["api-key"] == "key-1")
        #expect(request["content-length"] == "\(request.bodyCount)")
        #expect(
            parts(of: request) == [
                FormPart(head: ["Content-Disposition: form-data; name=\"purpose\""], body: Data("fine-tune".utf8)),
                FormPart(
                    head: ["Content-Disposition: form-data; name=\"expires_after.anchor\""],
                    body: Data("created_at".utf8)),
                FormPart(
                    head: ["Content-Disposition: form-data; name=\"expires_after.seconds\""],
                    body: Data("1209600".utf8)),
                FormPart(
                    head: [
                        "Content-Disposition: form-data; name=\"file\"; filename=\"tra%22in-0123.jsonl\"",
                        "Content-Type: application/jsonl",
                    ], body: content),
            ])
    }

    @Test func interruptedUploadIsSentAgain() async throws {
        // So large that the client has not handed all of it to a connection before that is seen to be cut.
        let folder = try TestFolder()
        let path = try folder.write("large", Data(repeating: 65, count: 64 << 20))
        let server = try TestServer(cutUpload: { $0 == 0 ? 1 << 20 : nil }) { _, _ in .json(201, fileJSON) }
        defer { server.stop() }
        let client = FilesClient(connection: connection(), endpoint: server.classic)
        _ = try await client.upload(FileToUpload(path: path, bytes: 64 << 20, filename: "l", purpose: .batch))
        #expect(server.requests.count == 2)
        #expect(server.requests.last.map { $0.bodyCount > 64 << 20 } == true)
    }

    @Test func anUploadWhoseReplyIsLostIsNot() async throws {
        let folder = try TestFolder()
        let path = try folder.write("small", Data("abc".utf8))
        let server = try TestServer { _, _ in .cut }
        defer { server.stop() }
        let client = FilesClient(connection: connection(), endpoint: server.classic)
        let error = try await #require(throws: ProviderError.self) {
            try await client.upload(FileToUpload(path: path, bytes: 3, filename: "s", purpose: .batch))
        }
        #expect(error.outcome == .unknown)
        #expect(server.requests.count == 1)
    }

    @Test func waitsUntilAFileIsProcessed() async throws {
        let states = ["pending", "running", "running", "processed"]
        let server = try TestServer { _, index in
            .json(200, fileJSON.replacing("processed", with: states[min(index, 3)]))
        }
        defer { server.stop() }
        let clock = JumpingClock()
        let client = FilesClient(connection: connection(clock), endpoint: server.classic)
        let file = try await client.waitUntilProcessed("file-1", interval: 3)
        #expect(file.status == .processed)
        #expect(clock.waits == [3, 3, 3])
    }

    @Test func aFileThatTheProviderDoesNotWant() async throws {
        let server = try TestServer { _, _ in .json(200, fileJSON.replacing("processed", with: "error")) }
        defer { server.stop() }
        let client = FilesClient(connection: connection(), endpoint: server.classic)
        let error = try await #require(throws: ProviderError.self) { try await client.waitUntilProcessed("file-1") }
        guard case .fileRefused(let id, _, _, _) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(id == "file-1")
    }

    @Test func aFileThatIsNeverReady() async throws {
        let server = try TestServer { _, _ in .json(200, fileJSON.replacing("processed", with: "pending")) }
        defer { server.stop() }
        let client = FilesClient(connection: connection(), endpoint: server.classic)
        await #expect(throws: ProviderError.fileNotReady(id: "file-1", waited: 60)) {
            try await client.waitUntilProcessed("file-1", interval: 20, limit: 50)
        }
    }

    @Test func openAIsUploadedFileCanBeUsed() async throws {
        let server = try TestServer { _, _ in .json(200, fileJSON.replacing("processed", with: "uploaded")) }
        defer { server.stop() }
        let endpoint = ProviderEndpoint(baseURL: server.url + "/v1", surface: .openAI)
        let client = FilesClient(connection: connection(), endpoint: endpoint)
        #expect(try await client.waitUntilProcessed("file-1").status == .uploaded)
        #expect(server.requests.first?.target == "/v1/files/file-1")
    }

    @Test func listsAllPagesEachFileOnce() async throws {
        @Sendable func page(_ ids: [Int], more: Bool) -> TestServer.Reply {
            let files = ids.map { fileJSON.replacing("file-1", with: "file-\($0)") }.joined(separator: ",")
            return .json(200, #"{"object":"list","data":[\#(files)],"has_more":\#(more)}"#)
        }
        let server = try TestServer { request, _ in
            switch request.target.contains("after=") ? request.target.split(separator: "after=")[1].prefix(6) : "" {
            case "": page([1, 2], more: true)
            // A page that is out of date shows a file again.
            case "file-2": page([2, 3], more: true)
            default: page([3], more: false)
            }
        }
        defer { server.stop() }
        let client = FilesClient(connection: connection(), endpoint: server.classic)
        #expect(try await client.list(purpose: .batch).map(\.id) == ["file-1", "file-2", "file-3"])
        #expect(server.requests.first?.target == "/openai/files?purpose=batch&api-version=2024-10-21")
        #expect(server.requests.count == 3)
    }

    @Test func downloadResumesAfterAnInterruption() async throws {
        let folder = try TestFolder()
        let content = Data(repeating: 66, count: 2_000_000)
        let server = try TestServer { _, index in
            index == 0 ? .short(200, body: content.prefix(1000), missing: 1_999_000) : .answer(200, body: content)
        }
        defer { server.stop() }
        let client = FilesClient(connection: connection(), endpoint: server.classic)
        try await client.download("file-1", to: folder.path("out"))
        #expect(FileManager.default.contents(atPath: folder.path("out")) == content)
        #expect(server.requests.last?.target == "/openai/files/file-1/content?api-version=2024-10-21")
    }

    struct Late: Sendable, CustomTestStringConvertible {
        var id: String
        var first: [TestServer.Reply]
        /// `nil` if the whole file arrives in the end.
        var error: String?
        var testDescription: String { id }
    }

    private static let lines = "{\"a\":1}\n{\"b\":2}\n"

    /// Guards: a finished batch names its files before they can be read; the step failed, or read a part of the file.
    @Test(arguments: [
        Late(id: "not there yet", first: Array(repeating: .json(404, #"{"error":{"message":"No such file"}}"#), count: 4)),
        Late(
            id: "never there", first: Array(repeating: .json(404, #"{"error":{"message":"No such file"}}"#), count: 9),
            error: "HTTP 404"),
        Late(id: "accepted", first: [.json(202, #"{"status":"pending"}"#), .answer(204)]),
        Late(id: "a defect", first: [.answer(200, body: Data("defect".utf8))]),
        Late(
            id: "a lasting defect", first: Array(repeating: .answer(200, body: Data("defect".utf8)), count: 9), error: "is defect"
        ),
        Late(
            id: "cut without a length",
            first: [
                .raw("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"a\":1}\n"), .json(200, fileJSON.replacing("3", with: "16")),
            ]),
    ])
    func lateFileIsReadOnceItExists(_ late: Late) async throws {
        let folder = try TestFolder()
        let server = try TestServer { _, index in
            index < late.first.count ? late.first[index] : .answer(200, body: Data(Self.lines.utf8))
        }
        defer { server.stop() }
        let clock = JumpingClock()
        let client = FilesClient(connection: connection(clock), endpoint: server.classic)
        let path = folder.path("out")
        let download = {
            try await client.download("file-1", to: path) { path in
                FileManager.default.contents(atPath: path) == Data("defect".utf8)
                    ? DownloadDefect("is defect", isFatal: true) : nil
            }
        }
        if let reason = late.error {
            let error = try await #require(throws: ProviderError.self) { try await download() }
            #expect("\(error)".contains(reason), "\(error)")
        } else {
            try await download()
            #expect(FileManager.default.contents(atPath: path) == Data(Self.lines.utf8))
        }
        #expect(clock.waits.reduce(0, +) < 120)
    }

    /// An id is a text that a server chose: it never becomes more than one segment of the next request's path.
    @Test(arguments: ["..", ".", "", "a/../b", "../files", "a/", "/a", "..\\..", "a//b"])
    func `an id that would change the path is never sent`(id: String) async throws {
        let server = try TestServer { _, _ in .json(200, fileJSON) }
        defer { server.stop() }
        let files = FilesClient(connection: connection(), endpoint: server.classic)
        let batches = BatchesClient(connection: connection(), endpoint: server.classic)
        let jobs = FineTuningClient(connection: connection(), endpoint: server.classic)
        let chat = ChatClient(connection: connection(), endpoint: server.classic)
        let refused = ProviderError.unsafeID(id)
        await #expect(throws: refused) { try await files.get(FileID(id)) }
        await #expect(throws: refused) { try await files.delete(FileID(id)) }
        await #expect(throws: refused) { try await files.download(FileID(id), to: "/dev/null") }
        await #expect(throws: refused) { try await files.cancelUpload(UploadID(id)) }
        await #expect(throws: refused) { try await batches.cancel(BatchID(id)) }
        await #expect(throws: refused) { try await jobs.events(of: FineTuningJobID(id)) }
        await #expect(throws: refused) {
            try await chat.complete(ChatCompletionRequest(model: "m", messages: []), deployment: id)
        }
        #expect(server.requests.isEmpty)
    }

    @Test(arguments: [
        ("models/m-1", "models%2Fm-1"), ("a?b=c", "a%3Fb%3Dc"), ("a#b", "a%23b"), ("a b\r\nx", "a%20b%0D%0Ax"),
        ("%2e%2e", "%252e%252e"), ("..a", "..a"),
    ])
    func `an id is one segment of the path`(id: String, sent: String) async throws {
        let server = try TestServer { _, _ in .json(200, fileJSON) }
        defer { server.stop() }
        let client = FilesClient(connection: connection(), endpoint: server.classic)
        _ = try await client.get(FileID(id))
        #expect(server.requests.map(\.target) == ["/openai/files/\(sent)?api-version=2024-10-21"])
    }

    @Test func deletingAMissingObjectIsNotAnError() async throws {
        let server = try TestServer { _, index in
            index == 0 ? .json(200, #"{"object":"file","id":"file-1","deleted":true}"#) : .json(404, "{}")
        }
        defer { server.stop() }
        let client = FilesClient(connection: connection(), endpoint: server.classic)
        try await client.delete("file-1")
        try await client.delete("file-1")
        #expect(server.requests.map(\.method) == ["DELETE", "DELETE"])
    }
}

@Suite struct LargeUploadTests {
    /// Keeps the parts, loses the second one twice: once on its way, once its reply.
    private func server(_ content: Data) throws -> TestServer {
        try TestServer(cutUpload: { $0 == 2 ? 10 : nil }) { request, index in
            switch request.path {
            case "/openai/uploads":
                .json(
                    200,
                    #"{"object":"upload","id":"upload_1","bytes":\#(content.count),"created_at":1,"expires_at":7201,"#
                        + #""filename":"l","purpose":"batch","status":"pending"}"#)
            case "/openai/uploads/upload_1/parts":
                index == 3
                    ? .cut
                    : .json(200, #"{"object":"upload.part","id":"part_\#(index)","upload_id":"upload_1","created_at":1}"#)
            default:
                .json(
                    200,
                    #"{"object":"upload","id":"upload_1","status":"completed","file":\#(fileJSON)}"#)
            }
        }
    }

    @Test func resendsPartsAndNamesReceivedOnes() async throws {
        let folder = try TestFolder()
        let content = Data((0..<2500).map { UInt8(truncatingIfNeeded: $0) })
        let path = try folder.write("large", content)
        let server = try server(content)
        defer { server.stop() }
        let client = FilesClient(connection: connection(), endpoint: server.classic)
        let file = FileToUpload(path: path, bytes: 2500, filename: "l", purpose: .batch)
        let saved = Mutex<[LargeUpload]>([])
        let result = try await client.uploadInParts(
            file, partSize: 1000, save: { state in saved.withLock { $0.append(state) } })
        #expect(result.id == "file-1")
        // 0 begins, 1 is part one, 2 is cut, 3 has no reply, 4 and 5 are parts two and three, 6 completes.
        let complete = try #require(server.requests.last)
        #expect(complete.path == "/openai/uploads/upload_1/complete")
        #expect(complete.text == #"{"part_ids":["part_1","part_4","part_5"]}"#)
        let sent = [1, 4, 5].compactMap { parts(of: server.requests[$0])?.first }
        #expect(sent.map(\.body).reduce(Data(), +) == content)
        #expect(sent.allSatisfy { $0.head.first?.contains("name=\"data\"") == true })
        #expect(saved.withLock(\.self).map(\.partIDs.count) == [0, 1, 2, 3])
    }

    @Test func continuesWhereAnotherProcessStopped() async throws {
        let folder = try TestFolder()
        let content = Data((0..<2500).map { UInt8(truncatingIfNeeded: $0) })
        let path = try folder.write("large", content)
        let server = try TestServer { request, _ in
            request.path.hasSuffix("/parts")
                ? .json(200, #"{"object":"upload.part","id":"part_c","upload_id":"upload_9"}"#)
                : .json(200, #"{"object":"upload","id":"upload_9","status":"completed","file":\#(fileJSON)}"#)
        }
        defer { server.stop() }
        let client = FilesClient(connection: connection(), endpoint: server.classic)
        let state = LargeUpload(id: "upload_9", partSize: 1000, partIDs: ["part_a", "part_b"], expires: nil)
        _ = try await client.uploadInParts(
            FileToUpload(path: path, bytes: 2500, filename: "l", purpose: .batch), resuming: state)
        #expect(server.requests.map(\.path) == ["/openai/uploads/upload_9/parts", "/openai/uploads/upload_9/complete"])
        #expect(parts(of: server.requests[0])?.first?.body == content[2000...])
        #expect(server.requests[1].text == #"{"part_ids":["part_a","part_b","part_c"]}"#)
    }

    @Test func aLostReplyToTheCompletionIsNotRepeated() async throws {
        let folder = try TestFolder()
        let path = try folder.write("large", Data("abc".utf8))
        let server = try TestServer { _, _ in .cut }
        defer { server.stop() }
        let client = FilesClient(connection: connection(), endpoint: server.classic)
        let state = LargeUpload(id: "upload_9", partSize: 3, partIDs: ["part_a"], expires: nil)
        let error = try await #require(throws: ProviderError.self) {
            try await client.uploadInParts(
                FileToUpload(path: path, bytes: 3, filename: "l", purpose: .batch), resuming: state)
        }
        #expect(error.outcome == .unknown)
        #expect(server.requests.count == 1)
    }

    struct StatusCase: CustomTestStringConvertible, Sendable {
        let id: String
        let status: String
        let waits: Int
        let notes: Int
        var testDescription: String { id }
    }

    /// Guards: a file with an undocumented status was waited for during half an hour.
    @Test(arguments: [
        StatusCase(id: "ready", status: "ready", waits: 0, notes: 0),
        StatusCase(id: "READY", status: "READY", waits: 0, notes: 0),
        StatusCase(id: "a word that nobody knows", status: "basking", waits: 12, notes: 1),
    ])
    func statusesOfOtherServers(_ file: StatusCase) async throws {
        let server = try TestServer { _, _ in .json(200, #"{"id":"file-1","status":"\#(file.status)"}"#) }
        defer { server.stop() }
        let clock = JumpingClock()
        var notes: [String] = []
        _ = try await FilesClient(connection: connection(clock), endpoint: server.classic)
            .waitUntilProcessed("file-1") { notes.append($0) }
        #expect(clock.waits.count == file.waits)
        #expect(notes.count == file.notes, "\(notes)")
    }

    /// Guards: a server that takes uploads and cannot be asked about one file.
    @Test(arguments: [404, 405, 501])
    func aServerThatCannotBeAskedAboutAFile(_ status: Int) async throws {
        let server = try TestServer { _, _ in .json(status, #"{"error":{"message":"Not found"}}"#) }
        defer { server.stop() }
        var notes: [String] = []
        let client = FilesClient(connection: connection(), endpoint: server.classic)
        let uploaded = FileObject(
            id: "file-1", bytes: 3, createdAt: nil, filename: "a", purpose: .batch, status: nil)
        #expect(try await client.waitUntilProcessed("file-1", uploaded: uploaded) { notes.append($0) } == uploaded)
        #expect(notes.count == 1)
        await #expect(throws: ProviderError.self) { try await client.waitUntilProcessed("file-1") }
    }
}
