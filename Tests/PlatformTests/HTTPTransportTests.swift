// The transport against a server on loopback that cuts, stalls and lies.

import Basics
import Foundation
import Platform
import Synchronization
import TestServer
import Testing

@Suite struct HTTPTransportTests {
    private let transport = AsyncHTTPTransport(connectTimeout: 2, silence: 5)

    private func failure(of request: HTTPRequestValue) async throws -> HTTPTransportError {
        try await #require(throws: HTTPTransportError.self) { try await transport.send(request) }
    }

    @Test func sendsAndReceives() async throws {
        let server = try TestServer { request, _ in
            .answer(201, ["X-Echo": request["x-one"] ?? ""], body: Data(request.text.uppercased().utf8))
        }
        defer { server.stop() }
        let answer = try await transport.send(
            HTTPRequestValue(.post, server.url + "/a/b?c=d", fields: ["X-One": "1"], body: [.bytes(Data("abc".utf8))]))
        #expect(answer.status == 201)
        #expect(answer.fields["x-echo"] == "1")
        #expect(answer.body == Data("ABC".utf8))
        #expect(answer.received == 3)
        #expect(answer.seconds > 0)
        let seen = try #require(server.requests.first)
        #expect(seen.method == "POST" && seen.target == "/a/b?c=d" && seen["content-length"] == "3")
    }

    @Test func aBodyIsMadeOfBytesAndStretchesOfFiles() async throws {
        let folder = try ScratchFolder()
        let content = Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
        let path = try folder.write("content", content)
        let server = try TestServer { _, _ in .answer(200) }
        defer { server.stop() }
        let sent = Mutex<[HTTPProgress]>([])
        let request = HTTPRequestValue(
            .post, server.url,
            body: [
                .bytes(Data("<".utf8)), .file(path: path, offset: 10, count: 700_000), .bytes(Data()),
                .bytes(Data("|".utf8)), .file(path: path, offset: 999_999, count: 1), .bytes(Data(">".utf8)),
            ], onProgress: { progress in sent.withLock { $0.append(progress) } })
        _ = try await transport.send(request)
        let expected = Data("<".utf8) + content[10..<700_010] + Data("|".utf8) + content[999_999...] + Data(">".utf8)
        #expect(server.requests.first?.body == expected)
        let progress = sent.withLock(\.self)
        #expect(progress.last?.sent == 700_004 && progress.last?.toSend == 700_004)
        #expect(progress.map(\.sent) == progress.map(\.sent).sorted())
    }

    @Test func aDownloadGoesToAFile() async throws {
        let folder = try ScratchFolder()
        let content = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) })
        let server = try TestServer { request, _ in
            if let range = request["range"], let start = Int(range.dropFirst(6).dropLast()) {
                return .answer(206, body: content[start...])
            }
            return .answer(request.path == "/missing" ? 404 : 200, body: content.prefix(request.path == "/missing" ? 9 : .max))
        }
        defer { server.stop() }
        let path = try folder.write("download", Data(repeating: 1, count: 5_000_000))
        let whole = try await transport.send(
            HTTPRequestValue(.get, server.url, destination: .file(path: path, offset: 0)))
        #expect(whole.body.isEmpty && whole.received == 3_000_000)
        #expect(FileManager.default.contents(atPath: path) == content)

        // A broken download goes on where it stopped, and what stood behind that place is gone.
        try (content.prefix(1_000_000) + Data(repeating: 9, count: 50)).write(to: URL(filePath: path))
        _ = try await transport.send(
            HTTPRequestValue(
                .get, server.url, fields: ["Range": "bytes=1000000-"],
                destination: .file(path: path, offset: 1_000_000)))
        #expect(FileManager.default.contents(atPath: path) == content)

        // An error's body does not replace the file.
        let missing = try await transport.send(
            HTTPRequestValue(.get, server.url + "/missing", destination: .file(path: path, offset: 0)))
        #expect(missing.status == 404 && missing.body == content.prefix(9))
        #expect(FileManager.default.contents(atPath: path) == content)
    }

    struct FaultCase: CustomTestStringConvertible, Sendable {
        let id: String
        let reply: TestServer.Reply
        let body: [HTTPBodySegment]
        let reason: HTTPTransportError.Reason
        let outcome: CallOutcome
        var testDescription: String { id }
    }

    private static let body: [HTTPBodySegment] = [.bytes(Data("{}".utf8))]

    @Test(arguments: [
        FaultCase(
            id: "cut without an answer", reply: .cut, body: body, reason: .connectionLost, outcome: .unknown),
        FaultCase(
            id: "cut in the middle of the answer", reply: .short(200, body: Data("abc".utf8), missing: 10), body: body,
            reason: .connectionLost, outcome: .unknown),
        FaultCase(
            id: "cut without an answer to a request without a body", reply: .cut, body: [], reason: .connectionLost,
            outcome: .unknown),
        FaultCase(id: "an answer that is no HTTP", reply: .garbage, body: body, reason: .connectionLost, outcome: .unknown),
        FaultCase(
            id: "no answer", reply: .stall(seconds: 10), body: body, reason: .timedOut(seconds: 0.4), outcome: .unknown),
        FaultCase(
            id: "too long an answer", reply: .answer(200, body: Data(repeating: 0, count: 2000)), body: body,
            reason: .tooLong(limit: 1000), outcome: .unknown),
    ])
    func faultsAfterTheRequestIsOut(_ fault: FaultCase) async throws {
        let server = try TestServer { _, _ in fault.reply }
        defer { server.stop() }
        let error = try await failure(
            of: HTTPRequestValue(
                .post, server.url + "/x?sig=secret", body: fault.body, destination: .memory(limit: 1000),
                timeout: 0.4))
        #expect(error.reason == fault.reason)
        #expect(error.outcome == fault.outcome)
        #expect(!"\(error)".contains("secret"))
    }

    @Test(arguments: [HTTPTransportTests.body, []])
    func nobodyListens(_ body: [HTTPBodySegment]) async throws {
        let port = try TestServer.freePort()
        let start = ContinuousClock.now
        let error = try await failure(of: HTTPRequestValue(.post, "http://127.0.0.1:\(port)/", body: body))
        #expect(error.reason == .couldNotConnect)
        #expect(error.outcome == .surelyNotDone)
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test func anUploadThatIsCutSurelyDidNothing() async throws {
        let folder = try ScratchFolder()
        let path = try folder.write("large", Data(repeating: 7, count: 40 << 20))
        let server = try TestServer(cutUpload: { _ in 1 << 20 }) { _, _ in .answer(200) }
        defer { server.stop() }
        let error = try await failure(
            of: HTTPRequestValue(.post, server.url, body: [.file(path: path, offset: 0, count: 40 << 20)], timeout: nil))
        #expect(error.reason == .connectionLost)
        #expect(error.outcome == .surelyNotDone)
    }

    @Test func aFileThatIsNotThereOrTooShort() async throws {
        let folder = try ScratchFolder()
        let path = try folder.write("short", Data(repeating: 7, count: 10))
        let server = try TestServer { _, _ in .answer(200) }
        defer { server.stop() }
        for (path, count) in [(folder.path("none"), Int64(5)), (path, Int64(11))] {
            let error = try await failure(
                of: HTTPRequestValue(.post, server.url, body: [.file(path: path, offset: 0, count: count)]))
            guard case .file = error.reason else {
                Issue.record("\(error)")
                continue
            }
            #expect(error.outcome == .surelyNotDone)
        }
    }

    @Test(arguments: ["", "localhost", "ftp://127.0.0.1/", "http://", "file:///etc/passwd"])
    func addressesThatAreNone(_ url: String) async throws {
        let error = try await failure(of: HTTPRequestValue(.get, url))
        #expect(error.reason == .invalidURL)
        #expect(error.outcome == .surelyNotDone)
    }

    @Test func redirectsAreFollowedOnlyWhenAsked() async throws {
        let other = try TestServer { request, _ in .answer(200, body: Data((request["api-key"] ?? "none").utf8)) }
        defer { other.stop() }
        let elsewhere = other.url + "/there"
        let server = try TestServer { request, _ in
            switch request.path {
            case "/elsewhere": .answer(302, ["Location": elsewhere])
            case "/here": .answer(307, ["Location": "/end"])
            case "/circle": .answer(302, ["Location": "/circle"])
            default: .answer(200, body: Data((request["api-key"] ?? "none").utf8))
            }
        }
        defer { server.stop() }
        func get(_ path: String, follow: Bool) async throws -> HTTPResponseValue {
            try await transport.send(
                HTTPRequestValue(.get, server.url + path, fields: ["api-key": "k"], redirects: follow ? .anywhere : .none))
        }
        #expect(try await get("/here", follow: false).status == 307)
        #expect(try await get("/here", follow: true).body == Data("k".utf8))
        // The key stays with the host that it is for.
        #expect(try await get("/elsewhere", follow: true).body == Data("none".utf8))
        let error = try await #require(throws: HTTPTransportError.self) { try await get("/circle", follow: true) }
        #expect(error.reason == .tooManyRedirects)
    }

    @Test func cancellationEndsARequest() async throws {
        let server = try TestServer { _, _ in .stall(seconds: 10) }
        defer { server.stop() }
        let task = Task { try await transport.send(HTTPRequestValue(.get, server.url, timeout: nil)) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test func manyAtOnce() async throws {
        let server = try TestServer { request, _ in .answer(200, body: request.body) }
        defer { server.stop() }
        let transport = transport
        let answers = try await withThrowingTaskGroup(of: (Int, Data).self) { group in
            for index in 0..<64 {
                group.addTask {
                    let body: [HTTPBodySegment] = [.bytes(Data("\(index)".utf8))]
                    return (index, try await transport.send(HTTPRequestValue(.post, server.url, body: body)).body)
                }
            }
            var answers: [Int: Data] = [:]
            for try await (index, data) in group { answers[index] = data }
            return answers
        }
        #expect((0..<64).allSatisfy { answers[$0] == Data("\($0)".utf8) })
    }

    /// A server that sends a byte now and then was listened to for ever.
    @Test(.timeLimit(.minutes(1))) func aTransferThatHardlyMovesEnds() async throws {
        let folder = try ScratchFolder()
        let server = try TestServer { _, _ in .trickle(piece: 1, pause: 0.05) }
        defer { server.stop() }
        let hasty = AsyncHTTPTransport(connectTimeout: 2, silence: 1)
        let error = try await #require(throws: HTTPTransportError.self) {
            try await hasty.send(HTTPRequestValue(
                .get, server.url, destination: .file(path: folder.path("file"), offset: 0), timeout: nil))
        }
        #expect(error.reason == .timedOut(seconds: nil) && error.detail.contains("bytes came"), "\(error)")
    }

    @Test(.timeLimit(.minutes(1))) func aDownloadIsLimited() async throws {
        let folder = try ScratchFolder()
        let server = try TestServer { _, _ in .trickle(piece: 100_000, pause: 0) }
        defer { server.stop() }
        let path = folder.path("file")
        let error = try await failure(of: HTTPRequestValue(
            .get, server.url, destination: .file(path: path, offset: 0, limit: 1_000_000), timeout: nil))
        #expect(error.reason == .tooLong(limit: 1_000_000))
        #expect((try LocalFileSystem().status(path)?.size ?? 0) <= 1_000_000)
        let memory = try await failure(of: HTTPRequestValue(
            .get, server.url, destination: .memory(limit: 1_000_000), timeout: nil))
        #expect(memory.reason == .tooLong(limit: 1_000_000))
    }

    @Test(.timeLimit(.minutes(1))) func aHeadWithoutEndIsRefused() async throws {
        let server = try TestServer { _, _ in .endlessHead }
        defer { server.stop() }
        let error = try await failure(of: HTTPRequestValue(.get, server.url, timeout: nil))
        #expect(error.reason == .connectionLost, "\(error)")
    }

    @Test func descriptionsHideWhatAuthenticates() {
        let fields: HTTPFields = [
            "api-key": "planted", "Authorization": "Bearer planted", "X-IDENTITY-HEADER": "planted", "accept": "x",
        ]
        var dumped = ""
        dump(fields, to: &dumped)
        for text in ["\(fields)", String(reflecting: fields), dumped] {
            #expect(!text.contains("planted"))
            #expect(text.contains("accept: x"))
        }
        let request = HTTPRequestValue(.get, "http://127.0.0.1/a?sig=planted", fields: fields)
        #expect(!"\(request)".contains("planted"))
    }
}
