// A Vertex AI client against a server on loopback that answers by a script.

import Basics
import Foundation
import Platform
import ProviderKit
import Specification
import Synchronization
import TestServer
import Testing

@testable import Providers

/// A clock that ends every wait immediately and records it.
final class PassingClock: WallClock {
    private let state = Mutex((time: Date(timeIntervalSince1970: 1_800_000_000), waits: [Double]()))
    var waits: [Double] { state.withLock(\.waits) }
    func now() async -> Date { state.withLock(\.time) }
    func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        state.withLock {
            $0.time += seconds
            $0.waits.append(seconds)
        }
    }
}

/// A server that answers each request by the first matching rule.
final class VertexRig: Sendable {
    typealias Rule = @Sendable (TestServer.Request, Int) -> TestServer.Reply?

    let server: TestServer
    let clock = PassingClock()
    let endpoint: VertexEndpoint

    /// - Parameter rules: get the request and the number of earlier requests with its method and path.
    init(location: String = "us-central1", _ rules: Rule...) throws {
        let seen = Counter()
        server = try TestServer { request, _ in
            let number = seen.next("\(request.method) \(request.path)")
            for rule in rules { if let reply = rule(request, number) { return reply } }
            return .json(404, #"{"error":{"code":404,"message":"Not found.","status":"NOT_FOUND"}}"#)
        }
        endpoint = VertexEndpoint(
            project: "proj", location: location, tuningLocation: "us-central1", bucket: "bkt", folder: "", server: server.url)
    }

    deinit { server.stop() }

    private final class Counter: Sendable {
        private let counts = Mutex<[String: Int]>([:])
        func next(_ key: String) -> Int {
            counts.withLock { counts in
                let count = counts[key, default: 0]
                counts[key] = count + 1
                return count
            }
        }
    }

    var client: VertexClient { VertexClient(connection: connection(.bearer(Secret("ya29.test-token"))), endpoint: endpoint) }
    var storage: StorageClient { StorageClient(connection: client.connection, endpoint: endpoint) }

    func connection(_ credential: ProviderCredential) -> ProviderConnection {
        ProviderConnection(
            credential: credential, transport: CurlTransport(connectTimeout: 2, silence: 20), clock: clock,
            random: SeededRandom(seed: 1), errors: VertexErrors())
    }

    /// The requests with a method whose path ends in a text.
    func requests(_ method: String, _ ending: String) -> [TestServer.Request] {
        server.requests.filter { $0.method == method && $0.path.hasSuffix(ending) }
    }
}

/// The bytes that a server has of an upload.
final class StoredBytes: Sendable {
    private let state = Mutex<Int64>(0)
    var count: Int64 { state.withLock(\.self) }
    func grow(to count: Int64) { state.withLock { $0 = max($0, count) } }
}

extension TestServer.Request {
    var json: JSONValue? { try? JSONValue(parsing: body) }
    func query(_ name: String) -> String? {
        URLComponents(string: "http://x" + target)?.queryItems?.first { $0.name == name }?.value
    }
}
