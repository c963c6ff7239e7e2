// Batches and tuning jobs: created with a tag, found by it, read without losing a line.

import Basics
import Foundation
import ProviderKit
import Specification
import TestServer
import Testing
import VertexWire

@testable import Providers

@Suite struct VertexJobTests {
    private static let tag = "0123456789abcdef"
    private static let fingerprint = Digest(of: "questions")
    private static let batchName = "projects/123/locations/us-central1/batchPredictionJobs/4242"
    private static let tuningName = "projects/123/locations/us-central1/tuningJobs/777"

    private static func batch(_ members: String = "") -> String {
        #"{"name":"\#(batchName)","displayName":"assay-\#(tag)","state":"JOB_STATE_SUCCEEDED","labels":{"assay":"\#(tag)"}\#(members)}"#
    }

    private static func service(_ rig: VertexRig) async -> any RemoteJobService {
        await VertexBatching(client: rig.client, storage: rig.storage).job(
            BatchRequest(model: "gemini-3.5-flash", fingerprint: fingerprint, inputName: { "" }, input: { "gs://bkt/in.jsonl" }))
    }

    @Test func aBatchIsCreatedWithItsTag() async throws {
        let rig = try VertexRig { request, _ in
            request.method == "POST"
                ? .json(200, #"{"name":"\#(Self.batchName)","state":"JOB_STATE_PENDING","labels":{"assay":"\#(Self.tag)"}}"#)
                : nil
        }
        let snapshot = try await Self.service(rig).create(tag: Self.tag)
        #expect(snapshot.id == Self.batchName && snapshot.phase == .running && snapshot.identity == .tagged)
        let request = try #require(rig.server.requests.first)
        #expect(request.path == "/v1/projects/proj/locations/us-central1/batchPredictionJobs")
        #expect(
            request.json == [
                "displayName": "assay-0123456789abcdef", "model": "publishers/google/models/gemini-3.5-flash",
                "inputConfig": ["instancesFormat": "jsonl", "gcsSource": ["uris": ["gs://bkt/in.jsonl"]]],
                "outputConfig": [
                    "predictionsFormat": "jsonl",
                    "gcsDestination": ["outputUriPrefix": "gs://bkt/assay/results/0123456789abcdef"],
                ],
                "labels": [
                    "assay": "0123456789abcdef", "assay-requests-1": .string(String(Self.fingerprint.hex.prefix(32))),
                    "assay-requests-2": .string(String(Self.fingerprint.hex.suffix(32))),
                ],
            ])
        // Labels have at most 63 characters of a small alphabet.
        for (key, value) in request.json?["labels"]?.object ?? [:] {
            #expect(key.wholeMatch(of: #/[a-z][a-z0-9_-]{0,62}/#) != nil)
            #expect(value.string?.wholeMatch(of: #/[a-z0-9_-]{0,63}/#) != nil)
        }
    }

    /// An operation that is never done was polled for ever.
    @Test func aDeletionThatDoesNotEndIsAnError() async throws {
        let operation = #"{"name":"projects/123/locations/us-central1/operations/5","done":false}"#
        let rig = try VertexRig { request, _ in ["DELETE", "GET"].contains(request.method) ? .json(200, operation) : nil }
        await #expect(throws: ProviderError.self) {
            try await rig.client.delete("projects/123/locations/us-central1/models/1")
        }
        #expect(rig.requests("GET", "/operations/5").count == 360)
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        let id: String
        let reply: TestServer.Reply
        let effect: CreateFailure
        var testDescription: String { id }
    }

    /// Guards: a create call with a lost reply must not be sent again.
    @Test(arguments: [
        Failure(id: "lost answer", reply: .cut, effect: .unknown),
        Failure(id: "server error", reply: .json(503, "{}"), effect: .unknown),
        Failure(
            id: "bad request", reply: .json(400, #"{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}"#),
            effect: .notCreated),
        Failure(
            id: "error in a list", reply: .json(403, #"[{"error":{"code":403,"message":"m","status":"PERMISSION_DENIED"}}]"#),
            effect: .notCreated),
        Failure(
            id: "capacity",
            reply: .json(
                429,
                #"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"7s"}]}}"#
            ),
            effect: .busy(retryAfter: 7)),
    ])
    func failedCreateCalls(_ test: Failure) async throws {
        let rig = try VertexRig { _, _ in test.reply }
        let service = await Self.service(rig)
        do {
            _ = try await service.create(tag: Self.tag)
            Issue.record("it succeeded")
        } catch {
            #expect(service.failure(of: error) == test.effect, "\(error)")
        }
        // A rate limit surely had no effect, so that the call itself is repeated, at the service's pace.
        #expect(rig.server.requests.count == (test.id == "capacity" ? 7 : 1))
        if test.id == "capacity" { #expect(rig.clock.waits.allSatisfy { (7.0...8.0).contains($0) }) }
    }

    @Test func aBatchIsFoundByItsTag() async throws {
        let rig = try VertexRig { request, _ in
            guard request.path.hasSuffix("/batchPredictionJobs") else { return nil }
            if request.query("pageToken") == nil {
                return .json(
                    200, #"{"batchPredictionJobs":[{"name":"a/b","labels":{"assay":"ffffffffffffffff"}}],"nextPageToken":"p2"}"#)
            }
            return .json(200, #"{"batchPredictionJobs":[\#(Self.batch())]}"#)
        }
        let found = try await Self.service(rig).find(tag: Self.tag)
        #expect(found.map(\.id) == [Self.batchName])
        #expect(rig.server.requests.first?.query("filter") == "labels.assay=0123456789abcdef")
        #expect(try await Self.service(rig).find(tag: "1111111111111111").isEmpty)
    }

    struct State: Sendable, CustomTestStringConvertible {
        let word: String
        var hasFolder = false
        let phase: RemoteSnapshot.Phase
        var isCutShort = false
        var testDescription: String { word + (hasFolder ? " with results" : "") }
    }

    @Test(arguments: [
        State(word: "JOB_STATE_QUEUED", phase: .running), State(word: "JOB_STATE_PENDING", phase: .running),
        State(word: "JOB_STATE_RUNNING", phase: .running), State(word: "JOB_STATE_UPDATING", phase: .running),
        State(word: "JOB_STATE_PAUSED", phase: .running),
        State(word: "JOB_STATE_CANCELLING", phase: .running, isCutShort: true),
        State(word: "JOB_STATE_SUCCEEDED", phase: .completed), State(word: "JOB_STATE_PARTIALLY_SUCCEEDED", phase: .completed),
        State(word: "JOB_STATE_FAILED", phase: .ended(reason: "failed: Failed to import data.")),
        State(word: "JOB_STATE_FAILED", hasFolder: true, phase: .completed),
        State(word: "JOB_STATE_CANCELLED", phase: .ended(reason: "cancelled: Failed to import data."), isCutShort: true),
        State(word: "JOB_STATE_CANCELLED", hasFolder: true, phase: .completed, isCutShort: true),
        State(word: "JOB_STATE_EXPIRED", hasFolder: true, phase: .completed, isCutShort: true),
        State(word: "JOB_STATE_NEW", phase: .unknown),
    ])
    func states(_ test: State) async throws {
        let folder = test.hasFolder ? #","outputInfo":{"gcsOutputDirectory":"gs://bkt/out/p"}"# : ""
        let body =
            #"{"name":"\#(Self.batchName)","state":"\#(test.word)","error":{"code":3,"message":"Failed to import data."}\#(folder)}"#
        let rig = try VertexRig { _, _ in .json(200, body) }
        let snapshot = try await Self.service(rig).snapshot(of: Self.batchName)
        #expect(snapshot.phase == test.phase)
        #expect(snapshot.isCutShort == test.isCutShort)
    }

    // MARK: Results

    private static func line(_ id: String?, _ text: String, answer: String?, image: String = "") -> String {
        var request: [String: JSONValue] = [
            "contents": [["role": "user", "parts": [["fileData": .null, "text": .string(text)]]]], "candidateCount": 1,
        ]
        if let id { request["labels"] = ["assay-id": .string(id)] }
        let response: JSONValue =
            answer.map {
                ["candidates": [["content": ["parts": [["text": .string($0)]]], "finishReason": "STOP"]]]
            } ?? [:]
        return JSONValue.object(["status": "", "request": .object(request), "response": response]).canonical
    }

    private static func results(_ files: [String: String], input: String = "") throws -> VertexRig {
        try VertexRig { request, _ in
            if request.path == "/storage/v1/b/bkt/o" {
                let items = files.sorted { $0.key < $1.key }.map { name, text in
                    #"{"name":"out/p/\#(name)","size":"\#(text.utf8.count)"}"#
                }
                return .json(200, #"{"items":[\#(items.joined(separator: ","))]}"#)
            }
            let name = request.path.removingPercentEncoding?.split(separator: "/").last.map(String.init) ?? ""
            if request.query("alt") == "media" {
                return .answer(200, body: Data((files[name] ?? input).utf8))
            }
            return name == "in.jsonl" && !input.isEmpty ? .json(200, #"{"name":"in.jsonl","size":"1"}"#) : nil
        }
    }

    private static func read(_ rig: VertexRig, state: String = "JOB_STATE_SUCCEEDED") async throws -> [String?: String] {
        let folder = try TestFolder()
        let batching = VertexBatching(client: rig.client, storage: rig.storage)
        let job: JSONValue = [
            "name": .string(batchName), "state": .string(state), "outputInfo": ["gcsOutputDirectory": "gs://bkt/out/p"],
            "inputConfig": ["gcsSource": ["uris": ["gs://bkt/in.jsonl"]]],
        ]
        let file = try #require(try batching.resultFiles(of: job).first)
        try await batching.download(file, to: folder.path("results"))
        var answers: [String?: String] = [:]
        try batching.forEachLine(ofFileAt: folder.path("results")) { line in
            #expect(line.raw.count < 500, "the request is not kept")
            if case .answered(let text) = line.reply { answers[line.id] = text.text } else { answers[line.id] = "\(line.reply)" }
        }
        return answers
    }

    @Test func linesOfAllShardsAreReadInAnyOrder() async throws {
        let rig = try Self.results([
            "predictions.jsonl-00000-of-00002": Self.line("2", "q2", answer: "b") + "\n" + Self.line("0", "q0", answer: "z"),
            "predictions.jsonl-00001-of-00002": "\n" + Self.line("1", "q1", answer: "a") + "\n",
            "incremental_predictions.jsonl": Self.line("0", "q0", answer: "wrong"),
            "errors.jsonl": "x",
        ])
        #expect(try await Self.read(rig) == ["0": "z", "1": "a", "2": "b"])
    }

    /// A line that was written before its answer does not hide the answer.
    @Test func ofSeveralLinesTheOneWithAnAnswerCounts() async throws {
        let rig = try Self.results([
            "predictions.jsonl": [
                Self.line("0", "q0", answer: nil), Self.line("0", "q0", answer: "z"), Self.line("0", "q0", answer: nil),
            ].joined(separator: "\n")
        ])
        #expect(try await Self.read(rig) == ["0": "z"])
    }

    /// Guards: without an echo of the labels, every answer was lost.
    @Test func linesWithoutLabelsAreMatchedByTheirContent() async throws {
        func input(_ id: String, _ text: String) -> String {
            #"{"request":{"contents":[{"role":"user","parts":[{"text":"\#(text)"}]}],"generationConfig":{"temperature":0},"labels":{"assay-id":"\#(id)"}}}"#
        }
        let rig = try Self.results(
            [
                "predictions.jsonl": [
                    Self.line(nil, "q1", answer: "one"), Self.line("0", "q0", answer: "zero"),
                    Self.line(nil, "same", answer: "first"), Self.line(nil, "same", answer: "second"),
                    Self.line(nil, "foreign", answer: "nobody's"),
                ].joined(separator: "\n")
            ],
            input: [input("0", "q0"), input("1", "q1"), input("2", "same"), input("3", "same")].joined(separator: "\n"))
        #expect(try await Self.read(rig) == ["0": "zero", "1": "one", "2": "first", "3": "second", nil: "nobody's"])
    }

    /// A line that contradicts itself is kept whole, and does not hide the answer of another line.
    @Test func contradictoryLinesOfABatch() async throws {
        let good = Self.line("0", "q0", answer: "z")
        let rig = try Self.results([
            "predictions.jsonl": [
                good.replacing(#""text":"z""#, with: #""text":"y","text":"x""#), good,
                Self.line("1", "q1", answer: "a").replacing(#""text":"a""#, with: #""text":"a","text":"b""#),
                Self.line("2", "q2", answer: "c").replacing(#""assay-id":"2""#, with: #""assay-id":"2","assay-id":"0""#),
            ].joined(separator: "\n")
        ])
        let answers = try await Self.read(rig)
        #expect(answers["0"] == "z")
        #expect(answers["1"]?.contains(#"'text' twice, with different values"#.replacing("'", with: #"\'"#)) == true)
        #expect(answers.keys.contains(nil))
    }

    /// Guards: a list of shards, or of lines, without end was read into memory.
    @Test func aFolderWithTooManyShards() async throws {
        let rig = try VertexRig { request, _ in
            request.path == "/storage/v1/b/bkt/o"
                ? .json(
                    200,
                    "{\"items\":["
                        + (0...10_000).map { #"{"name":"out/p/predictions.jsonl-\#($0)-of-10001"}"# }.joined(separator: ",")
                        + "]}")
                : nil
        }
        let error = try await #require(throws: ProviderError.self) { try await Self.read(rig) }
        #expect("\(error)".contains("10001 files of predictions; the limit is 10000"), "\(error)")
        #expect(rig.server.requests.count == 1)
    }

    @Test func moreLinesThanABatchCanHave() throws {
        let folder = try TestFolder()
        let path = try folder.write("predictions.jsonl", Data(String(repeating: "{}\n", count: 1_000_001).utf8))
        var results = BatchResults(shards: [path])
        let error = #expect(throws: ProviderError.self) { try results.scan() }
        #expect("\(String(describing: error))".contains("more than 1000000 result lines"))
    }

    @Test func anEmptyFolderOfASucceededJobIsAnError() async throws {
        let rig = try Self.results([:])
        await #expect(throws: ProviderError.self) { try await Self.read(rig) }
        #expect(try await Self.read(rig, state: "JOB_STATE_CANCELLED").isEmpty)
    }

    // MARK: Tuning

    private static let tuned = #"""
        {"name":"\#(tuningName)","baseModel":"gemini-3.5-flash","state":"JOB_STATE_SUCCEEDED",
         "startTime":"2026-11-29T10:00:00Z","endTime":"2026-11-29T10:30:00.5Z","labels":{"assay":"\#(tag)"},
         "experiment":"projects/123/locations/us-central1/metadataStores/default/contexts/tuning-experiment-1",
         "supervisedTuningSpec":{"hyperParameters":{"epochCount":"2"}},
         "tunedModel":{"model":"projects/123/locations/us-central1/models/9@1",
          "endpoint":"projects/123/locations/us-central1/endpoints/222",
          "checkpoints":[{"checkpointId":"2","epoch":"2","step":"18","endpoint":"projects/123/locations/us-central1/endpoints/222"},
                         {"checkpointId":"1","epoch":"1","step":"9","endpoint":"projects/123/locations/us-central1/endpoints/111"}]},
         "tuningDataStats":{"supervisedTuningDataStats":{"tuningDatasetExampleCount":"80","totalBillableTokenCount":"1000",
          "totalTruncatedExampleCount":"2","truncatedExampleIndices":["3","9"],"droppedExampleReasons":["Invalid image.","Too many tokens."]}}}
        """#

    private static func tuning(_ rig: VertexRig, _ hyperparameters: [String: JSONValue]) async -> any RemoteJobService {
        await VertexTuning(client: rig.client).job(
            TuningRequest(
                recipe: TuningRecipe(model: "gemini-3.5-flash", method: .supervised, hyperparameters: hyperparameters),
                prefix: "mine", trainingName: "t", validationName: "v", files: { ("gs://bkt/t.jsonl", "gs://bkt/v.jsonl") }))
    }

    @Test func aTuningJobIsCreatedWithItsTag() async throws {
        let rig = try VertexRig(location: "global") { request, _ in
            request.method == "POST" ? .json(200, #"{"name":"\#(Self.tuningName)","state":"JOB_STATE_QUEUED"}"#) : nil
        }
        let service = await Self.tuning(rig, ["epochs": 2, "learning_rate_multiplier": 0.5, "adapter_size": 4])
        #expect(try await service.create(tag: Self.tag).phase == .running)
        let request = try #require(rig.server.requests.first)
        // Base models answer at 'global', where nothing is tuned.
        #expect(request.path == "/v1/projects/proj/locations/us-central1/tuningJobs")
        #expect(
            request.json == [
                "baseModel": "gemini-3.5-flash", "tunedModelDisplayName": "mine-0123456789abcdef",
                "labels": ["assay": "0123456789abcdef"],
                "supervisedTuningSpec": [
                    "trainingDatasetUri": "gs://bkt/t.jsonl", "validationDatasetUri": "gs://bkt/v.jsonl",
                    "hyperParameters": ["epochCount": "2", "learningRateMultiplier": 0.5, "adapterSize": "ADAPTER_SIZE_FOUR"],
                ],
            ])
    }

    @Test func anUnknownHyperparameterIsNeverDropped() async throws {
        let rig = try VertexRig { _, _ in .json(200, "{}") }
        let service = await Self.tuning(rig, ["batch_size": 6])
        await #expect(throws: UnknownHyperparameter.self) { try await service.create(tag: Self.tag) }
        #expect(rig.server.requests.isEmpty)
    }

    @Test(arguments: [
        ("by labels", #"{"tuningJobs":[\#(tuned)]}"#, "{}", [RemoteSnapshot.Identity.tagged]),
        (
            "by display name",
            #"{"tuningJobs":[{"name":"\#(tuningName)","state":"JOB_STATE_RUNNING","tunedModelDisplayName":"mine-\#(tag)"}]}"#,
            "{}", [.tagged]
        ),
        ("of another", #"{"tuningJobs":[{"name":"\#(tuningName)","labels":{"assay":"ffffffffffffffff"}}]}"#, "{}", []),
        (
            "only its model", "{}",
            #"{"models":[{"name":"projects/123/locations/us-central1/models/9","labels":{"assay":"\#(tag)"}}]}"#, [.product]
        ),
        ("nothing", "{}", "{}", []),
    ])
    func aTuningJobIsFound(id: String, jobs: String, models: String, identities: [RemoteSnapshot.Identity]) async throws {
        let rig = try VertexRig { request, _ in
            if request.path.hasSuffix("/tuningJobs") { return .json(200, jobs) }
            return request.path.hasSuffix("/models") ? .json(200, models) : nil
        }
        #expect(try await Self.tuning(rig, [:]).find(tag: Self.tag).map(\.identity) == identities)
    }

    @Test(arguments: [
        ("with a full stop", "Registry.", "failed: Registry. It created the model m: 'assay jobs clean' deletes it"),
        ("without", "Registry", "failed: Registry. It created the model m: 'assay jobs clean' deletes it"),
    ])
    func aFailedJobWithAModel(id: String, message: String, reason: String) async throws {
        let rig = try VertexRig { _, _ in
            .json(
                200,
                #"{"name":"\#(Self.tuningName)","state":"JOB_STATE_FAILED","error":{"code":13,"message":"\#(message)"},"tunedModel":{"model":"m"}}"#
            )
        }
        let snapshot = try await Self.tuning(rig, [:]).snapshot(of: Self.tuningName)
        #expect(snapshot.phase == .ended(reason: reason), "\(id)")
    }

    /// Guards: after a change of `tuning_location`, which is in no key, a job of the earlier region was paid for again.
    @Test(arguments: ["us-central1", "europe-west4"]) func aTuningJobOfAnotherRegionIsFound(region: String) async throws {
        let name = "projects/123/locations/\(region)/tuningJobs/5"
        let rig = try VertexRig { request, _ in
            guard request.path.hasSuffix("/tuningJobs") else { return .json(200, "{}") }
            let isThere = request.path.contains("/\(region)/")
            return .json(
                200, isThere ? #"{"tuningJobs":[{"name":"\#(name)","labels":{"assay":"\#(Self.tag)"}}]}"# : "{}")
        }
        #expect(try await Self.tuning(rig, [:]).find(tag: Self.tag).map(\.id) == [name])
    }

    /// Guards: an account that may use only one of the tuning regions could neither adopt its job nor clean up, and a
    /// region that cannot be listed must not count as empty.
    @Test(arguments: [
        (id: "the job is in the other region", forbidden: "europe-west4", home: "us-central1", status: 403, isFound: true),
        (id: "the job may be there", forbidden: "europe-west4", home: "europe-west4", status: 403, isFound: false),
        (id: "the configured region", forbidden: "us-central1", home: "europe-west4", status: 403, isFound: false),
        (id: "another error", forbidden: "europe-west4", home: "us-central1", status: 400, isFound: false),
    ])
    func aRegionThatCannotBeListed(
        _ test: (id: String, forbidden: String, home: String, status: Int, isFound: Bool)
    ) async throws {
        let name = "projects/123/locations/\(test.home)/tuningJobs/5"
        let rig = try VertexRig { request, _ in
            if request.path.contains("/\(test.forbidden)/") {
                return .json(
                    test.status, #"{"error":{"code":\#(test.status),"message":"not allowed","status":"PERMISSION_DENIED"}}"#)
            }
            guard request.path.hasSuffix("/tuningJobs"), request.path.contains("/\(test.home)/") else {
                return .json(200, "{}")
            }
            return .json(200, #"{"tuningJobs":[{"name":"\#(name)","labels":{"assay":"\#(Self.tag)"}}]}"#)
        }
        let service = await Self.tuning(rig, [:])
        guard !test.isFound else {
            #expect(try await service.find(tag: Self.tag).map(\.id) == [name], "\(test.id)")
            return
        }
        let error = await #expect(throws: (any Error).self, "\(test.id)") { _ = try await service.find(tag: Self.tag) }
        let text = error.map { explanation(of: $0) } ?? ""
        #expect(text.contains(test.forbidden) && text.contains("not allowed"), "\(test.id): \(text)")
        #expect((error is UnlistedRegion) == (test.id == "the job may be there"), "\(test.id): \(text)")
    }

    @Test func modelsOfARegionThatCannotBeListedAreUnknown() async throws {
        let name = "projects/123/locations/us-central1/models/9"
        let rig = try VertexRig { request, _ in
            if request.path.contains("/europe-west4/") {
                return .json(403, #"{"error":{"code":403,"message":"not allowed","status":"PERMISSION_DENIED"}}"#)
            }
            return .json(
                200,
                request.path.hasSuffix("/models") ? #"{"models":[{"name":"\#(name)","labels":{"assay":"\#(Self.tag)"}}]}"# : "{}")
        }
        let models = try await VertexKeeping(client: rig.client).keptModels()
        #expect(models.items.map(\.id) == [name])
        #expect(models.unlisted.count == 1 && models.unlisted.allSatisfy { $0.contains("europe-west4") }, "\(models.unlisted)")
        let jobs = try await VertexTuning(client: rig.client).taggedJobs()
        #expect(jobs.items.isEmpty && jobs.unlisted.count == 1)
    }

    /// From Gemini 3 on, tuned models answer in the multi-region of their region only.
    @Test(arguments: [
        ("gemini-3.5-flash", "us-central1", "us"), ("gemini-3.1-flash-lite", "europe-west4", "eu"),
        ("gemini-2.5-flash", "us-central1", "us-central1"), ("gemini-3.5-flash", "us", "us"),
    ])
    func theEndpointIsAskedWhereItAnswers(model: String, made: String, asked: String) {
        #expect(
            VertexTuning.target("projects/123/locations/\(made)/endpoints/222", base: model)
                == "projects/123/locations/\(asked)/endpoints/222")
    }

    @Test(arguments: [
        (
            "global", "gemini-3.5-flash",
            "https://aiplatform.googleapis.com/v1/projects/proj/locations/global/publishers/google/models/gemini-3.5-flash:generateContent"
        ),
        (
            "us-central1", "gemini-2.5-flash",
            "https://us-central1-aiplatform.googleapis.com/v1/projects/proj/locations/us-central1/publishers/google/models/gemini-2.5-flash:generateContent"
        ),
        (
            "eu", "gemini-3.5-flash",
            "https://aiplatform.eu.rep.googleapis.com/v1/projects/proj/locations/eu/publishers/google/models/gemini-3.5-flash:generateContent"
        ),
        (
            "global", "projects/123/locations/us/endpoints/222",
            "https://aiplatform.us.rep.googleapis.com/v1/projects/123/locations/us/endpoints/222:generateContent"
        ),
        (
            "global", "projects/123/locations/europe-west4/endpoints/222",
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/123/locations/europe-west4/endpoints/222:generateContent"
        ),
    ])
    func hosts(location: String, target: String, url: String) throws {
        let endpoint = VertexEndpoint(
            project: "proj", location: location, tuningLocation: "us-central1", bucket: "b", folder: "", server: nil)
        #expect(try endpoint.question(to: target) == url)
    }

    /// A name from the service decides the host, and must not lead to another one.
    @Test(arguments: [
        "projects/1/locations/evil.example/endpoints/2", "projects/1/locations/../endpoints/2",
        "projects/1/locations/us-central1/endpoints/..", "projects/1/locations/a@b/endpoints/2", "endpoints/2",
        "projects/1/locations/us-central1/endpoints", "projects/1/locations//endpoints/2", "https://evil.example/a/b/c",
    ])
    func namesThatLeadElsewhere(name: String) {
        let endpoint = VertexEndpoint(
            project: "p", location: "global", tuningLocation: "us-central1", bucket: "b", folder: "", server: nil)
        #expect(throws: ProviderError.self) { try endpoint.resource(name) }
    }

    @Test func theOutcomeOfATuningJob() async throws {
        let rig = try VertexRig { request, _ in request.path.hasSuffix("/777") ? .json(200, Self.tuned) : nil }
        let tuning = VertexTuning(client: rig.client)
        let result = try tuning.result(in: JSONValue(parsing: Data(Self.tuned.utf8)))
        #expect(result.model == "projects/123/locations/us/endpoints/222")
        #expect(result.trainedTokens == 2000 && result.epochs == 2)
        #expect(result.finished.map { $0 - (result.created ?? 0) } == 1800.5)
        #expect(
            try await tuning.checkpoints(of: Self.tuningName) == [
                .init(model: "projects/123/locations/us/endpoints/111", step: 9, epoch: 1),
                .init(model: "projects/123/locations/us/endpoints/222", step: 18, epoch: 2),
            ])
        let dropped = try #require(try await tuning.events(of: Self.tuningName).first(where: \.isWarning))
        #expect(dropped.message == "2 of 80 training examples dropped: line 3: Invalid image.; line 9: Too many tokens.")
        #expect(dropped.screening == ScreeningReport(isValidation: false, lines: [3, 9]))
        #expect(try await tuning.curve(of: result) == nil, "metrics that the service does not have are no error")
    }

    @Test(
        arguments: [
            ("none", #"{"tuningDatasetExampleCount":"80"}"#, nil, nil),
            ("a count", #"{"totalTruncatedExampleCount":"5"}"#, 5, nil),
            ("a sample", #"{"totalTruncatedExampleCount":"5","truncatedExampleIndices":["1","2"]}"#, 5, nil),
            ("all", #"{"totalTruncatedExampleCount":"2","truncatedExampleIndices":["1",2]}"#, nil, [1, 2]),
            ("lines without a count", #"{"truncatedExampleIndices":["7"]}"#, nil, [7]),
        ] as [(String, String, Int?, Set<Int>?)])
    func droppedExamples(id: String, stats: String, skipped: Int?, lines: Set<Int>?) throws {
        let event = TuningEvent(
            dropped: try TuningJob.SupervisedStats(proto: Data(stats.utf8)), of: TuningJob())
        #expect(event?.screening?.skipped == skipped)
        #expect(event?.screening?.lines == lines)
    }

    @Test func metricsAreReadThroughTheExperiment() async throws {
        let rig = try VertexRig { request, _ in
            switch request.path {
            case let path where path.hasSuffix("/contexts/tuning-experiment-1"):
                return .json(
                    200, #"{"metadata":{"backing_tensorboard_resource":"projects/123/locations/us-central1/tensorboards/5"}}"#)
            case let path where path.hasSuffix("/contexts"):
                return .json(
                    200,
                    #"{"contexts":[{"name":"projects/123/locations/us-central1/metadataStores/default/contexts/tuning-experiment-1-run-1"}]}"#
                )
            case let path where path.hasSuffix("/experiments/tuning-experiment-1/runs/run-1/timeSeries"):
                let base = "projects/123/locations/us-central1/tensorboards/5/experiments/e/runs/r/timeSeries"
                return .json(
                    200,
                    #"{"tensorboardTimeSeries":[{"name":"\#(base)/1","displayName":"/train_total_loss"},{"name":"\#(base)/2","displayName":"/eval_total_loss"},{"name":"\#(base)/3","displayName":"/other"}]}"#
                )
            case let path where path.hasSuffix("/1:read"):
                return .json(
                    200,
                    #"{"timeSeriesData":{"values":[{"step":"2","scalar":{"value":1.5}},{"step":"1","scalar":{"value":2.5}}]}}"#)
            case let path where path.hasSuffix("/2:read"):
                return .json(200, #"{"timeSeriesData":{"values":[{"step":"2","scalar":{"value":1.25}}]}}"#)
            default: return nil
            }
        }
        let tuning = VertexTuning(client: rig.client)
        let result = try tuning.result(in: JSONValue(parsing: Data(Self.tuned.utf8)))
        let curve = try #require(try await tuning.curve(of: result))
        #expect(curve.points.map(\.step) == [1, 2])
        #expect(curve.points.map(\.trainLoss) == [2.5, 1.5])
        #expect(curve.points.map(\.fullValidLoss) == [nil, 1.25])
    }

    /// Guards: metrics of a job without end kept a finished step running for hours.
    @Test(arguments: [
        ("runs", 101, 1, "has 101 runs; 100 are the most"), ("series", 1, 401, "the metrics of the tuning job do not end"),
    ])
    func metricsWithoutEnd(id: String, runs: Int, series: Int, reason: String) async throws {
        let place = "projects/123/locations/us-central1"
        let rig = try VertexRig { request, _ in
            switch request.path {
            case let path where path.hasSuffix("/contexts/tuning-experiment-1"):
                return .json(200, #"{"metadata":{"backing_tensorboard_resource":"\#(place)/tensorboards/5"}}"#)
            case let path where path.hasSuffix("/contexts"):
                let names = (0..<runs).map {
                    #"{"name":"\#(place)/metadataStores/default/contexts/tuning-experiment-1-r\#($0)"}"#
                }
                return .json(200, #"{"contexts":[\#(names.joined(separator: ","))]}"#)
            case let path where path.hasSuffix("/timeSeries"):
                let base = "\(place)/tensorboards/5/experiments/e/runs/r/timeSeries"
                let names = (0..<series).map { #"{"name":"\#(base)/\#($0)","displayName":"/train_total_loss"}"# }
                return .json(200, #"{"tensorboardTimeSeries":[\#(names.joined(separator: ","))]}"#)
            case let path where path.hasSuffix(":read"): return .json(200, "{}")
            default: return nil
            }
        }
        let tuning = VertexTuning(client: rig.client)
        let result = try tuning.result(in: JSONValue(parsing: Data(Self.tuned.utf8)))
        let error = try await #require(throws: ProviderError.self) { try await tuning.curve(of: result) }
        #expect("\(error)".contains(reason), "\(id): \(error)")
        #expect(rig.server.requests.count <= 500)
    }

    /// Guards: negative counts of a batch were shown, and its progress was below zero.
    @Test(arguments: [
        ("-1", "-1", "10", 0.0, "0 of 10"), ("-1000000", "0", "2000000", 0.0, "0 of 2000000"), ("3", "1", "4", 0.5, "4 of 8"),
        ("9223372036854775807", "9223372036854775807", "1", 1.0, "9223372036854775807 of 9223372036854775807"),
    ])
    func progressOfABatch(successful: String, failed: String, incomplete: String, fraction: Double, text: String) async throws {
        let rig = try VertexRig { _, _ in
            .json(
                200,
                #"{"name":"\#(Self.batchName)","state":"JOB_STATE_RUNNING","completionStats":{"successfulCount":"\#(successful)","failedCount":"\#(failed)","incompleteCount":"\#(incomplete)"}}"#
            )
        }
        let snapshot = try await Self.service(rig).snapshot(of: Self.batchName)
        #expect(snapshot.fraction == fraction)
        #expect(snapshot.text == "running, " + text)
    }

    /// The endpoints of a model are deleted before it, and missing resources are not an error.
    @Test func aModelIsDeletedWithItsEndpoints() async throws {
        let place = "projects/123/locations/us-central1"
        let rig = try VertexRig { request, number in
            switch (request.method, request.path) {
            case ("GET", let path) where path.hasSuffix("/tuningJobs"): return .json(200, #"{"tuningJobs":[\#(Self.tuned)]}"#)
            case ("GET", "/v1/projects/proj/locations/europe-west4/models"): return .json(200, "{}")
            case ("GET", "/v1/projects/proj/locations/us-central1/models"):
                return .json(
                    200,
                    #"{"models":[{"name":"\#(place)/models/9","labels":{"assay":"\#(Self.tag)"},"deployedModels":[{"endpoint":"\#(place)/endpoints/1"},{"endpoint":"\#(place)/endpoints/2"}]},{"name":"\#(place)/models/8"}]}"#
                )
            case ("GET", "/v1/projects/proj/locations/europe-west4/models"): return .json(200, "{}")
            case ("GET", "/v1/\(place)/models/9"):
                return .json(
                    200,
                    #"{"name":"\#(place)/models/9","deployedModels":[{"endpoint":"\#(place)/endpoints/1"},{"endpoint":"\#(place)/endpoints/2"}]}"#
                )
            case ("GET", "/v1/\(place)/endpoints/1"):
                return .json(
                    200,
                    #"{"name":"\#(place)/endpoints/1","deployedModels":[{"id":"99","model":"projects/proj/locations/us-central1/models/9@1"}]}"#
                )
            case ("POST", "/v1/\(place)/endpoints/1:undeployModel"), ("DELETE", "/v1/\(place)/endpoints/1"),
                ("DELETE", "/v1/\(place)/models/9"):
                return .json(200, #"{"name":"\#(place)/operations/8"}"#)
            case ("GET", "/v1/\(place)/operations/8"):
                return .json(200, #"{"name":"\#(place)/operations/8","done":\#(number > 0)}"#)
            default: return nil
            }
        }
        let keeping = VertexKeeping(client: rig.client)
        let models = try await keeping.keptModels().items
        #expect(models == [KeptModel(id: "\(place)/models/9", tag: Self.tag, base: "gemini-3.5-flash", endpoints: 2)])
        try await keeping.delete(try #require(models.first))
        let changes = rig.server.requests.filter { $0.method != "GET" }.map {
            "\($0.method) \($0.path.split(separator: "/").suffix(2).joined(separator: "/"))"
        }
        #expect(changes == ["POST endpoints/1:undeployModel", "DELETE endpoints/1", "DELETE models/9"])
        #expect(rig.server.requests.first { $0.method == "POST" }?.json == ["deployedModelId": "99"])
    }

    /// A job that was sent again after `tuning_location` changed leaves two models with the same tag.
    @Test(arguments: [
        ("two regions", "us-central1", "europe-west4"),
        ("one region", "europe-west4", "europe-west4"),
    ])
    func modelsWithOneTagAreAllListedAndDeleted(id: String, first: String, second: String) async throws {
        let names = ["projects/123/locations/\(first)/models/9", "projects/123/locations/\(second)/models/7"]
        let rig = try VertexRig { request, _ in
            let path = request.path
            if request.method == "DELETE" { return .json(200, #"{"done":true}"#) }
            if path.hasSuffix("/tuningJobs") { return .json(200, #"{"tuningJobs":[\#(Self.tuned)]}"#) }
            if path.hasSuffix("/models") {
                let listed = names.filter { $0.contains(path.split(separator: "/")[4]) }.map {
                    #"{"name":"\#($0)","labels":{"assay":"\#(Self.tag)"}}"#
                }
                return .json(200, #"{"models":[\#(listed.joined(separator: ","))]}"#)
            }
            return names.first { path.hasSuffix($0) }.map { .json(200, #"{"name":"\#($0)"}"#) }
        }
        let keeping = VertexKeeping(client: rig.client)
        let models = try await keeping.keptModels().items
        #expect(models.map(\.id) == names, "\(id)")
        #expect(models.allSatisfy { $0.tag == Self.tag }, "\(id)")
        for model in models { try await keeping.delete(model) }
        let deleted = rig.server.requests.filter { $0.method == "DELETE" }.map { String($0.path.dropFirst("/v1/".count)) }
        #expect(deleted == names, "\(id)")
    }

    /// The rig's clock starts at 2027-01-15 08:00.
    @Test(arguments: [
        ("tuned moments ago", 200, "2027-01-15T07:50:00Z", 200, KeptModelState.new),
        ("tuned long ago", 200, "2026-11-29T10:30:00Z", 200, .kept), ("deleted", 200, "2027-01-15T07:50:00Z", 404, .deleted),
        ("the job is not shown", 404, "", 404, .kept),
    ])
    func stateOfATunedModel(id: String, job: Int, end: String, model: Int, state: KeptModelState) async throws {
        let place = "projects/123/locations/us-central1"
        let rig = try VertexRig { request, _ in
            switch request.path {
            case "/v1/\(Self.tuningName)" where job == 200:
                return .json(
                    200,
                    #"{"name":"\#(Self.tuningName)","endTime":"\#(end)","tunedModel":{"model":"\#(place)/models/9@1"}}"#)
            case "/v1/\(place)/models/9" where model == 200: return .json(200, #"{"name":"\#(place)/models/9"}"#)
            default: return nil
            }
        }
        let found = try await VertexKeeping(client: rig.client).state(ofModelFrom: Self.tuningName)
        #expect(found == state, "\(id)")
    }

    /// A state that cannot be read is not that of a deleted model.
    @Test func anUnreadableModelIsNotDeleted() async throws {
        let rig = try VertexRig { request, _ in
            request.path.contains("/models/")
                ? .json(403, #"{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED"}}"#) : .json(200, Self.tuned)
        }
        await #expect(throws: ProviderError.self) {
            _ = try await VertexKeeping(client: rig.client).state(ofModelFrom: Self.tuningName)
        }
    }

    /// A new endpoint that its multi-region does not serve yet is queried again; a missing model is not.
    @Test func anEndpointIsGivenTime() async throws {
        let rig = try VertexRig { request, number in
            guard request.path.contains("/endpoints/"), number > 1 else { return nil }
            return .json(200, #"{"candidates":[{"content":{"parts":[{"text":"cat"}]},"finishReason":"STOP"}]}"#)
        }
        let answering = VertexAnswering(client: rig.client)
        let question = Question(QuestionForm(system: nil), [Turn(.user, [.text("?")])])
        let reply = try await answering.ask(question, of: "projects/123/locations/us/endpoints/222", settling: 600)
        #expect(reply.reply == .answered(ModelText("cat", finishReason: "stop")))
        #expect(rig.server.requests.count == 3)
        await #expect(throws: ProviderError.self) {
            _ = try await answering.ask(question, of: "gemini-0", settling: 600)
        }
        #expect(rig.server.requests.count == 4)
    }
}
