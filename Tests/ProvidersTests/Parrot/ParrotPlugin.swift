// A provider that exists only in tests and uses only the public contract, as an example of a plug-in (described in
// docs/extending.md). Its server is `ParrotServer`.

import Basics
import Foundation
import Platform
import ProviderKit
import Specification

struct ParrotPlugin: ProviderPlugin {
    let kind = "parrot"
    /// Parsed on first use.
    private static let prices = BuiltInPrices(
        "parrot",
        text: """
            assay-prices: 1
            date: 2026-01-01
            models:
              grey-1: { input: 1, output: 2, training: { standard: 3 } }
            """)

    var keys: ProviderKeys {
        var keys = ProviderKeys(
            kind: kind, summary: "A server of parrots.",
            keys: [
                .init("endpoint", isRequired: true, "The server's address."),
                .init("key", isSecret: true, "Sent in `x-parrot-key`."),
            ])
        keys.prices = .init({ [Self.prices].compactMap(\.self) }, name: { _ in "parrot" })
        return keys
    }
    var capabilities: ProviderCapabilities {
        ProviderCapabilities(
            storage: "a shelf; files are found by name",
            batch: .init(tag: "ring, listed", matchedBy: "name", maxLines: 100, maxBytes: 1_000_000),
            tuning: .init(
                tag: "ring, listed", methods: [.supervised],
                hyperparameters: [.init("n_epochs", .integer(1...9), countsPasses: true, "Lessons.")],
                supportsSeed: false),
            requestKeys: ["max_tokens"])
    }
    var dialect: any RequestDialect { ParrotDialect() }

    func destinations(of settings: ServiceSpec) -> [ProviderDestination] {
        guard let endpoint = settings.endpoint else { return [] }
        return [
            ProviderDestination(endpoint: endpoint, secret: settings.values["key"], allowsInsecure: settings.allowInsecure)
        ]
    }

    func owns(_ host: String, for content: RequestContent) -> Bool { host == "parrots.example" }

    func connect(_ settings: ServiceSpec, _ context: ConnectionContext) async throws -> ConnectedProvider {
        guard let endpoint = settings.endpoint else { throw MissingSetting(kind: kind, name: "endpoint") }
        let base = try endpoint.resolved(in: context.environment)
        let (clock, isEmulated) = await context.clock(base)
        let key = try settings.values["key"]?.resolved(in: context.environment)
        let connection = ProviderConnection(
            credential: key.map { .field("x-parrot-key", Secret($0)) } ?? .none, transport: context.transport,
            clock: clock, random: SeededRandom(seed: 1), errors: ParrotErrors(), onRetry: context.onRetry)
        let client = ParrotClient(base: base, connection: connection)
        return ConnectedProvider(
            answering: ParrotAnswering(client: client), batching: ParrotJobs(client: client, path: "batches"),
            tuning: ParrotJobs(client: client, path: "lessons"), storage: ParrotShelf(client: client),
            models: ParrotModels(), clock: clock, isEmulated: isEmulated, needsDeployment: false, hasLaggingLists: false,
            redactor: { await connection.credential.redactor() })
    }
}

struct ParrotErrors: ErrorDialect {
    var requestIDFields: [String] { ["x-feather"] }

    func error(in body: Data, status: Int) -> ErrorReply? {
        guard let squawk = (try? JSONValue(parsing: body))?["squawk"]?.string else { return nil }
        return ErrorReply(message: squawk, meanings: squawk.contains("no seeds") ? [.moneyUsedUp] : [])
    }

    func hint(for failure: ProviderFailure) -> String? { nil }
}

/// One line per question: `{"name":…,"bird":…,"reported":[…]}`.
struct ParrotDialect: RequestDialect {
    var batchLimits: ShardLimits { ShardLimits(bytes: 1_000_000, lines: 100) }
    var trainingLimits: ShardLimits { ShardLimits(bytes: 1_000_000, lines: .max) }

    func writer(for form: QuestionForm) -> any QuestionWriter { Writer(form: form) }

    private struct Writer: QuestionWriter {
        let form: QuestionForm

        func body(_ turns: [Turn], model: String) -> PythonJSON {
            .members([.init(key: "bird", value: .string(model))] + question(turns))
        }

        func batchLine(_ turns: [Turn], id: String, model: String, path: String?) -> PythonJSON {
            .members([.init(key: "name", value: .string(id)), .init(key: "bird", value: .string(model))] + question(turns))
        }

        func trainingLine(_ turns: [Turn], teaching example: TrainingExample) -> PythonJSON {
            guard case .supervised(let answer) = example else { return .null }
            return .members(question(turns) + [.init(key: "say", value: .string(answer))])
        }

        func fingerprint(_ turns: [Turn]) -> Digest { Digest(of: PythonJSON.members(question(turns)).textWithImageDigests) }

        private func question(_ turns: [Turn]) -> [PythonJSON.Member] {
            let parts = (form.examples + turns).flatMap(\.parts).map { part -> PythonJSON in
                switch part {
                case .text(let text): .string(text)
                case .image(let image, _): .image(image)
                }
            }
            var members: [PythonJSON.Member] = [
                .init(key: "reported", value: .array((form.system.map { [.string($0)] } ?? []) + parts))
            ]
            if let most = form.sampling.maxTokens { members.append(.init(key: "words", value: .int(most))) }
            return members
        }
    }
}

struct ParrotClient: Sendable {
    let base: String
    let connection: ProviderConnection

    func url(_ parts: String...) throws -> String {
        try base + parts.map { "/" + (try pathSegment($0)) }.joined()
    }

    func get(_ url: String) async throws -> JSONValue {
        try await connection.call("look", .repeatable, connection.get(url))
    }

    func create(_ url: String, _ body: Data) async throws -> JSONValue {
        let request = HTTPRequestValue(
            .post, url, fields: ["content-type": "application/json"], body: [.bytes(body)])
        return try await connection.call("create", .create, request)
    }
}

struct ParrotAnswering: Answering {
    let client: ParrotClient

    func ask(_ question: Question, of target: String, settling: Double) async throws -> TimedReply {
        try await ask(ParrotDialect().writer(for: question.form).body(question.turns, model: target).rendered())
    }

    func ask(batchLine: Data, of target: String, settling: Double) async throws -> TimedReply { try await ask(batchLine) }

    private func ask(_ body: Data) async throws -> TimedReply {
        let request = HTTPRequestValue(
            .post, try client.url("ask"), fields: ["content-type": "application/json"], body: [.bytes(body)])
        let answer = try await client.connection.call("ask", .repeatable, request)
        let value: JSONValue = try await client.connection.decode(answer.response, "ask")
        return TimedReply(ModelReply(parrot: value), seconds: answer.response.seconds)
    }
}

extension ModelReply {
    init(parrot value: JSONValue) {
        guard let says = value["says"]?.string else {
            self = .failed(value["squawk"]?.string ?? "silence", isTransient: false)
            return
        }
        let usage = value["words"]?.int.map { Usage(input: $0, output: 1) }
        self = .answered(ModelText(says, finishReason: ModelReply.end, usage: usage))
    }
}

/// Batches and lessons work alike on this server: each takes a file, and returns a file or a trained bird.
struct ParrotJobs: Batching, Tuning {
    let client: ParrotClient
    let path: String

    func job(_ request: BatchRequest) async -> any RemoteJobService {
        ParrotJob(client: client, path: path, members: ["bird": .string(request.model)], input: request.input)
    }

    func resultFiles(of batch: JSONValue) throws -> [ResultFileReference] {
        batch["output"]?.string.map { [ResultFileReference(id: $0, isErrorFile: false)] } ?? []
    }

    func download(_ file: ResultFileReference, to path: String) async throws {
        let request = HTTPRequestValue(
            .get, try client.url("shelf", file.id), destination: .file(path: path, offset: 0, limit: 1 << 20))
        _ = try await client.connection.call("download", .repeatable, request)
    }

    func forEachLine(ofFileAt path: String, _ body: (ResultLine) throws -> Void) throws {
        let file = try LineFile(path: path)
        while let line = try file.next() {
            let value = try? JSONValue(parsing: line)
            try body(
                ResultLine(
                    id: value?["name"]?.string, reply: value.map { ModelReply(parrot: $0) } ?? .unreadable("not JSON"), raw: line)
            )
        }
    }

    func job(_ request: TuningRequest) async -> any RemoteJobService {
        ParrotJob(
            client: client, path: path,
            members: ["bird": .string(request.recipe.model), "times": request.recipe.hyperparameters["n_epochs"] ?? .null],
            input: { try await request.files().training })
    }

    func result(in detail: JSONValue) throws -> TuningResult {
        TuningResult(
            id: detail["id"]?.string ?? "", model: detail["bird"]?.string, trainedTokens: detail["words"]?.int, detail: detail)
    }

    func checkpoints(of job: String) async throws -> [TunedModel.Checkpoint] { [] }
    func curve(of result: TuningResult) async throws -> TuningCurve? { nil }
    func events(of job: String) async throws -> [TuningEvent] { [] }

    func taggedJob(_ id: String) async throws -> TaggedJob { tagged(try await client.get(client.url(path, id))) }

    func taggedJobs() async throws -> AccountList<TaggedJob> {
        AccountList(try await client.get(client.url(path))["list"]?.array?.map(tagged) ?? [])
    }

    func cancel(_ id: String) async throws {}

    private func tagged(_ job: JSONValue) -> TaggedJob {
        TaggedJob(
            id: job["id"]?.string ?? "", tags: job["ring"]?.string.map { [$0] } ?? [],
            status: job["state"]?.string ?? "", isEnd: job["state"]?.string == "done")
    }
}

struct ParrotJob: RemoteJobService {
    let client: ParrotClient
    let path: String
    let members: [String: JSONValue]
    let input: @Sendable () async throws -> String

    func prepare() async throws { _ = try await input() }

    func create(tag: String) async throws -> RemoteSnapshot {
        var members = members
        members["input"] = .string(try await input())
        members["ring"] = .string(tag)
        return snapshot(try await client.create(client.url(path), Data(JSONValue.object(members).canonical.utf8)))
    }

    func failure(of error: any Error) -> CreateFailure {
        guard let error = error as? ProviderError else { return .notCreated }
        return error.outcome == .surelyNotDone ? .notCreated : .unknown
    }

    func find(tag: String) async throws -> [RemoteSnapshot] {
        try await client.get(client.url(path))["list"]?.array?.filter { $0["ring"]?.string == tag }.map(snapshot) ?? []
    }

    func place(of tag: String) -> String { "the ring is \(tag)" }
    func snapshot(of id: String) async throws -> RemoteSnapshot { snapshot(try await client.get(client.url(path, id))) }
    func isTransient(_ error: any Error) -> Bool { (error as? ProviderError)?.isTransient ?? false }
    func isGone(_ error: any Error) -> Bool { (error as? ProviderError)?.isNotFound ?? false }

    private func snapshot(_ job: JSONValue) -> RemoteSnapshot {
        let state = job["state"]?.string ?? ""
        return RemoteSnapshot(
            id: job["id"]?.string ?? "", phase: state == "done" ? .completed : .running, text: state, detail: job)
    }
}

struct ParrotShelf: Storage {
    let client: ParrotClient

    func files(
        for purpose: StoragePurpose, progressPath: String, note: @escaping @Sendable (String) -> Void
    ) -> any RemoteFileService { Files(client: client) }

    func name(of id: String) async throws -> String { id }
    func delete(_ id: String) async throws {}

    private struct Files: RemoteFileService {
        let client: ParrotClient
        var clock: any WallClock { client.connection.clock }
        var expiresAfter: Double? { nil }

        func upload(path: String, name: String, progress: @escaping @Sendable (Double) -> Void) async throws -> String {
            let request = HTTPRequestValue(
                .put, try client.url("shelf", name), body: [.bytes(try LocalFileSystem().read(path))])
            _ = try await client.connection.call("upload", .repeatable, request)
            return name
        }

        func isUsable(_ id: String) async throws -> Bool { try await find(name: id, bytes: 0) != nil }

        func find(name: String, bytes: Int64) async throws -> String? {
            let shelf = try await client.get(client.url("shelf"))
            return shelf["list"]?.array?.contains(.string(name)) ?? false ? name : nil
        }

        func mayHaveUploaded(_ error: any Error) -> Bool { (error as? ProviderError)?.outcome == .unknown }
    }
}

struct ParrotModels: ModelListing {
    func models() async throws -> [OfferedModel] { [OfferedModel(id: "grey-1")] }
}
