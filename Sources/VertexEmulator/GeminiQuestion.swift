// Reads a generateContent request as a question for the vision model.

import Basics
import EmulatorCore
import Foundation
import VisionProtocol

/// The question of a request, with its cost.
struct GeminiQuestion: Sendable {
    /// The last image of the user, the labels and the answer format.
    var picture: PictureQuestion
    var textTokens = 0
    var imageTokens = 0
    /// Number of tokens after which the answer is cut off.
    var maxTokens: Int?
    /// Sequences at which the answer ends; they are not part of it.
    var stops: [String] = []

    var promptTokens: Int { textTokens + imageTokens }
}

/// An image in Cloud Storage, as a request refers to it.
struct StoredImage: Sendable {
    var size: Int
    var content: URL
}

/// Reads and checks requests for one model.
struct GeminiReader: Sendable {
    let family: ModelFamily
    let limits: VertexLimits
    /// The object of a `gs://` URI; `nil` if there is none.
    let stored: @Sendable (String) async -> StoredImage?

    private static let images = ["image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"]
    private static let maxAnswerTokens = 65_536

    /// The question of a request in normalized JSON. Throws the service's error for an invalid one.
    func question(_ request: JSONValue) async throws(GoogleError) -> GeminiQuestion {
        for key in ["tools", "toolConfig", "cachedContent", "continuationToken", "outputConfig", "modelArmorConfig"] {
            guard let value = request[key], value != .array([]), value != .object([:]) else { continue }
            throw .invalid("The emulator cannot serve '\(key)'.")
        }
        let contents = request["contents"]?.array ?? []
        guard !contents.isEmpty else {
            throw .invalid("Unable to submit request because at least one contents field is required.")
        }
        if let labels = request["labels"]?.object { try Labels.check(labels.compactMapValues(\.string), ofRequest: true) }
        let config = request["generationConfig"] ?? [:]
        try checkSampling(config)
        if family.ignoresSampling, contents.last?["role"]?.string == "model" {
            throw .invalid("Please ensure that the last turn of a request has the role 'user'.")
        }
        var question = GeminiQuestion(
            picture: PictureQuestion(pictures: [], labels: [], form: try Self.form(config)))
        question.maxTokens = config["maxOutputTokens"]?.int
        question.stops = (config["stopSequences"]?.array ?? []).compactMap(\.string)
        var texts: [String] = []
        if let system = request["systemInstruction"] {
            let text = Self.text(of: system)
            question.textTokens += TokenRule.tokens(of: text)
            texts.append(text)
        }
        var count = 0
        for content in contents {
            let role = content["role"]?.string ?? "user"
            guard ["user", "model", ""].contains(role) else { throw .invalid("Please use a valid role: user, model.") }
            let parts = content["parts"]?.array ?? []
            guard !parts.isEmpty else {
                throw .invalid(
                    "Unable to submit request because it must include at least one parts field, which describes the prompt input."
                )
            }
            let text = Self.text(of: content)
            question.textTokens += TokenRule.tokens(of: text)
            if role != "model" { texts.append(text) }
            var pictures: [String] = []
            for part in parts {
                try Self.checkPart(part)
                guard let picture = try await picture(of: part) else { continue }
                count += 1
                question.imageTokens += family.tokens(
                    ofImageAt: part["mediaResolution"]?["level"]?.string ?? config["mediaResolution"]?.string)
                if role != "model" { pictures.append(picture) }
            }
            // Images of earlier contents belong to solved examples.
            if !pictures.isEmpty { question.picture.pictures = pictures }
        }
        guard count <= limits.imagesPerPrompt else {
            throw .invalid("The prompt has \(count) images; at most \(limits.imagesPerPrompt) are accepted.")
        }
        question.picture.labels = texts.lazy.map(PromptLabels.labels).first { !$0.isEmpty } ?? []
        question.picture.prompt = texts
        if case .json(_, let allowed?) = question.picture.form { question.picture.labels = allowed }
        if config["responseMimeType"] == "text/x.enum" {
            question.picture.labels = (config["responseSchema"]?["enum"]?.array ?? []).compactMap(\.string)
        }
        return question
    }

    private static func text(of content: JSONValue) -> String {
        (content["parts"]?.array ?? []).compactMap { $0["text"]?.string }.joined(separator: "\n")
    }

    /// A part has exactly one kind of data, and one that the emulated network can read.
    private static func checkPart(_ part: JSONValue) throws(GoogleError) {
        let data = [
            "text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult",
        ]
        .filter { part[$0] != nil }
        guard data.count == 1 else {
            throw .invalid(
                "Invalid value: a part must have exactly one initialized field of its data, this one has \(data.count).")
        }
        guard ["text", "inlineData", "fileData"].contains(data[0]) else {
            throw .invalid("The emulator cannot serve parts with '\(data[0])'.")
        }
    }

    /// The part's image in Base64; `nil` for a part without an image.
    private func picture(of part: JSONValue) async throws(GoogleError) -> String? {
        guard let data = part["inlineData"] ?? part["fileData"] else { return nil }
        let type = data["mimeType"]?.string ?? ""
        guard Self.images.contains(type) else {
            throw .invalid(
                "Unable to submit request because it has a mimeType parameter with value \(type), which is not supported.")
        }
        if let base64 = data["data"]?.string, part["inlineData"] != nil {
            let bytes = base64.utf8.count / 4 * 3
            guard bytes <= limits.inlineImageBytes else {
                throw .invalid(
                    "The inline image has \(bytes) bytes, which exceeds max allowed size of \(limits.inlineImageBytes).")
            }
            return base64
        }
        let uri = data["fileUri"]?.string ?? ""
        guard uri.hasPrefix("gs://") else {
            throw .invalid("The emulator fetches nothing from the network: '\(uri)' does not begin with gs://.")
        }
        guard let image = await stored(uri) else {
            throw .invalid("Cannot fetch content from the provided URL: there is no object '\(uri)'.")
        }
        guard image.size <= limits.storedImageBytes else {
            throw .invalid(
                "The file size of `\(uri)` is \(image.size), which exceeds max allowed file size of "
                    + "\(limits.storedImageBytes) for `\(type)` files. Reduce the file size by lowering the image resolution, "
                    + "splitting the PDF into multiple files, and so on.")
        }
        guard let bytes = try? Data(contentsOf: image.content) else {
            throw .invalid("Cannot fetch content from the provided URL: there is no object '\(uri)'.")
        }
        return bytes.base64EncodedString()
    }

    private func checkSampling(_ config: JSONValue) throws(GoogleError) {
        func range(_ name: String, _ range: ClosedRange<Double>) throws(GoogleError) {
            guard let value = config[name]?.double, !range.contains(value) else { return }
            throw .invalid(
                "Unable to submit request because it has a \(name) value of \(value) but the supported range is from "
                    + "\(range.lowerBound) to \(range.upperBound).")
        }
        if let count = config["candidateCount"]?.int, count != 1 {
            throw .invalid("The emulator gives one answer: candidateCount must be 1.")
        }
        try range("temperature", 0...2)
        try range("topP", 0...1)
        try range("topK", 1...40)
        try range("maxOutputTokens", 1...Double(Self.maxAnswerTokens))
        for name in ["frequencyPenalty", "presencePenalty"] {
            try range(name, -2...2)
            if family.ignoresSampling, config[name] != nil {
                throw .invalid("Penalty is not enabled for this model.")
            }
        }
        guard (config["stopSequences"]?.array ?? []).count <= 5 else {
            throw .invalid("At most 5 stopSequences are accepted.")
        }
        for name in ["responseFormat", "imageConfig", "speechConfig", "routingConfig", "responseLogprobs"] {
            guard let value = config[name], value != .array([]), value != false else { continue }
            throw .invalid("The emulator cannot serve '\(name)'.")
        }
        if let modalities = config["responseModalities"]?.array, modalities != ["TEXT"] {
            throw .invalid("The emulator answers with text only.")
        }
        guard let thinking = config["thinkingConfig"] else { return }
        if thinking["thinkingBudget"] != nil, thinking["thinkingLevel"] != nil {
            throw .invalid("You can only set only one of thinking budget and thinking level.")
        }
        if thinking["thinkingLevel"] != nil, !family.isThirdGeneration {
            throw .invalid("Thinking level is not supported for this model.")
        }
        if family.refusesMinimalThinking, thinking["thinkingLevel"] == "MINIMAL" {
            throw .invalid("Thinking level MINIMAL is not supported for this model.")
        }
    }

    /// The form of the answer: text, an object by a schema, or one of a list.
    private static func form(_ config: JSONValue) throws(GoogleError) -> AnswerForm {
        let type = config["responseMimeType"]?.string ?? "text/plain"
        let schemas = [config["responseSchema"], config["responseJsonSchema"]].compactMap(\.self)
        guard schemas.count < 2 else {
            throw .invalid("Only one of response_schema and response_json_schema may be set.")
        }
        switch type {
        case "text/plain":
            guard schemas.isEmpty else {
                throw .invalid(
                    "controlled generation is only supported with response_mime_type 'application/json' or 'text/x.enum'")
            }
            return .text
        case "text/x.enum":
            guard let schema = config["responseSchema"], schema["enum"]?.array?.isEmpty == false else {
                throw .invalid("response_mime_type 'text/x.enum' needs a response_schema with an enum.")
            }
            return .text
        case "application/json":
            guard let schema = schemas.first else { return .json(property: "label", allowed: nil) }
            return try form(ofObject: config["responseSchema"] == nil ? schema : Self.jsonSchema(schema))
        default: throw .invalid("response_mime_type '\(type)' is not supported.")
        }
    }

    private static func form(ofObject schema: JSONValue) throws(GoogleError) -> AnswerForm {
        guard schema["type"]?.string == "object", let properties = schema["properties"]?.object, !properties.isEmpty else {
            throw .invalid("The emulator fills schemas of objects with properties.")
        }
        for name in (schema["required"]?.array ?? []).compactMap(\.string) where properties[name] == nil {
            throw .invalid("response_schema.required: only allowed for defined properties: '\(name)' is not defined.")
        }
        guard properties.count == 1, let property = properties.first else {
            throw .invalid("The emulator fills schemas with one property.")
        }
        guard
            let form = AnswerForm(
                property: property.key, schema: property.value, definitions: schema["$defs"] ?? schema["definitions"])
        else { throw .invalid("The schema refers to a definition that is missing, or to itself.") }
        return form
    }

    /// Google's schema as a JSON schema: types in lower case, `$defs`, `$ref`.
    private static func jsonSchema(_ schema: JSONValue) -> JSONValue {
        switch schema {
        case .object(let members):
            var converted: [String: JSONValue] = [:]
            for (key, value) in members {
                switch key {
                case "type": converted["type"] = value.string.map { .string($0.lowercased()) } ?? value
                case "defs": converted["$defs"] = value.object.map { .object($0.mapValues(jsonSchema)) } ?? value
                case "ref": converted["$ref"] = value
                case "properties": converted[key] = value.object.map { .object($0.mapValues(jsonSchema)) } ?? value
                case "enum", "example", "default", "required": converted[key] = value
                default: converted[key] = jsonSchema(value)
                }
            }
            return .object(converted)
        case .array(let items): return .array(items.map(jsonSchema))
        default: return schema
        }
    }
}

/// The rules for labels of resources and requests.
enum Labels {
    private static let maxLabels = 64

    /// Throws 400 for labels that break the rules: at most 63 lower-case letters, digits, `_` and `-`; keys of requests
    /// start with a letter.
    static func check(_ labels: [String: String], ofRequest: Bool = false) throws(GoogleError) {
        guard labels.count <= maxLabels else { throw .invalid("At most \(maxLabels) labels are accepted.") }
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
            guard (1...63).contains(key.count), key.allSatisfy(isAllowed), key.first?.isNumber == false,
                !ofRequest || key.first?.isLetter == true
            else {
                throw .invalid("Invalid label key '\(key)': at most 63 lower-case letters, digits, '_' and '-' are accepted.")
            }
            guard value.count <= 63, value.allSatisfy(isAllowed) else {
                throw .invalid(
                    "Invalid value '\(value)' of the label '\(key)': at most 63 lower-case letters, digits, '_' and '-' are accepted."
                )
            }
        }
    }

    private static func isAllowed(_ character: Character) -> Bool {
        character.isASCII && (character.isLowercase || character.isNumber) || character == "_" || character == "-"
    }
}
