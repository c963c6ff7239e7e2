// Classification and wording of errors.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import Platform
import ProviderKit
import Testing

@Suite struct ProviderErrorTests {
    private func http(_ status: Int, code: String? = nil, message: String? = nil) -> ProviderError {
        .http(
            ProviderFailure(
                operation: "create batch", status: status, error: ErrorDetail(code: code, message: message),
                requestID: "r-1"))
    }

    @Test func enqueuedTokens() {
        #expect(http(400, code: "token_limit_exceeded").isTokenLimitExceeded)
        #expect(http(400, code: "400", message: "x token_limit_exceeded y").isTokenLimitExceeded)
        #expect(!http(400, code: "invalid_request").isTokenLimitExceeded)
    }

    @Test func capacityReturnsButCreditDoesNot() {
        #expect(http(429).isRateLimited)
        #expect(http(429, code: "429").isRateLimited)
        #expect(!http(429, code: "insufficient_quota").isRateLimited)
        #expect(!http(400, code: "429").isRateLimited)
    }

    @Test func filesThatAreNotProcessed() {
        #expect(http(400, code: "invalidPayload", message: "The file is not processed yet").isFileNotProcessed)
        #expect(http(400, message: "File 'file-1' is in state pending.").isFileNotProcessed)
        #expect(!http(400, message: "The file has no or an empty content type specified.").isFileNotProcessed)
    }

    @Test func wording() {
        #expect("\(http(409, code: "conflict", message: "twice"))" == "create batch: HTTP 409 conflict: twice (request r-1)")
        #expect("\(http(429, code: "429", message: "slow"))" == "create batch: HTTP 429: slow (request r-1)")
        let lost = ProviderError.transport(
            operation: "ask",
            HTTPTransportError(.connectionLost, outcome: .unknown, request: "POST http://h/p", detail: "cut"))
        #expect("\(lost)" == "ask: POST http://h/p: the connection was lost (cut)")
        #expect(http(429, code: "insufficient_quota").hint?.contains("credit") == true)
        #expect(http(401).hint?.contains("key") == true)
        #expect(
            http(400, message: "The model does not support fine-tuning with Standard TrainingType").hint?
                .contains("training_type") == true)
    }
}
