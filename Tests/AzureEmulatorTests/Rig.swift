// An emulator on a free port and plain requests to it.

import AzureEmulator
import AzureWire
import Basics
import EmulatorCore
import EmulatorFakes
import Foundation
import Platform
import VisionProtocol

/// An emulator for one test; `close` removes its folder.
struct Rig: Sendable {
    let emulator: LoopbackEmulator
    let base: String
    let folder: URL
    let transport = CurlTransport()

    static let version = "2025-04-01-preview"

    /// Starts an emulator with a base deployment, a batch deployment and a stopped base clock.
    static func start(
        vision: any VisionModel = FakeVisionModel(), folder: URL? = nil,
        _ change: (inout EmulatorSettings) -> Void = { _ in }
    ) async throws -> Rig {
        let folder = folder ?? FileManager.default.temporaryDirectory.appending(path: "rig-" + UUID().uuidString)
        var settings = EmulatorSettings(
            account: try SafeName("test"), state: folder, models: [.named("shapes-base", weights: nil, classes: nil)])
        settings.deployments = [
            PreparedDeployment(name: "base", model: "shapes-base", sku: "GlobalStandard"),
            PreparedDeployment(name: "base-batch", model: "shapes-base", sku: "GlobalBatch"),
        ]
        change(&settings)
        let clock = StoppedClock(at: Date(timeIntervalSince1970: 1_800_000_000))
        let emulator = LoopbackEmulator(settings, vision: vision, base: clock)
        let address = try await emulator.start()
        return Rig(emulator: emulator, base: address.absoluteString, folder: folder)
    }

    func close() async {
        await emulator.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// A request to a path; `?api-version=` is added to classic ones that have no query.
    func send(
        _ method: HTTPMethod, _ path: String, json: JSONValue? = nil, body: Data? = nil,
        fields: HTTPFields = ["api-key": "k", "authorization": "Bearer t"]
    ) async throws -> HTTPResponseValue {
        var fields = fields
        var address = base + path
        if !path.contains("?"), path.hasPrefix("/openai/") && !path.hasPrefix("/openai/v1") {
            address += "?api-version=" + Self.version
        }
        if json != nil { fields["content-type"] = "application/json" }
        let bytes = json.map { Data($0.canonical.utf8) } ?? body
        return try await transport.send(
            HTTPRequestValue(method, address, fields: fields, body: bytes.map { [.bytes($0)] } ?? []))
    }

    /// A request that must succeed, and its JSON.
    func json(_ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
        let response = try await send(method, path, json: body)
        guard response.isSuccess else { throw Unexpected(text: String(decoding: response.body, as: UTF8.self)) }
        return try JSONValue(parsing: response.body)
    }

    struct Unexpected: Error { var text: String }

    /// Uploads a file in a form; `fileHead` is the rest of the file part's header after its name.
    func upload(
        _ content: String, purpose: String = "batch", fields: [(String, String)] = [],
        fileHead: String = "; filename=\"a.jsonl\"\r\nContent-Type: application/jsonl", surface: String = "/openai",
        version: String = Rig.version
    ) async throws -> HTTPResponseValue {
        var text = ""
        for (name, value) in [("purpose", purpose)] + fields {
            text += "--B\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        text += "--B\r\nContent-Disposition: form-data; name=\"file\"\(fileHead)\r\n\r\n\(content)\r\n--B--\r\n"
        return try await send(
            .post, surface + "/files" + (surface == "/openai" ? "?api-version=" + version : ""), body: Data(text.utf8),
            fields: ["api-key": "k", "content-type": "multipart/form-data; boundary=B"])
    }

    /// Uploads a file and lets its processing pass.
    func processedFile(_ content: String, purpose: String = "batch") async throws -> String {
        let response = try await upload(content, purpose: purpose)
        let id = try JSONValue(parsing: response.body)["id"]?.string ?? ""
        try await wait(60)
        return id
    }

    @discardableResult
    func wait(_ seconds: Double) async throws -> JSONValue {
        try await json(.post, "/emulator/wait", ["seconds": .double(seconds)])
    }

    /// Waits by the emulator's clock until a resource has one of the states.
    func settled(_ path: String, until states: Set<String>) async throws -> JSONValue {
        for _ in 0..<200 {
            let resource = try await json(.get, path)
            if states.contains(resource["status"]?.string ?? "") { return resource }
            try await wait(60)
        }
        throw Unexpected(text: "\(path) did not settle")
    }

    func errorCode(_ response: HTTPResponseValue) -> String? {
        (try? JSONValue(parsing: response.body))?["error"]?["code"]?.string
    }

    // MARK: Content

    static let labels = ["cat", "dog", "eel"]
    /// 45 UTF-8 bytes: 12 tokens.
    static let prompt = "Classify the image as one of: [cat, dog, eel]"

    static func image(_ label: String) -> JSONValue {
        let data = Data("label:\(label)".utf8).base64EncodedString()
        return [
            "type": "image_url",
            "image_url": ["url": .string("data:image/png;base64," + data), "detail": "low"],
        ]
    }

    static func messages(_ label: String) -> JSONValue {
        [
            ["role": "system", "content": .string(prompt)],
            ["role": "user", "content": [image(label)]],
        ]
    }

    static func batchLine(_ id: String, _ label: String, model: String = "base-batch") -> String {
        JSONValue.object([
            "custom_id": .string(id), "method": "POST", "url": "/chat/completions",
            "body": ["model": .string(model), "messages": messages(label)],
        ]).canonical
    }

    static func trainingLine(_ label: String) -> String {
        let asked = messages(label).array ?? []
        return JSONValue.object([
            "messages": .array(asked + [["role": "assistant", "content": .string(label)]])
        ]).canonical
    }

    static func training(_ count: Int) -> String {
        (0..<count).map { trainingLine(labels[$0 % 3]) }.joined(separator: "\n") + "\n"
    }
}
