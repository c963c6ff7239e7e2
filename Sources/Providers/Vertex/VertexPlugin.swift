// Google Vertex AI as a kind of provider.

import Basics
import Foundation
import Platform
import ProviderKit
import Specification

/// Google Vertex AI: Gemini online, in batches and tuned, with files in Cloud Storage.
struct VertexPlugin: ProviderPlugin {
    /// The value of `kind:`.
    static let word = "vertex"
    let kind = VertexPlugin.word
    var capabilities: ProviderCapabilities { .vertex }
    var dialect: any RequestDialect { VertexDialect() }

    var keys: ProviderKeys {
        var keys = ProviderKeys(
            kind: kind,
            summary: "Gemini on Google Vertex AI. Credentials are searched in the same order as by Google's own clients. See "
                + "[vertex.md](vertex.md).",
            keys: [
                .init("project", isRequired: true, "The project's id, such as `${GOOGLE_CLOUD_PROJECT}`."),
                .init(
                    "location", isRequired: true,
                    "The location of base models and batches: `global`, `us`, `eu` or a region. The price depends on it."),
                .init(
                    "bucket", isRequired: true, identifiesAccount: false,
                    "The bucket of Cloud Storage for batches and training data: `NAME`, or `NAME/FOLDER`."),
                .init(
                    "tuning_location", identifiesAccount: false,
                    "The region that tunes models: `us-central1` (the default) or `europe-west4`."),
                .init(
                    "credentials", identifiesAccount: false,
                    "A key file, `gcloud` for the account that is signed in to gcloud, or `metadata` for a machine at "
                        + "Google. Without it, Google's usual order: `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's own file, "
                        + "the metadata server, gcloud."),
                .init(
                    "quota_project", identifiesAccount: false,
                    "The quota project for requests. Default: that of the credentials."),
                .init("endpoint", "A server to use instead of Google's hosts, such as a gateway. It must be trusted."),
            ],
            example: """
                providers:
                  google:
                    kind: vertex
                    project: ${GOOGLE_CLOUD_PROJECT}
                    location: global
                    bucket: ${ASSAY_BUCKET}
                """)
        keys.emulatedAs = kind
        keys.prices = .init({ [BuiltInPrices.vertex, BuiltInPrices.vertexRegional].compactMap(\.self) }) { account in
            // A location that only a variable names may be a region, which costs more; the emulated project is in one.
            account?.values["location"]?.template.lowercased() == "global"
                ? BuiltInPrices.vertexName : BuiltInPrices.vertexRegionalName
        }
        return keys
    }

    var starter: StarterSpec? {
        StarterSpec(
            introduction: [
                "Set these variables in the shell or in a .env file next to this one, and sign in as for Google's own tools;",
                "'assay doctor' tests them.",
            ],
            provider: [
                "kind: vertex", "project: ${GOOGLE_CLOUD_PROJECT}", "location: global",
                "# For batches and training data: NAME, or NAME/FOLDER.", "bucket: ${ASSAY_BUCKET}",
            ],
            // The limit counts thoughts too.
            model: VertexPlugin.starterModel, requestSettings: ["reasoning_effort: minimal", "max_tokens: 500"],
            tuning: .example(
                .init(model: VertexPlugin.starterModel, settings: ["hyperparameters: { epochs: 2 }"]),
                introduction: ["A fine-tuned model; add 'tuned: { online: plain }' to the evaluations."]))
    }

    /// A model that can be fine-tuned (docs/vertex.md).
    private static let starterModel = "gemini-3.5-flash"

    func destinations(of settings: ServiceSpec) -> [ProviderDestination] {
        let servers =
            settings.endpoint.map { [$0] }
            ?? ["https://aiplatform.googleapis.com", "https://storage.googleapis.com"].map { EnvironmentText($0) }
        return servers.map {
            ProviderDestination(
                endpoint: $0, content: .ambientToken, dataDescription: "an access token of your Google credentials",
                allowsInsecure: settings.allowInsecure)
        }
    }

    func owns(_ host: String, for content: RequestContent) -> Bool { GoogleHosts.contain(host) }

    func connect(_ settings: ServiceSpec, _ context: ConnectionContext) async throws -> ConnectedProvider {
        let vertex = settings
        func required(_ name: String) throws -> EnvironmentText {
            guard let text = settings.values[name] else { throw MissingSetting(kind: kind, name: name) }
            return text
        }
        let (project, location, bucket) = (try required("project"), try required("location"), try required("bucket"))
        let environment = context.environment
        func optional(_ text: EnvironmentText?) throws -> String? {
            try text?.resolved(in: environment).trimmed.nonEmpty
        }
        let server = try vertex.endpoint.map { try VertexPlugin.withoutSlash($0.resolved(in: environment)) }
        let (clock, isEmulated): (any WallClock, Bool) =
            if let server { await context.clock(server) } else { (SystemWallClock(), false) }
        let choice: GoogleSignIn.Choice =
            switch try optional(vertex.access["credentials"]) {
            case nil: .usual
            case "gcloud"?: .gcloud
            case "metadata"?: .metadata
            case let path?: .file(path)
            }
        let signIn = try GoogleSignIn.find(
            choice, environment: context.processEnvironment, transport: context.transport, direct: context.direct,
            trust: context.trust)
        let quota = try optional(vertex.access["quota_project"]) ?? signIn.quotaProject
        let endpoint = try VertexEndpoint(
            project: project.resolved(in: environment), location: location.resolved(in: environment),
            tuningLocation: optional(vertex.access["tuning_location"]) ?? VertexPlugin.usualTuningLocation,
            bucket: bucket.resolved(in: environment), server: server)
        return connected(
            endpoint,
            // Tokens expire by real time, whatever the provider's clock.
            context.googleConnection(
                .tokens(TokenCache(source: signIn.source, clock: SystemWallClock())), clock: clock, quotaProject: quota,
                isDirect: isEmulated),
            clock: clock, isEmulated: isEmulated, priceAs: nil)
    }

    func connect(_ emulator: EmulatedAccount, _ context: ConnectionContext) -> ConnectedProvider? {
        let endpoint = VertexEndpoint(
            project: emulator.account, location: VertexPlugin.usualTuningLocation,
            tuningLocation: VertexPlugin.usualTuningLocation, bucket: emulator.account, folder: "", server: emulator.address,
            createsBucket: true)
        return connected(
            endpoint, context.googleConnection(.bearer(emulator.key), clock: emulator.clock, isDirect: true),
            clock: emulator.clock, isEmulated: true, priceAs: emulator.priceAs)
    }

    static let usualTuningLocation = "us-central1"

    private static func withoutSlash(_ text: String) -> String {
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        return text
    }

    private func connected(
        _ endpoint: VertexEndpoint, _ connection: ProviderConnection, clock: any WallClock, isEmulated: Bool, priceAs: String?
    ) -> ConnectedProvider {
        let client = VertexClient(connection: connection, endpoint: endpoint)
        let storage = StorageClient(connection: connection, endpoint: endpoint)
        return ConnectedProvider(
            answering: VertexAnswering(client: client), batching: VertexBatching(client: client, storage: storage),
            tuning: VertexTuning(client: client), keeping: VertexKeeping(client: client), storage: VertexStorage(client: storage),
            models: VertexModelList(client: client), clock: clock, isEmulated: isEmulated, priceAs: priceAs,
            needsDeployment: false, hasLaggingLists: true, redactor: { await connection.credential.redactor() })
    }
}

extension VertexEndpoint {
    /// The addresses of an account as a spec writes them.
    /// - Parameter bucket: `NAME`, `NAME/FOLDER`, or either after `gs://`.
    init(project: String, location: String, tuningLocation: String, bucket: String, server: String?) throws {
        let parts = (bucket.hasPrefix("gs://") ? String(bucket.dropFirst(5)) : bucket)
            .split(separator: "/").map(String.init)
        for part in [project] + parts { _ = try pathSegment(part) }
        guard let name = parts.first else { throw ProviderError.unsafeID(bucket) }
        self.init(
            project: project, location: location.lowercased(), tuningLocation: tuningLocation.lowercased(), bucket: name,
            folder: parts.dropFirst().joined(separator: "/"), server: server)
        _ = try base(self.location)
        _ = try base(self.tuningLocation)
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
