// A provider on loopback that accepts a batch and replies with arbitrary ids.

import Foundation
import Synchronization
import TestServer

/// Serves files and batches as OpenAI does. Each batch completes immediately; `outputFile` is the id of its answers.
final class HostileProvider: Sendable {
    private struct State {
        var input = Data()
        var batches: [String] = []
    }

    let server: TestServer

    /// - Parameter content: returns the downloaded answers of a batch for its input; by default correct answers.
    init(outputFile: String, content: @escaping @Sendable (Data) -> Data = HostileProvider.answers) throws {
        let state = Mutex(State())
        server = try TestServer { request, _ in
            let path = request.path
            switch (request.method, path) {
            case ("GET", _) where path.hasSuffix("/content"):
                return .answer(200, body: content(state.withLock(\.input)))
            case ("GET", "/v1/models"): return .json(200, #"{"object":"list","data":[{"id":"m","object":"model"}]}"#)
            case ("GET", "/v1/batches"):
                let batches = state.withLock(\.batches).joined(separator: ",")
                return .json(200, #"{"object":"list","data":[\#(batches)],"has_more":false}"#)
            case ("POST", "/v1/files"):
                state.withLock { $0.input = HostileProvider.file(in: request.body) }
                return .json(200, HostileProvider.file)
            case ("GET", "/v1/files"): return .json(200, #"{"object":"list","data":[],"has_more":false}"#)
            case ("GET", _) where path.hasPrefix("/v1/files/"): return .json(200, HostileProvider.file)
            case ("POST", "/v1/batches"):
                guard let asked = try? JSONSerialization.jsonObject(with: request.body) as? [String: Any],
                    let batch = try? JSONSerialization.data(
                        withJSONObject: [
                            "id": "batch_1", "object": "batch", "status": "completed", "endpoint": asked["endpoint"] ?? "",
                            "input_file_id": "file-1", "completion_window": "24h", "output_file_id": outputFile,
                            "created_at": 1, "metadata": asked["metadata"] ?? [:],
                            "request_counts": ["total": 1, "completed": 1, "failed": 0],
                        ] as [String: Any])
                else { return .json(400, "{}") }
                state.withLock { $0.batches = [String(decoding: batch, as: UTF8.self)] }
                return .answer(200, ["Content-Type": "application/json"], body: batch)
            case ("GET", _) where path.hasPrefix("/v1/batches/"):
                return .json(200, state.withLock(\.batches).first ?? "{}")
            case ("GET", "/v1/fine_tuning/jobs"): return .json(200, #"{"object":"list","data":[],"has_more":false}"#)
            default: return .json(404, #"{"error":{"message":"no such path"}}"#)
            }
        }
    }

    private static let file =
        #"{"id":"file-1","object":"file","bytes":1,"filename":"x","purpose":"batch","status":"processed","created_at":1}"#

    /// The file in a form: the bytes between the last part's header and the closing boundary.
    private static func file(in form: Data) -> Data {
        guard let name = form.range(of: Data("filename=".utf8)),
            let start = form.range(of: Data("\r\n\r\n".utf8), in: name.upperBound..<form.endIndex),
            let end = form.range(of: Data("\r\n--".utf8), options: .backwards)
        else { return Data() }
        return form[start.upperBound..<end.lowerBound]
    }

    @Sendable static func answers(to input: Data) -> Data {
        var text = ""
        for line in input.split(separator: UInt8(ascii: "\n")) {
            guard let asked = try? JSONSerialization.jsonObject(with: line) as? [String: Any],
                let id = asked["custom_id"] as? String
            else { continue }
            text +=
                #"{"custom_id":"\#(id)","response":{"status_code":200,"request_id":"r","body":{"id":"c","#
                + #""object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop","#
                + #""message":{"role":"assistant","content":"circle"}}],"usage":{"prompt_tokens":10,"#
                + #""completion_tokens":1,"total_tokens":11}}},"error":null}"# + "\n"
        }
        return Data(text.utf8)
    }
}
