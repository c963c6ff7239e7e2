// The answers of one model to the examples of one part of a split: the artifact that scoring reads.

package import Basics
package import Foundation

/// A model's answer to one example, or the reason why there is none.
package struct Answer: Hashable, Sendable, Codable {
    /// The outcome of a request. The raw values are part of the stored format.
    package enum Status: String, Hashable, Sendable, Codable {
        case answered
        /// The provider's content filter blocked the request or the answer; scored as a wrong answer.
        case filtered
        /// The model refused; `text` holds its refusal.
        case refused
        /// The provider permanently rejects the request, for example for an image that it cannot read; `problem` says
        /// why.
        case rejected
        /// A paid response arrived but cannot be interpreted; `problem` says why.
        case unreadable
        /// No answer arrived; `problem` says why, if known.
        case missing
    }

    /// The example's id within its part.
    package var example: Int
    /// Whether and how the request was answered; decides which of the optional properties are set.
    package var status: Status
    /// The model's unprocessed text, with its reasoning and code fences.
    package var text: String?
    /// The latency of the request in milliseconds; `nil` if it was not measured.
    package var latencyMilliseconds: Double?
    /// The provider's finish reason, for empty answers and for those that did not end normally; `length` at the token
    /// limit.
    package var finishReason: String?
    /// The provider's reason for a missing, rejected or unreadable answer; `nil` for the others.
    package var problem: String?

    /// - Parameter example: the example's id within its part, not its position in the dataset.
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

    /// Whether there is nothing to score: no response, or an empty one. `--retry` repeats the request.
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

/// Answers sorted by example id.
package struct AnswerSet: Hashable, Sendable, Codable {
    /// The version of the stored format.
    package var format = 1
    /// The answers, sorted by example id.
    package var answers: [Answer]

    /// Sorts the answers by example id; they may arrive in any order.
    package init(_ answers: [Answer]) { self.answers = answers.sorted { $0.example < $1.example } }

    /// The stored form as JSON, one answer per line; equal answer sets encode to equal bytes.
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

    /// Decodes the stored form.
    /// - Throws: `DecodingError` if the data is not an answer set.
    package init(decoding data: Data) throws { self = try AnswerSet(json: data) }
}
