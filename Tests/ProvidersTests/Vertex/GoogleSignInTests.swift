// Google credentials: found in the order of Google's clients, exchanged as Google's clients do, sent nowhere else.

import Basics
import Foundation
import Platform
import Synchronization
import TestServer
import Testing

@testable import ProviderKit
@testable import Providers

@Suite struct GoogleSignInTests {
    /// A key that was made for these tests.
    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALXK+IheFimBSNu7
        ouWjsX4aEtm5X6RRiwRSaTwTrU7/7lr8aPrn8mqzx4W/95oi0G3jhSVWnkVoObev
        fpBpGGBjy5djc6QIsvDFDXxJ0DAWOLTJtGVQ4Ead24dh3OEGRxJCHbuQhzE/3e5T
        0TSD7Oh0ov4OxBaP/RZoi6ngDIvnAgMBAAECgYEAr29hqtAJWSJ/ujV4fV4cMpJc
        8Kn5B2z92Dzje2uNy3gmgL2nXcMq6Rf3izZ3btL8C6AOZLsTX+22DXKZlCknsHRn
        wgsBJu/wDeP0QQjb0hq79RE/kosdF/YO+GbomdDuZOJpY5HRY46qebitVDmVTe6V
        fN8KsnJZP7Ryz1L7s3ECQQDkuEPO/xAxvbON6avosLlMeTgGscoZ/OB8XjkkG4am
        50tNG31Tbe0ulE9VB3ph4CmSbYisx8ctfUYO3HkZEZQPAkEAy3nWh5dBO5ntNijl
        44BlSZNiRLWs8/Ky+xWubKPvYVgzVhz6hNp0lnNKhaq85usIrLEac7I9Awe+xrZk
        dKtSqQJAcr7bDgs6panFXgoAO+IFZI9gA0PI39bVDK/8vNeuayeYyJtk+akpl/fC
        ASeaR2Y9lP+s1Pn5PCIgNq53dpMyEwJAIiFow8uyTH4QVSJdFWEnHEVVmXLj9POD
        5CwJ2v1QnQJ/cfVgbEJ8hfQGzw8Jqq5IATef2UJPi5+T958GkK9gKQJANb72lep2
        9glDPQOjPbq9Czf+avHNglHkm3H7N1Ji+my3IRm6zfJtRoXNcR0EyyN+uKUk4h0F
        i3roxaQ1AF67cQ==
        -----END PRIVATE KEY-----

        """

    private static func serviceAccount(_ tokenURL: String) -> String {
        JSONValue.object([
            "type": "service_account", "client_email": "assay@proj.iam.gserviceaccount.com", "private_key": .string(key),
            "private_key_id": "kid1", "project_id": "proj", "token_uri": .string(tokenURL),
        ]).canonical
    }

    private static func user(_ tokenURL: String) -> String {
        JSONValue.object([
            "type": "authorized_user", "client_id": "cid", "client_secret": "sec", "refresh_token": "1//rt",
            "quota_project_id": "quota", "token_uri": .string(tokenURL),
        ]).canonical
    }

    private static let transport = CurlTransport(connectTimeout: 2, silence: 20)

    private static func find(
        _ choice: GoogleSignIn.Choice, _ environment: [String: String] = [:], trust: [String] = []
    ) throws -> GoogleSignIn {
        try GoogleSignIn.find(
            choice, environment: environment, transport: transport, direct: transport,
            trust: HostTrust(Set(try trust.map { try TrustedHost($0) })))
    }

    /// The signature that OpenSSL's command-line tool makes with the same key.
    @Test func signaturesAreThoseOfOpenSSL() throws {
        let signature = try RSASignature.sign(Data("message".utf8), pem: Self.key)
        #expect(
            signature.base64EncodedString()
                == "XjWUcqKaczB/31KNwWkDT868VaCnaOnqNAoaK2yBTVfs/8C4T++xliBob3eCAP7Esi46Vev2btsBdTbEDk58dgCNq56vfO8nnMCm"
                + "V0vN3YgCH09nMIpZmor68Y1x9IK38q+HTmsIKXN679GU0Pp5eSmQ6e/By52/FaqaoS5k0dQ=")
    }

    @Test(arguments: [
        ("not PEM", "hello"), ("empty", ""),
        ("encrypted", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIC\n-----END ENCRYPTED PRIVATE KEY-----\n"),
        (
            "elliptic curve",
            """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8v7efD/63IDyauQz
            qKqpSqDwt3hNe/WZ0oeIGLRCEaihRANCAATQ0oWkAj/bVAuZ0UADuHqmISfWUfzA
            fjF/IM7/vQZGp5+amgj8h8VaXArCBmbkyaUA3n870DJ266EFs6B7DZ1M
            -----END PRIVATE KEY-----

            """
        ),
    ])
    func badKeys(id: String, pem: String) {
        #expect(throws: RSASignature.BadKey.self) { try RSASignature.sign(Data("message".utf8), pem: pem) }
    }

    @Test func aServiceAccountSendsASignedAssertion() async throws {
        let server = try TestServer { _, index in
            index == 0 ? .json(503, "{}") : .json(200, #"{"access_token":"ya29.sa","expires_in":"3599","token_type":"Bearer"}"#)
        }
        defer { server.stop() }
        let folder = try TestFolder()
        let file = try folder.write("key.json", Data(Self.serviceAccount(server.url + "/token").utf8))
        let host = String(server.url.dropFirst("http://".count))
        let signIn = try Self.find(.file(file), trust: [host])
        #expect(signIn.project == "proj" && signIn.quotaProject == nil)
        let now = Date(timeIntervalSince1970: 1_795_974_612)
        let token = try await signIn.source.fetch(.dataPlane, now: now)
        #expect(token.secret.reveal() == "ya29.sa")
        #expect(token.expires == now + 3599)
        // The first answer was transient.
        #expect(server.requests.count == 2)
        let form = try #require(server.requests.last).text
        #expect(form.hasPrefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="))
        let parts = try #require(form.split(separator: "=").last).split(separator: ".").map(String.init)
        #expect(parts.count == 3)
        func decoded(_ text: String) throws -> JSONValue {
            let standard = text.replacing("-", with: "+").replacing("_", with: "/")
            let data = try #require(Data(base64Encoded: standard + String(repeating: "=", count: (4 - standard.count % 4) % 4)))
            return try JSONValue(parsing: data)
        }
        #expect(try decoded(parts[0]) == ["typ": "JWT", "alg": "RS256", "kid": "kid1"])
        // The audience is Google's constant, even if the assertion is sent elsewhere.
        #expect(
            try decoded(parts[1]) == [
                "iat": 1_795_974_612, "exp": 1_795_978_212, "iss": "assay@proj.iam.gserviceaccount.com",
                "aud": "https://oauth2.googleapis.com/token", "scope": "https://www.googleapis.com/auth/cloud-platform",
            ])
    }

    @Test func aUserSendsTheRefreshToken() async throws {
        let server = try TestServer { _, _ in .json(200, #"{"access_token":"ya29.user","expires_in":3599}"#) }
        defer { server.stop() }
        let folder = try TestFolder()
        let file = try folder.write("adc.json", Data(Self.user(server.url + "/token").utf8))
        let host = String(server.url.dropFirst("http://".count))
        let signIn = try Self.find(.usual, ["GOOGLE_APPLICATION_CREDENTIALS": file], trust: [host])
        #expect(signIn.quotaProject == "quota")
        #expect(try await signIn.source.fetch(.dataPlane, now: Date()).secret.reveal() == "ya29.user")
        #expect(server.requests.first?.text == "grant_type=refresh_token&client_id=cid&client_secret=sec&refresh_token=1%2F%2Frt")
        // A variable takes precedence over the file.
        let other = try Self.find(
            .usual, ["GOOGLE_APPLICATION_CREDENTIALS": file, "GOOGLE_CLOUD_QUOTA_PROJECT": "mine"], trust: [host])
        #expect(other.quotaProject == "mine")
    }

    /// The order of Google's clients: the variable, gcloud's file, the machine.
    @Test func theUsualOrder() throws {
        let folder = try TestFolder()
        let named = try folder.write("named.json", Data(Self.serviceAccount(GoogleCredentialFile.tokenURL).utf8))
        try FileManager.default.createDirectory(atPath: folder.path("gcloud"), withIntermediateDirectories: true)
        _ = try folder.write(
            "gcloud/application_default_credentials.json", Data(Self.user(GoogleCredentialFile.tokenURL).utf8))
        let both = ["GOOGLE_APPLICATION_CREDENTIALS": named, "CLOUDSDK_CONFIG": folder.path("gcloud")]
        #expect(try Self.find(.usual, both).source is ServiceAccountTokens)
        #expect(try Self.find(.usual, ["CLOUDSDK_CONFIG": folder.path("gcloud")]).source is AuthorizedUserTokens)
        let none = ["CLOUDSDK_CONFIG": folder.path("nothing")]
        #expect(!(try Self.find(.usual, none).source is GCloudTokens))
        #expect(try Self.find(.usual, none.merging(["NO_GCE_CHECK": "true"]) { $1 }).source is GCloudTokens)
        // A wrong path is an error and not a reason to look further.
        #expect(throws: ProviderError.self) {
            try Self.find(.usual, both.merging(["GOOGLE_APPLICATION_CREDENTIALS": folder.path("gone.json")]) { $1 })
        }
    }

    private static let there = TestServer.Reply.answer(200, ["Metadata-Flavor": "Google"])

    @Test func theMetadataServer() async throws {
        let server = try TestServer { request, _ in
            guard request["metadata-flavor"] == "Google" else { return .json(403, "{}") }
            if request.path == "/" { return .answer(200, ["Metadata-Flavor": "Google"]) }
            return .json(200, #"{"access_token":"ya29.gce","expires_in":3599}"#)
        }
        defer { server.stop() }
        let host = String(server.url.dropFirst("http://".count))
        let signIn = try Self.find(
            .usual, ["CLOUDSDK_CONFIG": "/nonexistent", "GCE_METADATA_HOST": host, "GCE_METADATA_IP": host])
        #expect(try await signIn.source.fetch(.dataPlane, now: Date()).secret.reveal() == "ya29.gce")
        #expect(
            server.requests.last?.target
                == "/computeMetadata/v1/instance/service-accounts/default/token?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2F"
                + "cloud-platform")
    }

    /// A metadata server that fails for a moment does not change the identity.
    @Test(arguments: [
        ("later requests fail", [there]), ("the first request fails", [.json(503, "{}"), there]),
        ("the first connection is lost", [.cut, there]), ("no answer in time", [.stall(seconds: 4), there]),
    ])
    func theFirstSourceIsKept(id: String, pings: [TestServer.Reply]) async throws {
        let count = Mutex(0)
        let server = try TestServer { request, _ in
            guard request.path == "/" else { return .json(200, #"{"access_token":"ya29.gce","expires_in":3599}"#) }
            let number = count.withLock { count in
                count += 1
                return count
            }
            return number <= pings.count ? pings[number - 1] : .json(503, "{}")
        }
        defer { server.stop() }
        let host = String(server.url.dropFirst("http://".count))
        let source = try Self.find(
            .usual, ["CLOUDSDK_CONFIG": "/nonexistent", "GCE_METADATA_HOST": host, "GCE_METADATA_IP": host]
        ).source
        for _ in 0..<3 {
            #expect(try await source.fetch(.dataPlane, now: Date()).secret.reveal() == "ya29.gce", "\(id)")
        }
        #expect(count.withLock { $0 } == pings.count, "\(id)")
    }

    /// A token that cannot be renewed five minutes before its end is used until then.
    @Test(arguments: [("before its end", 3400.0, true), ("after its end", 3700.0, false)])
    func aFailedRenewal(id: String, age: Double, isUsed: Bool) async throws {
        struct Once: TokenSource {
            let count = CountedFetches()
            var secrets: [Secret] { [] }
            func fetch(_ audience: TokenAudience, now: Date) async throws -> AccessToken {
                guard count.next() == 1 else { throw ProviderError.credential(source: "test", reason: "HTTP 503") }
                return AccessToken(secret: Secret("ya29.first"), expires: now + 3600)
            }
        }
        let clock = PassingClock()
        let cache = TokenCache(source: Once(), clock: clock)
        #expect(try await cache.token(for: .dataPlane).reveal() == "ya29.first", "\(id)")
        try await clock.sleep(seconds: age)
        if isUsed {
            #expect(try await cache.token(for: .dataPlane).reveal() == "ya29.first", "\(id)")
        } else {
            await #expect(throws: ProviderError.self, "\(id)") { _ = try await cache.token(for: .dataPlane) }
        }
    }

    private final class CountedFetches: Sendable {
        private let count = Mutex(0)
        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    /// The variable applies to every kind of credentials, as in Google's clients.
    @Test(arguments: ["service account", "user", "gcloud", "metadata", "no file", "no file and no machine"])
    func theQuotaProject(id: String) throws {
        let folder = try TestFolder()
        let key = try folder.write("key.json", Data(Self.serviceAccount(GoogleCredentialFile.tokenURL).utf8))
        let user = try folder.write("user.json", Data(Self.user(GoogleCredentialFile.tokenURL).utf8))
        let choice: GoogleSignIn.Choice =
            switch id {
            case "service account": .file(key)
            case "user": .file(user)
            case "gcloud": .gcloud
            case "metadata": .metadata
            default: .usual
            }
        var environment = ["CLOUDSDK_CONFIG": folder.path("nothing"), "GOOGLE_CLOUD_QUOTA_PROJECT": "mine"]
        if id == "no file and no machine" { environment["NO_GCE_CHECK"] = "true" }
        #expect(try Self.find(choice, environment).quotaProject == "mine")
    }

    @Test(arguments: [
        ("", "it did not print a token"), ("something\nlast\n", "last"),
        (
            "WARNING: old\nERROR: (gcloud.auth.print-access-token) You have no active account.\nPlease run:\n\n  $ gcloud auth login\n",
            "ERROR: (gcloud.auth.print-access-token) You have no active account. Please run: $ gcloud auth login"
        ),
    ])
    func errorsOfGCloud(output: String, reason: String) { #expect(GCloudTokens.reason(in: output) == reason) }

    struct Refused: Sendable, CustomTestStringConvertible {
        let id: String
        let json: String
        let says: String
        var testDescription: String { id }
    }

    /// The secrets of a key file go to Google, or to a host that the user trusts, and never in plain text over a network.
    @Test(arguments: [
        Refused(id: "foreign server", json: serviceAccount("https://tokens.example/token"), says: "tokens.example"),
        Refused(id: "foreign server, user", json: user("https://tokens.example/token"), says: "tokens.example"),
        Refused(
            id: "a name that looks like Google's", json: user("https://oauth2.googleapis.com.example/token"),
            says: "oauth2.googleapis.com.example"),
        Refused(id: "another port", json: user("https://oauth2.googleapis.com:444/token"), says: "oauth2.googleapis.com:444"),
        Refused(id: "plain http", json: user("http://oauth2.googleapis.com/token"), says: "plain http"),
        Refused(id: "loopback without trust", json: user("http://127.0.0.1:9/token"), says: "127.0.0.1:9"),
        Refused(id: "no address", json: user("file:///etc/passwd"), says: "token_uri"),
        Refused(id: "another type", json: #"{"type":"external_account"}"#, says: "external_account"),
        Refused(
            id: "another universe", json: #"{"type":"service_account","universe_domain":"cloud.example"}"#, says: "cloud.example"),
        Refused(id: "a universe that is no text", json: #"{"type":"authorized_user","universe_domain":[]}"#, says: "universe"),
        Refused(id: "a program", json: #"{"type":"external_account_authorized_user"}"#, says: "not supported"),
        Refused(id: "no type", json: "{}", says: "no 'type'"),
        Refused(id: "no JSON", json: "-----BEGIN", says: "not JSON"),
        Refused(id: "no key", json: #"{"type":"service_account","client_email":"a"}"#, says: "private_key"),
    ])
    func refusedFiles(_ test: Refused) throws {
        let folder = try TestFolder()
        let file = try folder.write("key.json", Data(test.json.utf8))
        let error = try #require(throws: ProviderError.self) { try Self.find(.file(file)) }
        #expect("\(error)".contains(test.says), "\(error)")
        #expect(!"\(error)".contains("1//rt") && !"\(error)".contains("MIICdg"))
    }

    /// A token server that repeats the request: the error shows no part of it.
    @Test(arguments: ["assertion", "user", "escaped"]) func aServerThatRepeatsSecrets(form: String) async throws {
        let server = try TestServer { request, _ in
            let sent = request.text.removingPercentEncoding ?? ""
            let said = form == "escaped" ? sent.map { "\\u00" + String($0.asciiValue ?? 63, radix: 16) }.joined() : sent
            return .json(400, #"{"error":"invalid_grant","error_description":"got \#(said)\u001b[31m"}"#)
        }
        defer { server.stop() }
        let folder = try TestFolder()
        let url = server.url + "/token"
        let user = Self.user(url).replacing("1//rt", with: "1//a-refresh-token").replacing("sec\"", with: "a-client-secret\"")
        let file = try folder.write("key.json", Data((form == "assertion" ? Self.serviceAccount(url) : user).utf8))
        let signIn = try Self.find(.file(file), trust: [String(server.url.dropFirst("http://".count))])
        let error = await #expect(throws: ProviderError.self) { try await signIn.source.fetch(.dataPlane, now: Date()) }
        let text = "\(String(describing: error))"
        #expect(text.contains("invalid_grant") && text.contains("[redacted]"), "\(text)")
        #expect(!text.contains("a-refresh-token") && !text.contains("a-client-secret") && !text.contains("\u{1B}"), "\(text)")
        #expect(text.firstMatch(of: #/eyJ[A-Za-z0-9_-]{20}/#) == nil, "\(text)")
    }

    @Test(arguments: [
        ("aiplatform.googleapis.com", true), ("us-central1-aiplatform.googleapis.com", true),
        ("europe-west4-aiplatform.googleapis.com", true), ("aiplatform.us.rep.googleapis.com", true),
        ("storage.googleapis.com", true), ("storage.us-central1.rep.googleapis.com", true), ("oauth2.googleapis.com", true),
        ("googleapis.com", false), ("evil.googleapis.com", false), ("evil.com-aiplatform.googleapis.com", false),
        ("aiplatform.googleapis.com.example", false), ("xaiplatform.googleapis.com", false),
        ("-aiplatform.googleapis.com", false), ("a.b.rep.googleapis.com", false), ("aiplatform..rep.googleapis.com", false),
        ("aiplatform.us.eu.rep.googleapis.com", false), ("", false),
    ])
    func googlesHosts(host: String, isGoogles: Bool) { #expect(GoogleHosts.contain(host) == isGoogles) }

    /// A token that expired during a long wait is replaced once, and the call repeated.
    @Test func anExpiredTokenIsReplaced() async throws {
        let tokens = Mutex(0)
        struct Counting: TokenSource {
            let next: @Sendable () -> Int
            var secrets: [Secret] { [] }
            func fetch(_ audience: TokenAudience, now: Date) async throws -> AccessToken {
                AccessToken(secret: Secret("ya29.number-\(next())"), expires: now + 3600)
            }
        }
        let source = Counting {
            tokens.withLock {
                $0 += 1
                return $0
            }
        }
        let rig = try VertexRig { request, _ in
            request["authorization"] == "Bearer ya29.number-2"
                ? .json(200, #"{"name":"projects/1/locations/us-central1/tuningJobs/5","state":"JOB_STATE_RUNNING"}"#)
                : .json(401, #"{"error":{"code":401,"message":"expired","status":"UNAUTHENTICATED"}}"#)
        }
        let client = VertexClient(
            connection: rig.connection(.tokens(TokenCache(source: source, clock: SystemWallClock()))), endpoint: rig.endpoint)
        let job = try await VertexTuning(client: client).taggedJob("projects/1/locations/us-central1/tuningJobs/5")
        #expect(job.status == "JOB_STATE_RUNNING" && !job.isEnd)
        #expect(tokens.withLock(\.self) == 2)
    }
}
