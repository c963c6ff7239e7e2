// The transport with a loopback server that cuts, stalls and sends wrong lengths.

import Basics
import Foundation
import Platform
import Synchronization
import TestServer
import Testing

@Suite struct HTTPTransportTests {
    private let transport = CurlTransport(connectTimeout: 2, silence: 5)

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
        let folder = try TestFolder()
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

    @Test func downloadIsWrittenToAFile() async throws {
        let folder = try TestFolder()
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

        // An interrupted download resumes, and later bytes in the file are removed.
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
        let folder = try TestFolder()
        let path = try folder.write("large", Data(repeating: 7, count: 40 << 20))
        let server = try TestServer(cutUpload: { _ in 1 << 20 }) { _, _ in .answer(200) }
        defer { server.stop() }
        let error = try await failure(
            of: HTTPRequestValue(.post, server.url, body: [.file(path: path, offset: 0, count: 40 << 20)], timeout: nil))
        #expect(error.reason == .connectionLost)
        #expect(error.outcome == .surelyNotDone)
    }

    @Test func missingOrTruncatedFile() async throws {
        let folder = try TestFolder()
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

    /// A server that sends an occasional byte was read forever.
    @Test(.timeLimit(.minutes(1))) func aTransferThatHardlyMovesEnds() async throws {
        let folder = try TestFolder()
        let server = try TestServer { _, _ in .trickle(piece: 1, pause: 0.05) }
        defer { server.stop() }
        let hasty = CurlTransport(connectTimeout: 2, silence: 1)
        let error = try await #require(throws: HTTPTransportError.self) {
            try await hasty.send(
                HTTPRequestValue(
                    .get, server.url, destination: .file(path: folder.path("file"), offset: 0), timeout: nil))
        }
        #expect(error.reason == .timedOut(seconds: nil) && error.detail.contains("bytes arrived"), "\(error)")
    }

    @Test(.timeLimit(.minutes(1))) func aDownloadIsLimited() async throws {
        let folder = try TestFolder()
        let server = try TestServer { _, _ in .trickle(piece: 100_000, pause: 0) }
        defer { server.stop() }
        let path = folder.path("file")
        let error = try await failure(
            of: HTTPRequestValue(
                .get, server.url, destination: .file(path: path, offset: 0, limit: 1_000_000), timeout: nil))
        #expect(error.reason == .tooLong(limit: 1_000_000))
        #expect((try LocalFileSystem().status(path)?.size ?? 0) <= 1_000_000)
        let memory = try await failure(
            of: HTTPRequestValue(
                .get, server.url, destination: .memory(limit: 1_000_000), timeout: nil))
        #expect(memory.reason == .tooLong(limit: 1_000_000))
    }

    @Test(.timeLimit(.minutes(1))) func aHeadWithoutEndIsRefused() async throws {
        let server = try TestServer { _, _ in .endlessHead }
        defer { server.stop() }
        let error = try await failure(of: HTTPRequestValue(.get, server.url, timeout: nil))
        #expect(error.reason == .connectionLost, "\(error)")
    }

    /// The request header as sent: fields in order, with duplicates and spelling, and no additional ones.
    @Test func `the fields go out as they were given`() async throws {
        let server = try TestServer { _, _ in .answer(204) }
        defer { server.stop() }
        let fields = HTTPFields([
            .init(name: "X-Two", value: "b"), .init(name: "x-one", value: "a, \"é\""), .init(name: "X-Two", value: "a"),
            .init(name: "x-empty", value: ""), .init(name: "Content-Length", value: "99"),
        ])
        func sent(_ request: HTTPRequestValue) async throws -> TestServer.Request {
            _ = try await transport.send(request)
            return try #require(server.requests.last)
        }
        let host = "127.0.0.1:\(server.port)"
        let own = ["X-Two: b", "x-one: a, \"é\"", "X-Two: a", "x-empty: "]
        let cases: [(HTTPMethod, [HTTPBodySegment], [String])] = [
            (.get, [], []), (.head, [], []), (.delete, [], []), (.post, [], ["Content-Length: 0"]),
            (.put, [], ["Content-Length: 0"]), (.patch, [.bytes(Data("abc".utf8))], ["Content-Length: 3"]),
            (.post, [.bytes(Data(repeating: 1, count: 3_000_000))], ["Content-Length: 3000000"]),
        ]
        for (method, body, length) in cases {
            let seen = try await sent(
                HTTPRequestValue(method, server.url + "/a/../b%20c/%C3%A9?q=1%2F2&r=../x#part", fields: fields, body: body))
            #expect(seen.method == method.rawValue && seen.target == "/a/../b%20c/%C3%A9?q=1%2F2&r=../x")
            let lines = seen.fields.map { "\($0.name): \($0.value)" }
            #expect(lines.filter { $0.lowercased().hasPrefix("host:") } == ["Host: \(host)"], "\(method)")
            #expect(lines.filter { !$0.lowercased().hasPrefix("host:") } == own + length, "\(method)")
            #expect(seen.bodyCount == body.reduce(0) { $0 + Int($1.count) })
        }
        let plain = try await sent(HTTPRequestValue(.get, server.url + "?only=query"))
        #expect(plain.target == "/?only=query" && plain.fields.map(\.name) == ["Host"])
    }

    /// A key with a line break in it could smuggle a second request, and its value was printed in the error.
    @Test(arguments: [("api-key", "planted\r\nX: y"), ("api-key", "plan\u{0}ted"), ("bad name", "planted"), ("", "planted")])
    func `a field that HTTP does not allow is not sent`(name: String, value: String) async throws {
        let server = try TestServer { _, _ in .answer(200) }
        defer { server.stop() }
        let error = try await failure(
            of: HTTPRequestValue(.get, server.url, fields: HTTPFields([.init(name: name, value: value)])))
        #expect(error.reason == .invalidField(name: name) && error.outcome == .surelyNotDone)
        #expect(!"\(error)".contains("planted") && server.requests.isEmpty)
    }

    /// A silent server must not block a request without a time limit forever, whether it has read the body or not.
    @Test(.timeLimit(.minutes(1)), arguments: [[], HTTPTransportTests.body])
    func `a silent connection ends`(body: [HTTPBodySegment]) async throws {
        let server = try TestServer { _, _ in .stall(seconds: 30) }
        defer { server.stop() }
        let hasty = CurlTransport(connectTimeout: 2, silence: 0.5)
        let start = ContinuousClock.now
        let error = try await #require(throws: HTTPTransportError.self) {
            try await hasty.send(HTTPRequestValue(.post, server.url, body: body, timeout: nil))
        }
        #expect(error.reason == .timedOut(seconds: nil) && error.outcome == .unknown)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    /// libcurl silently repeats a request if a reused connection was closed. A request with side effects must not be
    /// sent twice unless the caller allows it.
    @Test(arguments: [HTTPMethod.post, .put, .patch, .delete], [HTTPTransportTests.body, []])
    func `a request that changes something is sent once`(method: HTTPMethod, body: [HTTPBodySegment]) async throws {
        let server = try TestServer { _, index in index == 0 ? .answer(200) : .cut }
        defer { server.stop() }
        let transport = CurlTransport(connectTimeout: 2, silence: 5)
        _ = try await transport.send(HTTPRequestValue(.get, server.url))
        let error = try await #require(throws: HTTPTransportError.self) {
            try await transport.send(HTTPRequestValue(method, server.url, body: body))
        }
        #expect(error.reason == .connectionLost && error.outcome == .unknown)
        #expect(server.requests.count == 2)
    }

    @Test func `a connection is used again`() async throws {
        let server = try TestServer { _, _ in .answer(200) }
        defer { server.stop() }
        let transport = CurlTransport()
        for _ in 0..<20 {
            _ = try await transport.send(HTTPRequestValue(.post, server.url, body: HTTPTransportTests.body))
        }
        #expect(server.requests.count == 20 && server.connections == 1)
    }

    /// More requests than connections to one server: the rest waits, and those that are given up leave the line.
    @Test(.timeLimit(.minutes(1))) func `more requests than connections`() async throws {
        let server = try TestServer { request, _ in
            Thread.sleep(forTimeInterval: 0.01)
            return .answer(200, body: request.body)
        }
        defer { server.stop() }
        let transport = CurlTransport()
        let failures = await withTaskGroup(of: String?.self) { group in
            for index in 0..<600 {
                group.addTask {
                    let task = Task {
                        try await transport.send(HTTPRequestValue(.post, server.url, body: [.bytes(Data("\(index)".utf8))]))
                    }
                    if index % 5 == 0 { task.cancel() }
                    switch await task.result {
                    case .success(let answer): return answer.body == Data("\(index)".utf8) ? nil : "another's answer"
                    case .failure(let error): return index % 5 == 0 && error is CancellationError ? nil : "\(error)"
                    }
                }
            }
            return await group.reduce(into: [String]()) { if let failure = $1 { $0.append(failure) } }
        }
        #expect(failures == [])
        #expect(server.connections <= 300)
    }

    /// Unusual headers: interim responses, folded and repeated fields, fields after the body.
    @Test func `heads as servers write them`() async throws {
        let server = try TestServer { _, _ in
            .raw(
                """
                HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
                HTTP/1.1 200\r\nX-Twice: a\r\nx-twice:b\r\nX-Folded: one\r\n  two\r\nX-Empty:\r\n\
                Transfer-Encoding: chunked\r\nTrailer: X-After\r\n\r\n\
                3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-After: 1\r\n\r\n
                """)
        }
        defer { server.stop() }
        let answer = try await transport.send(HTTPRequestValue(.get, server.url))
        #expect(answer.status == 200 && answer.body == Data("abcde".utf8) && answer.received == 5)
        #expect(answer.fields["x-interim"] == nil && answer.fields["link"] == nil && answer.fields["x-after"] == nil)
        #expect(answer.fields.fields.filter { $0.name.lowercased() == "x-twice" }.map(\.value) == ["a", "b"])
        #expect(answer.fields["x-folded"] == "one two" && answer.fields["x-empty"] == "")
    }

    /// A chunked answer that ends early has no length to compare with.
    @Test(arguments: ["5\r\nabc", "3\r\nabc\r\n", "3\r\nabc\r\n0\r\n", "zz\r\n"])
    func `a cut chunked answer is no answer`(chunks: String) async throws {
        let server = try TestServer { _, _ in .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks) }
        defer { server.stop() }
        let error = try await failure(of: HTTPRequestValue(.get, server.url))
        #expect(error.reason == .connectionLost, "\(error)")
    }

    @Test func `a proxy that refuses a tunnel is an error that says so`() async throws {
        let proxy = try TestServer { _, _ in .answer(407) }
        defer { proxy.stop() }
        let transport = CurlTransport(environment: ["HTTPS_PROXY": proxy.url])
        let request = HTTPRequestValue(.get, "https://models.example/v1", fields: ["api-key": "planted"])
        let error = try await #require(throws: HTTPTransportError.self) { try await transport.send(request) }
        #expect(error.reason == .couldNotConnect && error.outcome == .surelyNotDone && error.detail.contains("407"))
        // Headers for the server are not sent to the proxy.
        #expect(proxy.requests.allSatisfy { $0.method == "CONNECT" && $0["api-key"] == nil })
    }

    @Test func `a host without an address is an error that says so`() async throws {
        let error = try await failure(of: HTTPRequestValue(.get, "http://nobody.invalid/"))
        #expect(error.reason == .couldNotConnect && error.outcome == .surelyNotDone && error.detail == "no such host")
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
