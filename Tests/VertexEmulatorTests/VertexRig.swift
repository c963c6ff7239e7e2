// An emulated project on a free port and plain requests to it.

import Basics
import EmulatorCore
import EmulatorFakes
import Foundation
import Platform
import VertexEmulator
import VisionProtocol

/// An emulator for one test; `close` removes its folder.
struct VertexRig: Sendable {
    let emulator: LoopbackEmulator
    let base: String
    let folder: URL
    let transport = CurlTransport()

    static let bucket = "test"
    static let parent = "/v1/projects/p/locations/us-central1"
    static let model = "gemini-3.5-flash"

    /// Starts an emulator with one model.
    /// - Parameter clock: the base clock; stopped unless a program with its own clock is involved.
    static func start(
        vision: any VisionModel = FakeVisionModel(), folder: URL? = nil,
        clock: any WallClock = StoppedClock(at: Date(timeIntervalSince1970: 1_800_000_000)),
        _ change: (inout VertexEmulatorSettings) -> Void = { _ in }
    ) async throws -> VertexRig {
        let folder = folder ?? FileManager.default.temporaryDirectory.appending(path: "rig-" + UUID().uuidString)
        var settings = VertexEmulatorSettings(
            account: try SafeName("test"), state: folder,
            models: [model, "gemini-2.5-flash", "shapes-base"].map { .named($0, weights: nil, classes: nil) })
        change(&settings)
        let emulator = LoopbackEmulator(settings, vision: vision, base: clock)
        let address = try await emulator.start()
        return VertexRig(emulator: emulator, base: address.absoluteString, folder: folder)
    }

    func close() async {
        await emulator.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    func send(
        _ method: HTTPMethod, _ path: String, json: JSONValue? = nil, body: Data? = nil,
        fields: HTTPFields = ["authorization": "Bearer t"]
    ) async throws -> HTTPResponseValue {
        var fields = fields
        if json != nil { fields["content-type"] = "application/json" }
        let bytes = json.map { Data($0.canonical.utf8) } ?? body
        return try await transport.send(
            HTTPRequestValue(
                method, path.hasPrefix("http") ? path : base + path, fields: fields, body: bytes.map { [.bytes($0)] } ?? []))
    }

    /// A request that must be answered with exactly 200, and its JSON.
    func json(_ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
        let response = try await send(method, path, json: body)
        guard response.status == 200 else {
            throw Unexpected(text: "\(response.status) " + String(decoding: response.body, as: UTF8.self))
        }
        return try JSONValue(parsing: response.body)
    }

    struct Unexpected: Error { var text: String }

    /// The canonical code's name of an error answer.
    func status(_ response: HTTPResponseValue) -> String? {
        (try? JSONValue(parsing: response.body))?["error"]?["status"]?.string
    }

    func message(_ response: HTTPResponseValue) -> String {
        (try? JSONValue(parsing: response.body))?["error"]?["message"]?.string ?? ""
    }

    /// Stores an object by a media upload.
    @discardableResult
    func put(
        _ name: String, _ content: Data, type: String = "application/jsonl", query: String = ""
    ) async throws -> HTTPResponseValue {
        let escaped = name.replacing("/", with: "%2F").replacing(" ", with: "%20")
        return try await send(
            .post, "/upload/storage/v1/b/\(Self.bucket)/o?uploadType=media&name=\(escaped)\(query)", body: content,
            fields: ["authorization": "Bearer t", "content-type": type])
    }

    /// The bytes of an object.
    func content(_ name: String, fields: HTTPFields = ["authorization": "Bearer t"]) async throws -> HTTPResponseValue {
        try await send(
            .get, "/storage/v1/b/\(Self.bucket)/o/\(name.replacing("/", with: "%2F"))?alt=media", fields: fields)
    }

    @discardableResult
    func wait(_ seconds: Double) async throws -> JSONValue {
        try await json(.post, "/emulator/wait", ["seconds": .double(seconds)])
    }

    /// Waits by the emulator's clock until a job has one of the states; returns every state seen.
    func settled(_ name: String, until states: Set<String>) async throws -> (job: JSONValue, seen: [String]) {
        var seen: [String] = []
        for round in 0..<300 {
            let job = try await json(.get, "/v1/" + name)
            let state = String((job["state"]?.string ?? "").dropFirst("JOB_STATE_".count))
            if seen.last != state { seen.append(state) }
            if states.contains(state) { return (job, seen) }
            // Long enough for the three days of a queue.
            try await wait(round < 100 ? 30 : 3600)
        }
        throw Unexpected(text: "\(name) did not settle: \(seen)")
    }

    // MARK: Content

    static let labels = ["cat", "dog", "eel"]
    static let prompt = "Classify the image as one of: [cat, dog, eel]"

    static func picture(_ label: String) -> Data { Data("label:\(label)".utf8) }

    static func inline(_ label: String) -> JSONValue {
        ["inlineData": ["mimeType": "image/png", "data": .string(picture(label).base64EncodedString())]]
    }

    static func stored(_ name: String) -> JSONValue {
        ["fileData": ["mimeType": "image/png", "fileUri": .string("gs://\(bucket)/\(name)")]]
    }

    static func request(_ part: JSONValue, _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(
            [
                "systemInstruction": ["parts": [["text": .string(prompt)]]],
                "contents": [["role": "user", "parts": [part]]],
            ].merging(more) { $1 })
    }

    static func lines(_ requests: [JSONValue]) -> Data {
        Data(requests.map { JSONValue.object(["request": $0]).canonical + "\n" }.joined().utf8)
    }

    static func trainingLine(_ part: JSONValue, _ label: String) -> JSONValue {
        [
            "systemInstruction": ["role": "system", "parts": [["text": .string(prompt)]]],
            "contents": [
                ["role": "user", "parts": [part]], ["role": "model", "parts": [["text": .string(label)]]],
            ],
        ]
    }

    /// A training file with images in the bucket.
    func putTraining(_ count: Int, as name: String = "train.jsonl") async throws {
        for label in Self.labels { try await put("images/\(label).png", Self.picture(label), type: "image/png") }
        let lines = (0..<count).map { index in
            let label = Self.labels[index % 3]
            return Self.trainingLine(Self.stored("images/\(label).png"), label).canonical + "\n"
        }
        try await put(name, Data(lines.joined().utf8))
    }

    static func batch(
        _ input: String = "in.jsonl", model: String = model, labels: [String: JSONValue] = ["run": "k1"]
    ) -> JSONValue {
        [
            "displayName": "assay-k1", "model": .string("publishers/google/models/" + model),
            "inputConfig": ["instancesFormat": "jsonl", "gcsSource": ["uris": [.string("gs://\(bucket)/\(input)")]]],
            "outputConfig": [
                "predictionsFormat": "jsonl", "gcsDestination": ["outputUriPrefix": .string("gs://\(bucket)/out")],
            ],
            "labels": .object(labels),
        ]
    }

    static func tuning(_ more: [String: JSONValue] = [:], spec: [String: JSONValue] = [:], model: String = model) -> JSONValue {
        .object(
            [
                "baseModel": .string(model),
                "supervisedTuningSpec": .object(
                    [
                        "trainingDatasetUri": .string("gs://\(bucket)/train.jsonl"),
                        "hyperParameters": [
                            "epochCount": 2, "learningRateMultiplier": 0.5, "adapterSize": "ADAPTER_SIZE_FOUR",
                        ],
                    ].merging(spec) { $1 }),
                "tunedModelDisplayName": "assay-k1", "labels": ["run": "k1"],
            ].merging(more) { $1 })
    }
}
