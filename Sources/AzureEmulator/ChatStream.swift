// A chat completion as server-sent events.

import AzureWire
import Basics
import Foundation

/// Writes a finished completion as the service streams it: the role, pieces of the text, the reason for the end, the
/// usage where it was asked for, `[DONE]`.
enum ChatStream {
    /// Bytes of text in one event.
    private static let piece = 4

    /// - Parameter hasUsage: `stream_options.include_usage`.
    static func events(of completion: ChatCompletion, hasUsage: Bool) throws -> Data {
        let whole = try JSONValue(encoding: completion)
        var shared = whole.object ?? [:]
        for key in ["choices", "usage", "prompt_filter_results"] { shared[key] = nil }
        shared["object"] = "chat.completion.chunk"
        var data = Data()
        func add(_ choices: JSONValue, usage: JSONValue? = nil) {
            var chunk = shared
            chunk["choices"] = choices
            if hasUsage { chunk["usage"] = usage ?? .null }
            data += Data("data: \(JSONValue.object(chunk).canonical)\n\n".utf8)
        }
        for (index, choice) in (whole["choices"]?.array ?? []).enumerated() {
            let number = JSONValue.int(Int64(index))
            func choiceChunk(_ delta: JSONValue, _ reason: JSONValue = .null) -> JSONValue {
                [["index": number, "delta": delta, "finish_reason": reason]]
            }
            add(choiceChunk(["role": "assistant", "content": ""]))
            for piece in pieces(of: choice["message"]?["content"]?.string ?? "") {
                add(choiceChunk(["content": .string(piece)]))
            }
            add(choiceChunk([:], choice["finish_reason"] ?? "stop"))
        }
        if hasUsage { add([], usage: whole["usage"]) }
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
