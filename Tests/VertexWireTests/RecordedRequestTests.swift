// Recorded requests of Google's own clients, each decoded as the type of its operation.

import Basics
import Foundation
import Testing
import VertexWire

@Suite struct RecordedRequestTests {
    /// The recordings, next to the checkout but not part of it.
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/vertex/recorded")

    private static var files: [URL] {
        let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return (files ?? []).filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
    }

    /// Decodes a body and returns its encoded form, and the first field that the type lacks.
    private static func read(_ path: String, _ method: String, _ body: JSONValue) throws -> (JSONValue, String?)? {
        func both<Message: ProtoMessage>(_ type: Message.Type) throws -> (JSONValue, String?) {
            (try JSONValue(encoding: Message(proto: body)), Message.unknownField(in: body))
        }
        if path.hasSuffix(":generateContent") || path.hasSuffix(":countTokens") {
            return try both(GenerateContentRequest.self)
        }
        if path.hasSuffix(":undeployModel") { return try both(UndeployModelRequest.self) }
        if method == "POST", path.hasSuffix("/batchPredictionJobs") { return try both(BatchPredictionJob.self) }
        if method == "POST", path.hasSuffix("/tuningJobs") { return try both(TuningJob.self) }
        if method == "POST", path.hasPrefix("/upload/storage") { return try both(StorageObject.self) }
        if method == "PATCH", path.contains("/models/") { return try both(RegistryModel.self) }
        return nil
    }

    /// Numbers as text and names in camel case, so that a body and its second writing can be compared.
    private static func plain(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members): .object(members.mapValues(plain))
        case .array(let items): .array(items.map(plain))
        case .int(let number): .string(String(number))
        case .double(let number): .string("\(Int64(exactly: number).map { "\($0)" } ?? "\(number)")")
        default: value
        }
    }

    @Test(.enabled(if: !files.isEmpty, "the recordings are not there: shared/vertex/recorded beside the checkout"))
    func everyBodyIsReadWithoutLoss() throws {
        var count = 0
        for file in Self.files {
            let recording = try JSONValue(parsing: Data(contentsOf: file))
            guard let path = recording["path"]?.string, let method = recording["method"]?.string,
                let body = recording["body"], body.object != nil, body["raw_bytes"] == nil, body["form"] == nil,
                let (again, unknown) = try Self.read(path, method, body)
            else { continue }
            count += 1
            let id = file.lastPathComponent
            // Version v1 has no batch size; version v1beta1 has one, not for Gemini.
            if id.contains("v1beta1-with-batch_size") {
                #expect(unknown == "supervisedTuningSpec.hyperParameters.batchSize", "\(id)")
                continue
            }
            #expect(unknown == nil, "\(id): \(unknown ?? "")")
            #expect(Self.plain(again) == Self.plain(ProtoNames.camelCase(body)), "\(id)")
        }
        #expect(count >= 25, "only \(count) bodies were compared")
    }

    @Test(.enabled(if: !files.isEmpty, "the recordings are not there: shared/vertex/recorded beside the checkout"))
    func imagesInEitherAlphabetAreRead() throws {
        let file = try #require(Self.files.first { $0.lastPathComponent.hasPrefix("042") })
        let body = try #require(JSONValue(parsing: Data(contentsOf: file))["body"])
        let request = try GenerateContentRequest(proto: body)
        let image = try #require(request.contents?.first?.parts?.first?.inlineData)
        #expect(image.mimeType == "image/png")
        #expect(image.data?.data?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)
        #expect(request.generationConfig?.thinkingConfig?.thinkingLevel == "MINIMAL")
    }
}
