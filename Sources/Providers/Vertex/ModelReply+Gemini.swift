// Converts Gemini's answers to provider-neutral replies.

import Basics
import Foundation
import ProviderKit
import VertexWire

extension ModelReply {
    /// Interprets a received answer; `nil` if it is not one of Gemini. An answer that contradicts itself is unreadable.
    init?(gemini data: Data) {
        guard let received = try? ReceivedProto(data) else { return nil }
        self.init(received, received.value)
    }

    /// - Parameter answer: the part of the document that is the answer.
    fileprivate init?(_ received: ReceivedProto, _ answer: JSONValue) {
        guard let response = try? answer.decoded(as: GenerateContentResponse.self) else { return nil }
        if let reason = received.contradiction(among: GenerateContentResponse.decisiveNames) {
            self = .unreadable(reason)
            return
        }
        self.init(response)
        if received.contradiction(among: GenerateContentResponse.countNames) != nil { self = uncounted }
    }

    /// A blocked prompt or answer counts as filtered, also for quoting; an answer without text that no filter withheld
    /// counts as failed, or as unreadable if tokens were generated.
    init(_ response: GenerateContentResponse) {
        let usage = response.usageMetadata.flatMap { Usage($0) }
        guard let candidate = response.candidates?.first else {
            if response.promptFeedback?.blockReason != nil {
                let counted = usage ?? response.usageMetadata.flatMap { Usage(promptOf: $0) }
                self = .filtered(counted.map { ModelText("", usage: $0, model: response.modelVersion) })
            } else {
                self = .failed("the reply has no candidates and no reason", isTransient: true)
            }
            return
        }
        let reason = candidate.finishReason
        let text = ModelText(
            candidate.content?.answerText ?? "", finishReason: reason.map(ModelReply.word), usage: usage,
            model: response.modelVersion)
        switch reason {
        case .maxTokens?: self = .truncated(text)
        case .stop?: self = .answered(text)
        case let reason? where reason.isBlocked: self = .filtered(text)
        case let reason where text.text.isEmpty:
            let words = reason.map { ProviderText.line($0.rawValue, limit: ProviderText.wordLimit) } ?? "no reason given"
            // Generated tokens are paid for, so the request is not repeated.
            self =
                (usage?.output ?? 0) > 0 ? .unreadable("no answer: \(words)") : .failed("no answer: \(words)", isTransient: true)
        default: self = .answered(text)
        }
    }

    private static func word(_ reason: FinishReason) -> String {
        reason == .stop ? ModelReply.end : ProviderText.line(reason.rawValue.lowercased(), limit: ProviderText.wordLimit)
    }
}

extension Usage {
    /// The counts of a prompt that was not answered; `nil` if the prompt is not counted.
    init?(promptOf counts: GenerateContentResponse.UsageMetadata) {
        var counts = counts
        counts.candidatesTokenCount = ProtoInt32(0)
        self.init(counts)
    }

    /// The counts of a response; `nil` if the prompt or the answer is not counted. A count of zero is not written.
    init?(_ counts: GenerateContentResponse.UsageMetadata) {
        guard let prompt = counts.promptTokenCount?.value, prompt >= 0 else { return nil }
        let thoughts = counts.thoughtsTokenCount?.value
        let output: Int
        if let answer = counts.candidatesTokenCount?.value {
            output = max(0, answer).saturatingAdding(max(0, thoughts ?? 0))
        } else if let total = counts.totalTokenCount?.value, total >= prompt {
            output = total - prompt
        } else {
            return nil
        }
        self.init(
            input: prompt, cachedInput: max(0, counts.cachedContentTokenCount?.value ?? 0),
            imageInput: counts.promptTokensDetails.map { details in
                details.reduce(0) { sum, item in
                    item.modality == "IMAGE" ? sum.saturatingAdding(max(0, item.tokenCount?.value ?? 0)) : sum
                }
            },
            output: output, reasoning: thoughts)
    }
}

extension ResultLine {
    /// Interprets one line of a batch's results.
    init(gemini bytes: Data) {
        guard let received = try? ReceivedProto(bytes) else {
            self.init(id: nil, reply: .unreadable("the line is not JSON"), raw: bytes)
            return
        }
        let id = received.lineID.map(VertexDialect.id)
        guard let line = try? received.value.decoded(as: BatchOutputLine.self) else {
            self.init(id: id, reply: .unreadable("the line is not a result of a batch"), raw: bytes)
            return
        }
        self.init(id: id, reply: ResultLine.reply(line, received), raw: bytes)
    }

    private static func reply(_ line: BatchOutputLine, _ received: ReceivedProto) -> ModelReply {
        if let reason = received.contradiction(among: BatchOutputLine.decisiveNames) { return .unreadable(reason) }
        if let status = line.status, !status.isEmpty { return failure(line, status) }
        guard let response = line.response, response.object?.isEmpty == false else {
            return .failed("the line has no answer yet", isTransient: true)
        }
        return ModelReply(received, response) ?? .unreadable("the reply is not a Gemini response")
    }

    /// An error of one line. Client errors reject the line for good unless they are transient or concern all requests.
    private static func failure(_ line: BatchOutputLine, _ status: String) -> ModelReply {
        guard let error = line.failure?.error, let code = error.code?.value else {
            return .failed(ProviderText.line(status), isTransient: true)
        }
        let reason = BatchResultFile.text(status: code, error.status, error.message ?? status)
        let failure = ProviderError.http(
            ProviderFailure(operation: "batch line", status: code, error: VertexErrors.reply(error, status: code)))
        return failure.isRejection ? .rejected(reason) : .failed(reason, isTransient: failure.isTransient)
    }
}

extension ReceivedProto {
    /// The label of a batch line that identifies its request; `nil` if there is none, or several that differ.
    var lineID: String? {
        let names = BatchOutputLine.identifyingNames(label: VertexDialect.idLabel)
        guard contradiction(among: names) == nil else { return nil }
        return value["request"]?["labels"]?[VertexDialect.idLabel]?.string
    }
}
