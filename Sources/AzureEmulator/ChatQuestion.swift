// Parses a chat request into a question for the vision model.

import AzureWire
import Basics
import EmulatorCore
import Foundation
import VisionProtocol

/// The question of a chat request, with its cost.
struct ChatQuestion: Hashable, Sendable {
    /// The images of the user's last message that has any, the labels and the answer format.
    var picture: PictureQuestion
    var promptTokens: Int
    /// Number of tokens after which the answer is cut off.
    var maxTokens: Int?
    /// Sequences at which the answer ends; they are not part of it.
    var stops: [String] = []

    /// Parses and checks a request. Throws the service's error for an invalid one.
    init(_ request: ChatCompletionRequest, limits: ServiceLimits) throws(ServiceError) {
        func refusal(_ message: String, _ parameter: String) -> ServiceError {
            ServiceError(400, "invalid_request_error", message, parameter: parameter)
        }
        guard !request.messages.isEmpty else {
            throw refusal("Invalid 'messages': empty array. Expected an array with minimum length 1.", "messages")
        }
        guard request.messages.count <= limits.messages else {
            throw refusal(
                "Invalid 'messages': array too long. Expected an array with maximum length \(limits.messages).",
                "messages")
        }
        if let n = request.n, n != 1 { throw refusal("The emulator gives one answer: 'n' must be 1.", "n") }
        if let temperature = request.temperature, !(0...2).contains(temperature) {
            throw refusal("Invalid 'temperature': expected a value from 0 to 2.", "temperature")
        }
        if let topP = request.topP, !(0...1).contains(topP) {
            throw refusal("Invalid 'top_p': expected a value from 0 to 1.", "top_p")
        }
        if request.maxTokens != nil, request.maxCompletionTokens != nil {
            throw refusal(
                "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
                "max_tokens")
        }
        maxTokens = request.maxCompletionTokens ?? request.maxTokens
        if let maxTokens, maxTokens < 1 {
            throw refusal("Invalid 'max_tokens': integer below minimum value. Expected a value >= 1.", "max_tokens")
        }
        promptTokens = 0
        var images = 0
        var pictures: [String] = []
        for (index, message) in request.messages.enumerated() {
            guard message.role.isKnown else {
                throw refusal(
                    "Invalid value: '\(message.role)'. Supported values are: 'system', 'assistant', 'user', "
                        + "'function', 'tool', and 'developer'.", "messages[\(index)].role")
            }
            guard let content = message.content else {
                if message.role == .assistant { continue }
                throw refusal(
                    "Invalid value for 'content': expected a string, got null.", "messages[\(index)].content")
            }
            if case .parts(let parts) = content {
                for part in parts {
                    if case .other(let value) = part {
                        throw refusal(
                            "Invalid value: '\(value["type"]?.string ?? "")'. Supported values are: 'text' and "
                                + "'image_url'.", "messages[\(index)].content")
                    }
                }
            }
            let text = content.text
            guard text.utf8.count <= limits.textLength else {
                throw refusal("Invalid 'messages[\(index)].content': string too long.", "messages[\(index)].content")
            }
            promptTokens += TokenRule.tokens(of: text)
            // Images of earlier messages belong to solved examples.
            if !content.images.isEmpty { pictures = [] }
            for sent in content.images {
                guard message.role == .user else {
                    throw refusal(
                        "Invalid 'messages[\(index)]'. Image URLs are only allowed for messages with role 'user'.",
                        "messages[\(index)]")
                }
                let place = "messages[\(index)].content"
                guard sent.detail?.isKnown ?? true else {
                    throw refusal(
                        "Invalid value: '\(sent.detail?.rawValue ?? "")'. Supported values are: 'low', 'high', and 'auto'.",
                        place)
                }
                images += 1
                let base64 = try Self.base64(of: sent.url, limits: limits)
                promptTokens += try Self.tokens(of: base64, detail: sent.detail ?? .auto)
                pictures.append(base64)
            }
        }
        guard images <= limits.imagesPerRequest else {
            throw refusal("Too many images in request. Max is \(limits.imagesPerRequest).", "messages")
        }
        let form = try AnswerForm(request.responseFormat)
        var labels = Self.labels(in: request.messages)
        if case .json(_, let allowed?) = form { labels = allowed }
        picture = PictureQuestion(
            pictures: pictures, labels: labels, form: form,
            prompt: request.messages.filter { $0.role != .assistant }.compactMap { $0.content?.text })
    }

    private static func base64(of url: String, limits: ServiceLimits) throws(ServiceError) -> String {
        guard url.hasPrefix("data:") else {
            throw ServiceError(
                400, "invalid_image_url",
                "The emulator fetches nothing from the network: send the image as a data URL in base64.",
                parameter: "image_url")
        }
        guard let comma = url.utf8.firstIndex(of: UInt8(ascii: ",")) else { throw badImage }
        let head = url[..<comma].lowercased()
        guard head.hasSuffix(";base64"),
            ["image/jpeg", "image/jpg", "image/png", "image/webp", "image/gif"].contains(where: { head.contains($0) })
        else { throw badImage }
        let base64 = String(url[url.index(after: comma)...])
        guard base64.utf8.count / 4 * 3 <= limits.imageBytes * 2 else {
            throw ServiceError(
                400, "invalid_image", "The image is larger than the 20 MB allowed.", parameter: "image_url")
        }
        return base64
    }

    static let badImage = ServiceError(
        400, "invalid_image_format",
        "You uploaded an unsupported image. Please make sure your image has of one the following formats: "
            + "['png', 'jpeg', 'gif', 'webp'].", parameter: "image_url")

    private static func tokens(of base64: String, detail: ImageDetail) throws(ServiceError) -> Int {
        if detail == .low { return TokenRule.lowDetail }
        guard let bytes = Data(base64Encoded: base64), let head = ImageHead(of: bytes),
            head.format.isAcceptedByProviders || head.format == .gif
        else { throw badImage }
        return TokenRule.tokens(width: head.width, height: head.height, detail: detail)
    }

    /// The labels of the first non-assistant message that lists some: `…: [A, B, C].`
    static func labels(in messages: [ChatMessage]) -> [String] {
        for message in messages where message.role != .assistant {
            let labels = PromptLabels.labels(in: message.content?.text ?? "")
            if !labels.isEmpty { return labels }
        }
        return []
    }
}
