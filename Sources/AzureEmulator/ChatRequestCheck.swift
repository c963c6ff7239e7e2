// Refuses the keys of a chat request that the service does not know, and those that the emulator cannot serve.

import Basics

/// The keys of a chat request (createChatCompletionRequest of the provider's description, with the newer ones of v1).
enum ChatRequestCheck {
    /// Keys that decide the emulator's answer.
    private static let served: Set<String> = [
        "model", "messages", "response_format", "max_tokens", "max_completion_tokens", "temperature", "top_p", "seed",
        "n", "stop", "stream", "stream_options", "reasoning_effort",
    ]

    /// Keys that the service knows and that change nothing of an answer of a few words.
    private static let withoutEffect: Set<String> = [
        "user", "metadata", "store", "frequency_penalty", "presence_penalty", "parallel_tool_calls", "service_tier",
        "prompt_cache_key", "safety_identifier", "verbosity", "user_security_context",
    ]

    /// Keys that ask for what the emulated network does not have, with the values that ask for nothing.
    private static let refused: [String: [JSONValue]] = [
        "tools": [[]], "tool_choice": ["none"], "functions": [[]], "function_call": ["none"], "logprobs": [false],
        "top_logprobs": [], "logit_bias": [[:]], "data_sources": [[]], "audio": [], "modalities": [["text"]],
        "prediction": [], "web_search_options": [],
    ]

    /// - Parameter isBatch: whether the request is a line of a batch, where nothing can be streamed.
    static func check(_ body: JSONValue, isBatch: Bool = false) throws(ServiceError) {
        for (key, value) in (body.object ?? [:]).sorted(by: { $0.key < $1.key }) where value != .null {
            if served.contains(key) || withoutEffect.contains(key) { continue }
            guard let harmless = refused[key] else {
                throw ServiceError(
                    400, "invalid_request_error", "Unrecognized request argument supplied: \(key)", parameter: key)
            }
            if !harmless.contains(value) {
                throw ServiceError(
                    400, "invalid_request_error", "The emulator cannot serve '\(key)'.", parameter: key)
            }
        }
        for key in ["frequency_penalty", "presence_penalty"] {
            guard let value = body[key], value != .null else { continue }
            guard let number = value.double, (-2...2).contains(number) else {
                throw ServiceError(
                    400, "invalid_request_error", "Invalid '\(key)': expected a value from -2 to 2.", parameter: key)
            }
        }
        if isBatch, body["stream"]?.bool == true {
            throw ServiceError(
                400, "invalid_request_error", "A request of a batch cannot be streamed.", parameter: "stream")
        }
    }

    /// The sequences at which an answer ends: `stop`, a text or up to four of them.
    static func stops(_ body: JSONValue) throws(ServiceError) -> [String] {
        guard let stop = body["stop"], stop != .null else { return [] }
        if let one = stop.string { return [one] }
        guard let several = stop.array, several.count <= 4, several.allSatisfy({ $0.string != nil }) else {
            throw ServiceError(
                400, "invalid_request_error", "Invalid 'stop': expected a string or up to 4 strings.", parameter: "stop")
        }
        return several.compactMap(\.string)
    }
}
