// What came of a question, in no provider's format.

package import Foundation

/// The tokens of one request, as the provider counts them.
package struct Usage: Hashable, Sendable {
    /// Tokens of the whole prompt, images and cached ones included.
    package var input: Int
    /// The part of `input` that the provider had cached, priced lower.
    package var cachedInput: Int
    /// The part of `input` that images took; `nil` where the provider does not count by modality.
    package var imageInput: Int?
    /// Tokens of the answer, reasoning included.
    package var output: Int
    /// The part of `output` that the model thought with; `nil` where the provider does not say.
    package var reasoning: Int?

    package init(input: Int, cachedInput: Int = 0, imageInput: Int? = nil, output: Int, reasoning: Int? = nil) {
        self.input = input
        self.cachedInput = cachedInput
        self.imageInput = imageInput
        self.output = output
        self.reasoning = reasoning
    }
}

/// The text of a reply, and what the provider says of it.
package struct ModelText: Hashable, Sendable {
    package var text: String
    /// What the model said in declining, where the provider marks it. It counts where the text holds nothing but
    /// reasoning.
    package var refusal: String?
    /// Why the model stopped. `ModelReply.end` and the words in `ModelReply.cutOff` are known to the engine; any other is the
    /// provider's own.
    package var finishReason: String?
    /// `nil` where the provider does not count: an unknown count is not a count of zero.
    package var usage: Usage?
    /// The model and the backend that answered, as the provider names them.
    package var model: String?
    package var fingerprint: String?

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

/// What came of a question.
package enum ModelReply: Hashable, Sendable {
    /// The model's answer, or its refusal; an empty answer is one too.
    case answered(ModelText)
    /// The beginning of an answer that ended at the limit on its tokens.
    case truncated(ModelText)
    /// A content filter withheld the answer or, with `nil`, refused the prompt.
    case filtered(ModelText?)
    /// The provider rejects this one request for good, such as for an image that it cannot read.
    case rejected(String)
    /// No answer came. Asking again in the same run helps unless the reason concerns all requests alike.
    case failed(String, isTransient: Bool)
    /// A paid reply that cannot be interpreted.
    case unreadable(String)

    /// The finish reason of an answer that ended by itself.
    package static let end = "stop"
    /// Finish reasons of an answer that ended at the limit on its tokens, in the words of all known providers.
    private static let cutOff: Set<String> = ["length", "max_tokens", "max_output_tokens", "model_length"]

    /// Whether a finish reason says that an answer ended at the limit on its tokens.
    package static func isCutOff(_ finishReason: String) -> Bool { cutOff.contains(finishReason.lowercased()) }
}

/// A reply to a question that was asked online.
package struct TimedReply: Hashable, Sendable {
    package var reply: ModelReply
    /// Seconds of the attempt that was answered, without the attempts and waits before it.
    package var seconds: Double

    package init(_ reply: ModelReply, seconds: Double) {
        self.reply = reply
        self.seconds = seconds
    }
}

/// One line of a batch's results.
package struct ResultLine: Sendable {
    /// The id that the input line carried; `nil` where the line does not say which request it belongs to.
    package var id: String?
    package var reply: ModelReply
    /// The line as it came.
    package var raw: Data

    package init(id: String?, reply: ModelReply, raw: Data) {
        self.id = id
        self.reply = reply
        self.raw = raw
    }
}
