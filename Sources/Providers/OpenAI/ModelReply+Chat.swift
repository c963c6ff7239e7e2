// Converts a chat completion to a provider-neutral reply.

import AzureOpenAI
import AzureWire
import Basics
import ProviderKit

extension ModelReply {
    /// A choice that the content filter cut off counts as filtered, like a refused prompt. A completion without an
    /// answer counts as failed, whatever its status, or as unreadable if tokens were generated.
    init(_ completion: ChatCompletion) {
        if let failure = completion.failure {
            let reason = BatchResultFile.text(status: 200, failure.code, failure.message)
            self =
                failure.isContentFilter
                ? .filtered(nil) : completion.isPaid ? .unreadable(reason) : .failed(reason, isTransient: true)
            return
        }
        let choice = completion.choices.first
        let text = ModelText(
            choice?.message.content ?? "", refusal: choice?.message.refusal, finishReason: choice?.finishReason?.rawValue,
            usage: completion.usage.map {
                Usage(
                    input: $0.promptTokens, cachedInput: $0.cachedTokens ?? 0, output: $0.completionTokens,
                    reasoning: $0.reasoningTokens)
            },
            model: completion.model, fingerprint: completion.systemFingerprint)
        if choice?.finishReason?.isFiltered == true {
            self = .filtered(text)
        } else if choice?.finishReason?.isCutOff == true {
            self = .truncated(text)
        } else {
            self = .answered(text)
        }
    }
}
