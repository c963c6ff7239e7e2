// Rejects chat request keys that the service does not know or that the emulator does not support.

import Basics

/// The keys of a chat request (createChatCompletionRequest in the provider's API description, plus newer keys of v1).
enum ChatRequestCheck {
    /// Keys that affect the emulator's answer.
    private static let served: Set<String> = [
        "model", "messages", "response_format", "max_tokens", "max_completion_tokens", "temperature", "top_p", "seed",
        "n", "stop", "stream", "stream_options", "reasoning_effort",
    ]

    /// Keys that the service accepts and that have no effect on a short answer.
    private static let withoutEffect: Set<String> = [
        "user", "metadata", "store", "frequency_penalty", "presence_penalty", "parallel_tool_calls", "service_tier",
        "prompt_cache_key", "safety_identifier", "verbosity", "user_security_context",
    ]

    /// Keys of features that the emulated network lacks, with the values that do not use the feature.
    private static let refused: [String: [JSONValue]] = [
        "tools": [[]], "tool_choice": ["none"], "functions": [[]], "function_call": ["none"], "logprobs": [false],
        "top_logprobs": [], "logit_bias": [[:]], "data_sources": [[]], "audio": [], "modalities": [["text"]],
        "prediction": [], "web_search_options": [],
    ]

    private static let efforts: [JSONValue] = ["none", "minimal", "low", "medium", "high", "xhigh"]

    /// - Parameter isBatch: whether the request is a batch line, which cannot stream.
    static func check(_ body: JSONValue, isBatch: Bool = false) throws(ServiceError) {
        // Checks `tools` before `tool_choice`, so that the error names the feature itself.
        let members = (body.object ?? [:]).sorted { $0.key < $1.key }
        for (key, value) in members.filter({ $0.key == "tools" }) + members where value != .null {
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
        if let effort = body["reasoning_effort"], effort != .null, !efforts.contains(effort) {
            throw ServiceError(
                400, "invalid_request_error",
                "Invalid 'reasoning_effort': expected one of \(efforts.compactMap(\.string).joined(separator: ", ")).",
                parameter: "reasoning_effort")
        }
        var hasToolCalls = false
        for (index, message) in (body["messages"]?.array ?? []).enumerated() {
            if message["tool_calls"]?.array?.isEmpty == false { hasToolCalls = true }
            guard message["role"] != "tool" || hasToolCalls else {
                throw ServiceError(
                    400, "invalid_request_error",
                    "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
                    parameter: "messages[\(index)].role")
            }
        }
        if let options = body["stream_options"], options != .null, body["stream"]?.bool != true {
            throw ServiceError(
                400, "invalid_request_error",
                "The 'stream_options' parameter is only allowed when 'stream' is enabled.", parameter: "stream_options")
        }
        if body["response_format"]?["type"] == "json_object" {
            let texts = (body["messages"]?.array ?? []).compactMap { $0["content"] }.flatMap { content in
                [content.string].compactMap(\.self) + (content.array ?? []).compactMap { $0["text"]?.string }
            }
            guard texts.contains(where: { $0.lowercased().contains("json") }) else {
                throw ServiceError(
                    400, "invalid_request_error",
                    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
                    parameter: "messages")
            }
        }
        if isBatch, body["stream"]?.bool == true {
            throw ServiceError(
                400, "invalid_request_error", "A request of a batch cannot be streamed.", parameter: "stream")
        }
    }

    /// The stop sequences: `stop` is one text or up to four.
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
