// Encodes a chat completion as server-sent events.

import AzureWire
import Basics
import Foundation

/// Encodes a finished completion as the service streams it: on Azure the content filter's result for the prompt, then
/// the role, pieces of the text, the finish reason, the usage if requested, and `[DONE]`.
enum ChatStream {
    /// Bytes of text per event.
    private static let piece = 4

    /// - Parameters:
    ///   - hasUsage: `stream_options.include_usage`.
    ///   - isAzure: whether to stream the content filter's results. The first event then has no choices, id or model.
    static func events(of completion: ChatCompletion, hasUsage: Bool, isAzure: Bool) throws -> Data {
        let whole = try JSONValue(encoding: completion)
        var shared = whole.object ?? [:]
        for key in ["choices", "usage", "prompt_filter_results"] { shared[key] = nil }
        shared["object"] = "chat.completion.chunk"
        var data = Data()
        func add(_ chunk: [String: JSONValue], usage: JSONValue? = nil) {
            var chunk = chunk
            if hasUsage { chunk["usage"] = usage ?? .null }
            data += Data("data: \(JSONValue.object(chunk).canonical)\n\n".utf8)
        }
        if isAzure, let verdict = whole["prompt_filter_results"] {
            add(["choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": verdict])
        }
        for (index, choice) in (whole["choices"]?.array ?? []).enumerated() {
            let verdict = choice["content_filter_results"] ?? [:]
            func addChoice(_ delta: JSONValue, _ reason: JSONValue = .null, _ verdict: JSONValue = [:]) {
                var streamed: [String: JSONValue] = [
                    "index": .int(Int64(index)), "delta": delta, "finish_reason": reason, "logprobs": .null,
                ]
                if isAzure { streamed["content_filter_results"] = verdict }
                add(shared.merging(["choices": [.object(streamed)]]) { $1 })
            }
            addChoice(["role": "assistant", "content": "", "refusal": .null])
            for piece in pieces(of: choice["message"]?["content"]?.string ?? "") {
                addChoice(["content": .string(piece)], .null, verdict)
            }
            addChoice([:], choice["finish_reason"] ?? "stop")
        }
        if hasUsage { add(shared.merging(["choices": []]) { $1 }, usage: whole["usage"]) }
        return data + Data("data: [DONE]\n\n".utf8)
    }

    private static func pieces(of text: String) -> [String] {
        var pieces: [String] = [], current = ""
        for scalar in text.unicodeScalars {
            current.unicodeScalars.append(scalar)
            if current.utf8.count >= piece {
                pieces.append(current)
                current = ""
            }
        }
        return current.isEmpty ? pieces : pieces + [current]
    }
}
