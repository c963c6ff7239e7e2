// The answers of one model to the examples of one part of a split: the artifact that scores are made from.

package import Basics
package import Foundation

/// What a model answered about one example.
package struct Answer: Hashable, Sendable, Codable {
    package enum Status: String, Hashable, Sendable, Codable {
        case answered
        /// The provider's content filter refused; a result, and a wrong one.
        case filtered
        /// The model refused; `text` holds the words of its refusal.
        case refused
        /// The provider rejects the request for good, such as for an image that it cannot read; `problem` says why.
        case rejected
        /// A paid response came that cannot be interpreted; `problem` says why.
        case unreadable
        /// No answer came; `problem` says why where that is known.
        case missing
    }

    /// The example's id within its part.
    package var example: Int
    package var status: Status
    /// As the model said it, before anything is read out of it.
    package var text: String?
    package var latencyMilliseconds: Double?
    /// Why the model stopped, for empty answers and for those that did not simply end; `length` at the limit on tokens.
    package var finishReason: String?
    /// Why there is no answer, by the provider's words.
    package var problem: String?

    package init(
        example: Int, status: Status, text: String? = nil, latencyMilliseconds: Double? = nil,
        finishReason: String? = nil, problem: String? = nil
    ) {
        self.example = example
        self.status = status
        self.text = text
        self.latencyMilliseconds = latencyMilliseconds
        self.finishReason = finishReason
        self.problem = problem
    }

    /// Whether there is nothing to score: no response, or a response that says nothing. `--retry` asks again.
    package var isOpen: Bool {
        switch status {
        case .missing, .rejected, .unreadable: true
        case .answered: AnswerText.isEmpty(text)
        case .filtered, .refused: false
        }
    }

    private enum CodingKeys: String, CodingKey {
        case example, status, text, problem
        case latencyMilliseconds = "latency_ms"
        case finishReason = "finish_reason"
    }
}

/// Answers by example, in the order of the examples.
package struct AnswerSet: Hashable, Sendable, Codable {
    package var format = 1
    package var answers: [Answer]

    package init(_ answers: [Answer]) { self.answers = answers.sorted { $0.example < $1.example } }

    /// One answer a line: equal answers are equal bytes.
    package var encoded: Data {
        let lines = answers.map { answer -> String in
            var members: [String: JSONValue] = [
                "example": .int(Int64(answer.example)), "status": .string(answer.status.rawValue),
            ]
            if let text = answer.text { members["text"] = .string(text) }
            if let latency = answer.latencyMilliseconds { members["latency_ms"] = .double(latency) }
            if let reason = answer.finishReason { members["finish_reason"] = .string(reason) }
            if let problem = answer.problem { members["problem"] = .string(problem) }
            return JSONValue.object(members).canonical
        }
        return Data("{\"format\":\(format),\"answers\":[\n\(lines.joined(separator: ",\n"))\n]}\n".utf8)
    }

    /// Reads the stored form. Throws `DecodingError` for what is none.
    package init(decoding data: Data) throws { self = try AnswerSet(json: data) }
}
