// The outcome of a question, in no provider's format.

package import Foundation

/// The token counts of one request, as reported by the provider.
package struct Usage: Hashable, Sendable {
    /// Tokens of the whole prompt, including images and cached tokens.
    package var input: Int
    /// The part of `input` read from the provider's cache, billed at a lower rate.
    package var cachedInput: Int
    /// The part of `input` used for images; `nil` if the provider does not count by modality.
    package var imageInput: Int?
    /// Tokens of the answer, including reasoning.
    package var output: Int
    /// The part of `output` used for reasoning; `nil` if not reported.
    package var reasoning: Int?

    /// - Parameter input: the whole prompt; `cachedInput` and `imageInput` are parts of it.
    package init(input: Int, cachedInput: Int = 0, imageInput: Int? = nil, output: Int, reasoning: Int? = nil) {
        self.input = input
        self.cachedInput = cachedInput
        self.imageInput = imageInput
        self.output = output
        self.reasoning = reasoning
    }
}

/// The text of a reply and its metadata.
package struct ModelText: Hashable, Sendable {
    /// The answer; may be empty.
    package var text: String
    /// The text of a refusal, if the provider marks it as one. It applies when `text` holds nothing but reasoning.
    package var refusal: String?
    /// The reason why generation stopped. The engine knows `ModelReply.end` and the words of `ModelReply.cutOff`; any
    /// other is the provider's own.
    package var finishReason: String?
    /// `nil` if the provider reports no counts: unknown counts must not become zero.
    package var usage: Usage?
    /// The model and backend that answered, as named by the provider.
    package var model: String?
    /// Identifies the backend configuration; a change explains different answers for the same seed.
    package var fingerprint: String?

    /// - Parameter usage: `nil` if the provider reports no counts.
    package init(
        _ text: String, refusal: String? = nil, finishReason: String? = nil, usage: Usage? = nil, model: String? = nil,
        fingerprint: String? = nil
    ) {
        self.text = text
        self.refusal = refusal
        self.finishReason = finishReason
        self.usage = usage
        self.model = model
        self.fingerprint = fingerprint
    }
}

/// The outcome of a question.
package enum ModelReply: Hashable, Sendable {
    /// The model's answer or refusal, even an empty one.
    case answered(ModelText)
    /// The beginning of an answer that was cut off at the token limit.
    case truncated(ModelText)
    /// A content filter withheld the answer or, with `nil`, refused the prompt.
    case filtered(ModelText?)
    /// The provider permanently rejects this request, such as for an unreadable image.
    case rejected(String)
    /// No answer arrived. A retry in the same run helps unless the reason applies to all requests.
    case failed(String, isTransient: Bool)
    /// A paid reply that cannot be interpreted.
    case unreadable(String)

    /// The reply with unknown token counts, for one that contradicts its own counts.
    package var uncounted: ModelReply {
        func uncounted(_ text: ModelText) -> ModelText {
            var text = text
            text.usage = nil
            return text
        }
        return switch self {
        case .answered(let text): .answered(uncounted(text))
        case .truncated(let text): .truncated(uncounted(text))
        case .filtered(let text): .filtered(text.map(uncounted))
        case .rejected, .failed, .unreadable: self
        }
    }

    /// The finish reason of a complete answer.
    package static let end = "stop"
    /// Finish reasons of an answer cut off at the token limit, in the words of all known providers.
    private static let cutOff: Set<String> = ["length", "max_tokens", "max_output_tokens", "model_length"]

    /// Whether a finish reason means that the answer was cut off at the token limit.
    package static func isCutOff(_ finishReason: String) -> Bool { cutOff.contains(finishReason.lowercased()) }
}

/// A reply to an online question, with its latency.
package struct TimedReply: Hashable, Sendable {
    /// The outcome, from the last attempt.
    package var reply: ModelReply
    /// Seconds of the answered attempt, excluding earlier attempts and waits.
    package var seconds: Double

    /// - Parameter seconds: the answered attempt only.
    package init(_ reply: ModelReply, seconds: Double) {
        self.reply = reply
        self.seconds = seconds
    }
}

/// One line of a batch's results.
package struct ResultLine: Sendable {
    /// The id of the input line; `nil` if the line does not identify its request.
    package var id: String?
    /// The outcome of that request.
    package var reply: ModelReply
    /// The line unchanged.
    package var raw: Data

    /// - Parameter raw: the line unchanged, for the journal.
    package init(id: String?, reply: ModelReply, raw: Data) {
        self.id = id
        self.reply = reply
        self.raw = raw
    }
}
