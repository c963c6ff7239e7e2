// The client of MLflow servers against a server on loopback that answers by a script.

import Basics
import Foundation
import Platform
import TestServer
import Testing

@testable import Exports

@Suite struct MLflowClientTests {
    private static func client(_ server: TestServer, _ environment: [String: String]) -> MLflowClient {
        MLflowClient(
            uri: server.url + "/", environment: environment, transport: CurlTransport(connectTimeout: 2, silence: 20),
            clock: SystemWallClock())
    }

    /// A server that repeats the credentials: the error shows no part of them.
    @Test(arguments: [
        ("a token", ["MLFLOW_TRACKING_TOKEN": "token-0123456789"]),
        ("a password", ["MLFLOW_TRACKING_USERNAME": "me", "MLFLOW_TRACKING_PASSWORD": "password-0123456789"]),
    ])
    func errorsShowNoCredentials(id: String, environment: [String: String]) async throws {
        let server = try TestServer { request, _ in
            let sent = request["authorization"] ?? "nothing"
            let words = environment.values.sorted().joined(separator: " ")
            return .json(403, #"{"error_code":"PERMISSION_DENIED","message":"refused '\#(sent)' of \#(words)"}"#)
        }
        defer { server.stop() }
        let error = await #expect(throws: MLflowError.self, "\(id)") {
            try await Self.client(server, environment).call(.get, "experiments/get-by-name")
        }
        #expect(server.requests.count == 1 && server.requests[0]["authorization"] != nil)
        let text = error?.description ?? ""
        #expect(text.contains("refused") && text.contains("[redacted]"), "\(text)")
        let payload = server.requests[0]["authorization"]?.split(separator: " ").last.map(String.init) ?? ""
        #expect(!text.contains(payload) && !text.contains("0123456789"), "\(text)")
    }

    /// Without a sign-in, nothing that looks like one is sent.
    @Test func nothingToSignInWith() async throws {
        let server = try TestServer { _, _ in .json(200, "{}") }
        defer { server.stop() }
        _ = try await Self.client(server, ["MLFLOW_TRACKING_TOKEN": ""]).call(.get, "experiments/get-by-name")
        #expect(server.requests.first?["authorization"] == nil)
    }
}
