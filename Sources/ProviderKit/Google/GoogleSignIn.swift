// Finds Google credentials in the order of Google's own clients.

import Basics
package import Foundation
package import Platform
import Synchronization

/// The source of Google's access tokens and the project that requests are billed to.
package struct GoogleSignIn: Sendable {
    /// Fetches tokens.
    package var source: any TokenSource
    /// The project to which the credentials belong, if they name one.
    package var project: String?
    /// Sent as `x-goog-user-project`: the project whose quota requests use. `nil` leaves the choice to Google.
    package var quotaProject: String?

    /// The only scope that is needed.
    package static let scope = "https://www.googleapis.com/auth/cloud-platform"
    /// The maximum number of requests for one token.
    static let attempts = 6
    /// Advice for when no credentials work.
    package static let hint =
        "sign in with 'gcloud auth application-default login', or name a key file in 'credentials' or "
        + "GOOGLE_APPLICATION_CREDENTIALS"

    /// The user's choice of credentials.
    package enum Choice: Sendable, Hashable {
        /// The order of Google's clients: the file in `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's own file, the metadata
        /// server of a machine at Google, and finally the account that is signed in to gcloud.
        case usual
        /// A key file.
        case file(String)
        /// The account that is signed in to gcloud.
        case gcloud
        /// The metadata server of a machine at Google.
        case metadata
    }

    /// Looks for credentials. Reads files and sends nothing.
    /// - Parameters:
    ///   - environment: the process's own variables, which a project must not set.
    ///   - direct: reaches the metadata server without a proxy.
    ///   - trust: decides about token servers that key files name.
    /// - Throws: `ProviderError.credential`. An unreadable file named by a variable is an error; the search does not
    ///   continue.
    package static func find(
        _ choice: Choice, environment: [String: String], transport: any HTTPTransport, direct: any HTTPTransport,
        trust: HostTrust
    ) throws -> GoogleSignIn {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let metadata = MetadataServerTokens(environment: environment, transport: direct)
        let wanted = value("GOOGLE_CLOUD_QUOTA_PROJECT")
        func from(_ path: String) throws -> GoogleSignIn {
            let content = try GoogleCredentialFile.read(path)
            switch content.credential {
            case .serviceAccount(let key):
                let server = try tokenServer(key.tokenURL, named: path, transport, direct, trust)
                return GoogleSignIn(
                    source: ServiceAccountTokens(key: key, file: path, transport: server), project: content.project,
                    quotaProject: wanted ?? content.quotaProject)
            case .authorizedUser(let user):
                let server = try tokenServer(user.tokenURL, named: path, transport, direct, trust)
                return GoogleSignIn(
                    source: AuthorizedUserTokens(user: user, file: path, transport: server), project: content.project,
                    quotaProject: wanted ?? content.quotaProject)
            }
        }
        switch choice {
        case .file(let path): return try from(path)
        case .gcloud: return GoogleSignIn(source: GCloudTokens(), project: nil, quotaProject: wanted)
        case .metadata: return GoogleSignIn(source: metadata, project: nil, quotaProject: wanted)
        case .usual:
            if let path = value("GOOGLE_APPLICATION_CREDENTIALS") { return try from(path) }
            let folder =
                value("CLOUDSDK_CONFIG") ?? value("HOME").map { $0 + "/.config/gcloud" }
            if let path = folder.map({ $0 + "/application_default_credentials.json" }), LocalFileSystem().exists(path) {
                return try from(path)
            }
            let skips = value("NO_GCE_CHECK").map { $0.lowercased() == "true" || $0 == "1" } ?? false
            guard !skips else { return GoogleSignIn(source: GCloudTokens(), project: nil, quotaProject: wanted) }
            return GoogleSignIn(
                source: MachineTokens(metadata: metadata, gcloud: GCloudTokens()), project: nil, quotaProject: wanted)
        }
    }

    /// The transport for a token server that a key file names. The file's secrets are sent there, so it must be
    /// Google's, on this machine, or trusted by the user.
    private static func tokenServer(
        _ url: String, named file: String, _ transport: any HTTPTransport, _ direct: any HTTPTransport, _ trust: HostTrust
    ) throws -> any HTTPTransport {
        func refusal(_ reason: String, _ hint: String?) -> ProviderError {
            .credential(source: file, reason: reason, hint: hint)
        }
        guard let address = try? ServerAddress(base: url) else {
            throw refusal("its 'token_uri' is not a server address", nil)
        }
        switch trust.verdict(address, carrying: .ambientToken, isProvidersOwn: GoogleHosts.contain(address.host)) {
        case .allowed: return address.isLoopback ? direct : transport
        case .refused:
            throw refusal("its 'token_uri' would receive the key over plain http", "use an unmodified key file from Google")
        case .needsTrust(let host):
            throw refusal(
                "its 'token_uri' names \(host), which is not Google's token server and would receive the key",
                "use an unmodified key file from Google; to allow this: 'assay trust \(host)'")
        }
    }
}

/// Tokens for a service account: a signed assertion in exchange for a token (RFC 7523).
package struct ServiceAccountTokens: TokenSource {
    let key: GoogleCredentialFile.ServiceAccountKey
    let file: String
    let transport: any HTTPTransport

    /// The private key.
    package var secrets: [Secret] { [key.privateKey] }

    /// Signs an assertion that is valid for an hour, and exchanges it. Throws `ProviderError.credential`.
    package func fetch(_ audience: TokenAudience, now: Date) async throws -> AccessToken {
        let signed: String
        do {
            signed = try assertion(now: now)
        } catch let error as RSASignature.BadKey {
            throw ProviderError.credential(source: file, reason: "\(error)", hint: GoogleSignIn.hint)
        }
        let form =
            "grant_type=" + percentEncoded("urn:ietf:params:oauth:grant-type:jwt-bearer") + "&assertion="
            + percentEncoded(signed)
        return try await TokenAnswer.token(
            from: .tokenRequest(key.tokenURL, form: form), transport: transport, source: key.email, hint: GoogleSignIn.hint,
            now: now, sent: [Secret(signed), key.privateKey], attempts: GoogleSignIn.attempts)
    }

    /// The assertion. The audience is always Google's own token endpoint, even if it is sent elsewhere.
    func assertion(now: Date) throws -> String {
        let issued = Int64(now.timeIntervalSince1970)
        var header: [String: JSONValue] = ["typ": "JWT", "alg": "RS256"]
        header["kid"] = key.keyID.map { .string($0) }
        let claims: JSONValue = [
            "iat": .int(issued), "exp": .int(issued + 3600), "iss": .string(key.email),
            "aud": .string(GoogleCredentialFile.tokenURL), "scope": .string(GoogleSignIn.scope),
        ]
        let head = ServiceAccountTokens.base64URL(Data(JSONValue.object(header).canonicalBytes))
        let body = ServiceAccountTokens.base64URL(Data(claims.canonicalBytes))
        let signature = try RSASignature.sign(Data("\(head).\(body)".utf8), pem: key.privateKey.reveal())
        return "\(head).\(body)." + ServiceAccountTokens.base64URL(signature)
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

/// Tokens for a user who signed in with gcloud.
package struct AuthorizedUserTokens: TokenSource {
    let user: GoogleCredentialFile.AuthorizedUser
    let file: String
    let transport: any HTTPTransport

    /// The refresh token and the program's secret.
    package var secrets: [Secret] { [user.refreshToken, user.clientSecret] }

    /// Exchanges the refresh token. Throws `ProviderError.credential`.
    package func fetch(_ audience: TokenAudience, now: Date) async throws -> AccessToken {
        let form = [
            ("grant_type", "refresh_token"), ("client_id", user.clientID), ("client_secret", user.clientSecret.reveal()),
            ("refresh_token", user.refreshToken.reveal()),
        ].map { "\($0.0)=\(percentEncoded($0.1))" }.joined(separator: "&")
        return try await TokenAnswer.token(
            from: .tokenRequest(user.tokenURL, form: form), transport: transport, source: file, hint: GoogleSignIn.hint,
            now: now, sent: secrets, attempts: GoogleSignIn.attempts)
    }
}

/// Tokens for the service account of a machine at Google.
package struct MetadataServerTokens: TokenSource {
    private let host: String
    private let address: String
    private let transport: any HTTPTransport

    /// - Parameters:
    ///   - environment: `GCE_METADATA_HOST` and `GCE_METADATA_IP` replace the usual names.
    ///   - transport: must not use a proxy.
    package init(environment: [String: String], transport: any HTTPTransport) {
        host = environment["GCE_METADATA_HOST"] ?? "metadata.google.internal"
        address = environment["GCE_METADATA_IP"] ?? environment["GCE_METADATA_HOST"] ?? "169.254.169.254"
        self.transport = transport
    }

    /// Empty: the machine's identity needs no secret.
    package var secrets: [Secret] { [] }

    /// The maximum number of requests to find out whether there is a metadata server.
    private static let pings = 3

    /// Whether there is a metadata server. Each request waits for at most three seconds. A server error, a lost connection
    /// and no answer in time do not show that there is none, so the request is repeated.
    package func isThere() async -> Bool {
        let ping = HTTPRequestValue(.get, "http://\(address)/", fields: ["metadata-flavor": "Google"], timeout: 3)
        for number in 1...MetadataServerTokens.pings {
            if number > 1 { try? await Task.sleep(for: .seconds(1)) }
            do {
                let answer = try await transport.send(ping)
                if answer.fields["metadata-flavor"] == "Google" { return true }
                guard answer.status >= 500 else { return false }
            } catch let error as HTTPTransportError where error.reason != .couldNotConnect {
                continue
            } catch {
                return false
            }
        }
        return false
    }

    /// Asks the metadata server. Throws `ProviderError.credential`.
    package func fetch(_ audience: TokenAudience, now: Date) async throws -> AccessToken {
        let url = appendingQuery(
            [("scopes", GoogleSignIn.scope)],
            to: "http://\(host)/computeMetadata/v1/instance/service-accounts/default/token")
        return try await TokenAnswer.token(
            from: HTTPRequestValue(.get, url, fields: ["metadata-flavor": "Google"], timeout: 10), transport: transport,
            source: "metadata server", hint: GoogleSignIn.hint, now: now, sent: [], attempts: GoogleSignIn.attempts)
    }
}

/// Tokens of the account that is signed in to gcloud.
package struct GCloudTokens: TokenSource {
    private let program: String

    /// - Parameter program: a name on the `PATH`, or a path.
    package init(program: String = "gcloud") { self.program = program }

    /// Empty: gcloud holds the secrets.
    package var secrets: [Secret] { [] }

    /// Runs gcloud. Throws `ProviderError.credential` with the end of its error output.
    package func fetch(_ audience: TokenAudience, now: Date) async throws -> AccessToken {
        let result: ChildResult
        do {
            result = try await ChildProcess.run(ChildCommand(program, ["auth", "print-access-token"]), outputLimit: 1 << 20)
        } catch let error as ChildProcessError {
            throw ProviderError.credential(source: program, reason: "\(error)", hint: GoogleSignIn.hint)
        }
        let token = String(decoding: result.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard result.status.isSuccess, !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ProviderError.credential(
                source: program, reason: GCloudTokens.reason(in: result.errorTail), hint: GoogleSignIn.hint)
        }
        // gcloud does not state the expiry, and renews a token that has less than five minutes left.
        return AccessToken(secret: Secret(token), expires: now + 600)
    }

    /// The error in gcloud's error output, on one line. The error begins with `ERROR:` and has several lines, of which the
    /// last ones are advice.
    static func reason(in output: String) -> String {
        let lines = output.split(whereSeparator: \.isNewline)
        guard let last = lines.last else { return "it did not print a token" }
        let error = lines.lastIndex { $0.hasPrefix("ERROR:") }.map { lines[$0...].joined(separator: " ") }
        return ProviderText.line(error ?? String(last))
    }
}

/// Tokens of a machine without credential files: from the metadata server if there is one, otherwise from gcloud. The
/// first source that was found is kept, so that a run does not change its identity when that source fails once.
final class MachineTokens: TokenSource {
    private let metadata: MetadataServerTokens
    private let gcloud: GCloudTokens
    /// Whether the metadata server was chosen; `nil` until one of the two was found.
    private let choice = Mutex<Bool?>(nil)

    init(metadata: MetadataServerTokens, gcloud: GCloudTokens) {
        self.metadata = metadata
        self.gcloud = gcloud
    }

    var secrets: [Secret] { [] }

    func fetch(_ audience: TokenAudience, now: Date) async throws -> AccessToken {
        let isAtGoogle: Bool
        if let chosen = choice.withLock({ $0 }) { isAtGoogle = chosen } else { isAtGoogle = await metadata.isThere() }
        if isAtGoogle {
            choice.withLock { $0 = true }
            return try await metadata.fetch(audience, now: now)
        }
        do {
            let token = try await gcloud.fetch(audience, now: now)
            choice.withLock { $0 = false }
            return token
        } catch ProviderError.credential(_, let reason, let hint) {
            throw ProviderError.credential(
                source: "Google credentials", reason: "there is no credential file and no metadata server, and gcloud: \(reason)",
                hint: hint)
        }
    }
}

extension HTTPRequestValue {
    /// A form for a token endpoint.
    fileprivate static func tokenRequest(_ url: String, form: String) -> HTTPRequestValue {
        HTTPRequestValue(
            .post, url, fields: ["content-type": "application/x-www-form-urlencoded", "accept": "application/json"],
            body: [.bytes(Data(form.utf8))], timeout: 30)
    }
}
