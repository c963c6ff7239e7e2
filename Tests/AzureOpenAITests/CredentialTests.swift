// Credentials of the client, and that only their server receives them.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import Platform
import ProviderKit
import Synchronization
import TestServer
import Testing

@Suite struct CredentialTests {
    /// The ways in which a server may write a key in JSON.
    static let spellings: [(id: String, text: String)] = [
        ("as it is", "hush-key/12345"), ("one escape", #"\u0068ush-key/12345"#), ("a slash", #"hush-key\/12345"#),
        ("upper case", #"hush\u002Dkey\u002F12345"#),
        ("all", "hush-key/12345".utf8.map { "\\u00" + String($0, radix: 16) }.joined()),
        ("JSON in JSON", #"\\u0068ush-key\\/12345"#), ("after backslashes", #"\\\\hush-key/12345"#),
    ]

    /// Guards against a key that is returned with escapes: after decoding, it appeared in journals and reports.
    @Test(arguments: spellings.map(\.id)) func aKeyIsRemovedHoweverItIsWritten(id: String) async throws {
        let text = try #require(CredentialTests.spellings.first { $0.id == id }).text
        let server = try TestServer { request, _ in
            request.path.hasSuffix("/content")
                ? .answer(200, body: Data(#"{"custom_id":"\#(text)"}"#.utf8))
                : .json(200, batchJSON.replacing("{", with: #"{"metadata":{"note":"\#(text)"},"#, maxReplacements: 1))
        }
        defer { server.stop() }
        let connection = connection(credential: .apiKey(Secret("hush-key/12345")))
        let batch = try await BatchesClient(connection: connection, endpoint: server.classic).get("batch_1")
        let note = batch.metadata?["note"] ?? ""
        #expect(note.contains("[redacted]") && !note.contains("12345"), "\(note)")
        let path = NSTemporaryDirectory() + "assay-redaction-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await FilesClient(connection: connection, endpoint: server.classic).download("file-1", to: path)
        let kept = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        #expect(kept.contains("[redacted]") && !kept.contains("12345"), "\(kept)")
    }

    @Test func keysAndTokensAreSentAsTheirProvidersWant() async throws {
        let server = try TestServer { _, _ in .json(200, batchJSON) }
        defer { server.stop() }
        for credential in [ProviderCredential.none, .apiKey(Secret("k")), .bearer(Secret("t"))] {
            let client = BatchesClient(connection: connection(credential: credential), endpoint: server.classic)
            _ = try await client.get("batch_1")
        }
        #expect(server.requests.map { $0["api-key"] } == [nil, "k", nil])
        #expect(server.requests.map { $0["authorization"] } == [nil, nil, "Bearer t"])
    }

    @Test func entraTokensAreKeptAndRenewed() async throws {
        let entra = try TestServer { _, index in
            .json(200, #"{"token_type":"Bearer","expires_in":3600,"access_token":"token-\#(index)"}"#)
        }
        defer { entra.stop() }
        let server = try TestServer { _, _ in .json(200, batchJSON) }
        defer { server.stop() }
        let clock = JumpingClock()
        let source = EntraClientCredentials(
            tenant: "tenant", clientID: "client", clientSecret: Secret("se cret+"), authority: entra.url,
            transport: sharedTransport)
        let client = BatchesClient(
            connection: connection(clock, credential: .tokens(TokenCache(source: source, clock: clock))),
            endpoint: server.classic)
        _ = try await client.get("batch_1")
        clock.advance(3000)
        _ = try await client.get("batch_1")
        // Five minutes before its end a token is renewed.
        clock.advance(301)
        _ = try await client.get("batch_1")
        #expect(server.requests.map { $0["authorization"] } == ["Bearer token-0", "Bearer token-0", "Bearer token-1"])
        let request = try #require(entra.requests.first)
        #expect(request.target == "/tenant/oauth2/v2.0/token")
        #expect(
            request.text == "grant_type=client_credentials&client_id=client&client_secret=se%20cret%2B"
                + "&scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default")
        #expect(request["content-type"] == "application/x-www-form-urlencoded")
    }

    @Test func aRefusedTokenIsRenewedOnce() async throws {
        let entra = try TestServer { _, index in .json(200, #"{"expires_in":3600,"access_token":"token-\#(index)"}"#) }
        defer { entra.stop() }
        let server = try TestServer { request, _ in
            request["authorization"] == "Bearer token-1" ? .json(200, batchJSON) : .json(401, "{}")
        }
        defer { server.stop() }
        let clock = JumpingClock()
        func client() -> BatchesClient {
            let source = EntraClientCredentials(
                tenant: "t", clientID: "c", clientSecret: Secret("s"), authority: entra.url, transport: sharedTransport)
            return BatchesClient(
                connection: connection(clock, credential: .tokens(TokenCache(source: source, clock: clock))),
                endpoint: server.classic)
        }
        _ = try await client().get("batch_1")
        #expect(server.requests.count == 2)
        // Tokens 2 and 3 are refused both.
        let error = try await #require(throws: ProviderError.self) { try await client().get("batch_1") }
        #expect(error.status == 401)
        #expect(server.requests.count == 4)
    }

    @Test func eachAudienceHasItsToken() async throws {
        let identity = try TestServer { request, _ in
            let name = request.target.contains("management") ? "arm" : "data"
            return .json(200, #"{"access_token":"\#(name)","expires_on":"1800009999","resource":"x"}"#)
        }
        defer { identity.stop() }
        let server = try TestServer { request, _ in
            .json(200, request.path.contains("batches") ? batchJSON : #"{"value":[]}"#)
        }
        defer { server.stop() }
        let clock = JumpingClock()
        let source = ManagedIdentity(
            clientID: "mine", environment: [:], transport: sharedTransport, metadataURL: identity.url + "/token")
        let shared = connection(clock, credential: .tokens(TokenCache(source: source, clock: clock)))
        _ = try await BatchesClient(connection: shared, endpoint: server.classic).get("batch_1")
        let plane = ControlPlane(baseURL: server.url, subscription: "s", resourceGroup: "g", account: "a")
        _ = try await DeploymentsClient(connection: shared, plane: plane).list()
        _ = try await DeploymentsClient(connection: shared, plane: plane).list()
        #expect(server.requests.map { $0["authorization"] } == ["Bearer data", "Bearer arm", "Bearer arm"])
        #expect(identity.requests.count == 2)
        #expect(
            identity.requests.first?.target
                == "/token?api-version=2018-02-01&resource=https%3A%2F%2Fcognitiveservices.azure.com&client_id=mine")
        #expect(identity.requests.allSatisfy { $0["metadata"] == "true" })
    }

    @Test func appServiceHasASeparateIdentityService() async throws {
        let identity = try TestServer { _, _ in .json(200, #"{"access_token":"app","expires_on":1800009999}"#) }
        defer { identity.stop() }
        let source = ManagedIdentity(
            environment: ["IDENTITY_ENDPOINT": identity.url + "/msi/token", "IDENTITY_HEADER": "h"],
            transport: sharedTransport)
        let token = try await source.fetch(.controlPlane, now: Date(timeIntervalSince1970: 0))
        #expect(token.secret.reveal() == "app" && token.expires.timeIntervalSince1970 == 1_800_009_999)
        #expect(identity.requests.first?["x-identity-header"] == "h")
        #expect(identity.requests.first?.target.hasPrefix("/msi/token?api-version=2019-08-01&resource=") == true)
    }

    @Test func theSignInOfAnotherProgram() async throws {
        let folder = try TestFolder()
        let script = """
            #!/bin/sh
            [ "$*" = "account get-access-token --resource https://cognitiveservices.azure.com --output json" ] || exit 9
            echo '{"accessToken":"cli","expiresOn":"2026-11-23 15:00:00.000000","expires_on":1800009999}'
            """
        let program = try folder.write("az", Data(script.utf8))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let token = try await AzureCLI(program: program).fetch(.dataPlane, now: Date())
        #expect(token.secret.reveal() == "cli")
        #expect(token.expires.timeIntervalSince1970 == 1_800_009_999)

        let failing = try folder.write("az-out", Data("#!/bin/sh\necho 'Please run az login' >&2\nexit 1\n".utf8))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: failing)
        for program in [failing, folder.path("none")] {
            let error = try await #require(throws: ProviderError.self) {
                try await AzureCLI(program: program).fetch(.dataPlane, now: Date())
            }
            #expect(error.outcome == .surelyNotDone && error.hint?.contains("az login") == true)
        }
    }

    @Test func secretsAreInNoDescription() async throws {
        let planted = "planted-secret-0123456789"
        // A server that repeats the key in its refusal.
        let server = try TestServer { request, index in
            let key = request["api-key"] ?? ""
            return index % 2 == 0
                ? .json(401, #"{"error":{"code":"401","message":"Incorrect API key provided: \#(key)"}}"#)
                : .answer(400, body: Data("<html>\(key)</html>".utf8))
        }
        defer { server.stop() }
        let credential = ProviderCredential.apiKey(Secret(planted))
        let shared = connection(credential: credential)
        let client = BatchesClient(connection: shared, endpoint: server.classic)
        for _ in 0..<2 {
            let error = try await #require(throws: ProviderError.self) { try await client.get("batch_1") }
            var dumped = ""
            dump(error, to: &dumped)
            dump(credential, to: &dumped)
            dump(shared, to: &dumped)
            #expect(!"\(error) \(String(reflecting: error)) \(credential) \(dumped)".contains(planted))
        }
        #expect(server.requests.allSatisfy { $0["api-key"] == planted })
        let refusing = try TestServer { _, _ in
            .json(400, #"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret"}"#)
        }
        defer { refusing.stop() }
        let source = EntraClientCredentials(
            tenant: "t", clientID: "c", clientSecret: Secret(planted), authority: refusing.url,
            transport: sharedTransport)
        let error = try await #require(throws: ProviderError.self) { try await source.fetch(.dataPlane, now: Date()) }
        #expect("\(error)".contains("AADSTS7000215") && !"\(error)".contains(planted))
    }
}
