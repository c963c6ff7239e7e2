// Redirects: downloads are followed anywhere without the key, requests only on their host.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import Platform
import ProviderKit
import TestServer
import Testing

@Suite struct RedirectTests {
    /// Guards: a redirect of a file's content, which once stranded a paid batch, is followed without the key.
    @Test(arguments: [301, 302, 303, 307, 308])
    func aDownloadIsFollowedToAnotherHostWithoutTheKey(_ status: Int) async throws {
        let other = try TestServer { _, _ in .answer(200, body: Data("lines".utf8)) }
        defer { other.stop() }
        let place = "http://localhost:\(other.port)/blob?sig=1"
        let server = try TestServer { _, _ in .answer(status, ["Location": place]) }
        defer { server.stop() }
        let files = FilesClient(connection: connection(), endpoint: server.classic)
        let scratch = try TestFolder()
        try await files.download("file-1", to: scratch.path("a"))
        #expect(try Data(contentsOf: scratch.url.appending(path: "a")) == Data("lines".utf8))
        #expect(other.requests.map(\.target) == ["/blob?sig=1"])
        #expect(other.requests.allSatisfy { $0["api-key"] == nil && $0["authorization"] == nil })
        #expect(try await files.content("file-1") == Data("lines".utf8))
    }

    /// Guards: a same-host 307 of a POST, as servers that want a slash at the end send it.
    @Test(arguments: [307, 308])
    func aPostIsFollowedOnItsHost(_ status: Int) async throws {
        let server = try TestServer { request, _ in
            request.path.hasSuffix("/") ? .json(201, batchJSON) : .answer(status, ["Location": request.path + "/"])
        }
        defer { server.stop() }
        let client = BatchesClient(connection: connection(), endpoint: server.classic)
        #expect(try await client.create(BatchCreateRequest(inputFileID: "f", endpoint: .azureChat)).id == "batch_1")
        #expect(server.requests.map(\.method) == ["POST", "POST"])
        #expect(server.requests.allSatisfy { $0["api-key"] == "key-1" && $0.text.contains("input_file_id") })
    }

    @Test(arguments: [301, 302, 303])
    func aPostIsNotTurnedIntoAGet(_ status: Int) async throws {
        let server = try TestServer { _, _ in .answer(status, ["Location": "/elsewhere"]) }
        defer { server.stop() }
        let client = BatchesClient(connection: connection(), endpoint: server.classic)
        let error = try await #require(throws: ProviderError.self) {
            try await client.create(BatchCreateRequest(inputFileID: "f", endpoint: .azureChat))
        }
        #expect(error.status == status)
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func noKeyIsSentToAnotherHost(_ status: Int) async throws {
        let other = try TestServer { _, _ in .json(200, batchJSON) }
        defer { other.stop() }
        let place = "http://localhost:\(other.port)/stolen"
        let server = try TestServer { _, _ in .answer(status, ["Location": place]) }
        defer { server.stop() }
        let client = BatchesClient(connection: connection(), endpoint: server.classic)
        await #expect(throws: ProviderError.self) {
            try await client.create(BatchCreateRequest(inputFileID: "f", endpoint: .azureChat))
        }
        await #expect(throws: ProviderError.self) { try await client.get("batch_1") }
        #expect(other.requests.isEmpty)
    }

    @Test func redirectsEnd() async throws {
        let server = try TestServer { request, _ in .answer(302, ["Location": request.path + "x"]) }
        defer { server.stop() }
        let files = FilesClient(connection: connection(), endpoint: server.classic)
        let error = try await #require(throws: ProviderError.self) { try await files.content("file-1") }
        guard case .transport(_, let reason) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(reason.reason == .tooManyRedirects)
        #expect(server.requests.count == 6)
    }

    struct TargetCase: CustomTestStringConvertible, Sendable {
        let id: String
        let location: String
        var from = "https://h/files/1/content"
        let follows: Bool
        var testDescription: String { id }
    }

    @Test(arguments: [
        TargetCase(id: "https to https", location: "https://blob/x", follows: true),
        TargetCase(id: "https to http", location: "http://blob/x", follows: false),
        TargetCase(id: "https to http of the same host", location: "http://h/x", follows: false),
        TargetCase(id: "http to https", location: "https://h/x", from: "http://h/y", follows: true),
        TargetCase(id: "another scheme", location: "file:///etc/passwd", follows: false),
        TargetCase(id: "no place", location: "", follows: false),
    ])
    func downgradesAreRefused(_ target: TargetCase) {
        let request = HTTPRequestValue(.get, target.from, fields: ["api-key": "k"], redirects: .anywhere)
        let next = request.following(HTTPResponseValue(status: 302, fields: ["location": target.location]))
        #expect((next != nil) == target.follows)
        #expect(next?.fields["api-key"] == nil)
    }

    @Test func addressesWithoutSecrets() {
        #expect(HTTPRequestValue.withoutSecrets("https://user:pass@h:1/a?sig=2#3") == "https://h:1/a")
        #expect(HTTPRequestValue.withoutSecrets("https://h/a@b") == "https://h/a@b")
    }

    /// Guards: compressed bodies that were not requested.
    @Test func packedAnswersAreUnpacked() async throws {
        // python3: gzip.compress(b'{"id":"batch_1","status":"completed"}', mtime=0)
        let packed = try #require(
            Data(base64Encoded: "H4sIAAAAAAACA6tWykxRslJKSixJzog3VNJRKi5JLCktBgol5+cW5KSWpKYo1QIAnvUuqSUAAAA="))
        let server = try TestServer { _, _ in .answer(200, ["Content-Encoding": "gzip"], body: packed) }
        defer { server.stop() }
        #expect(try await BatchesClient(connection: connection(), endpoint: server.classic).get("batch_1").status == .completed)
        let scratch = try TestFolder()
        try await FilesClient(connection: connection(), endpoint: server.classic).download("f", to: scratch.path("a"))
        #expect(try String(contentsOf: scratch.url.appending(path: "a"), encoding: .utf8).hasPrefix(#"{"id":"batch_1""#))
    }
}
